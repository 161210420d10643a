"""A warm kernel is an ordinary kernel that starts sooner: same world, same bytes, same truth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from klantstudie.errors import RunError
from klantstudie.run import batch, files, kernels, notebooks, preload, warm
from tests.run.making import notebook, project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="warm kernels need Linux")

WORLD = """
import os, sys, multiprocessing, random
import numpy as np
apart = {"KLANTSTUDIE_OUT", "JPY_PARENT_PID", "OLDPWD", "_", "PWD", "SHLVL"}
print(sorted((name, value) for name, value in os.environ.items() if name not in apart))
print(sys.path, os.getcwd(), sys.flags.hash_randomization, hash("text"), sys.argv[2:3] == ["x"])
print(sorted(name for name in globals() if not name.startswith("_")), __name__)
"""
FIGURE = """
import matplotlib.pyplot as plt
print(plt.get_fignums(), plt.get_backend())
fig, ax = plt.subplots()
ax.plot([1, 2, 3])
"""
NOISE = "import warnings\nimport seaborn\nwarnings.warn('seen')\nimport pandas as pd\npd.DataFrame({'a': ['x', 1]})"


@pytest.fixture
def home(tmp_path):
    return project(tmp_path)


def run(path, given=None, **settings):
    return notebooks.execute(notebooks.plan(path, given or {}), to=(), **settings)


def outputs(made):
    cells = json.loads((made.folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell["outputs"] for cell in cells]


def test_the_same_world_and_the_same_bytes_as_a_cold_kernel(home):
    path = notebook(home / "notebooks/x.ipynb", WORLD, FIGURE, NOISE)
    made = {}
    for kind in (False, True):
        done = run(path, warm=kind)
        assert (done.status, done.record["kernel"]) == ("completed", "warm" if kind else "cold")
        made[kind] = (done.folder / "notebook.ipynb").read_text(encoding="utf-8")
    assert made[True].replace("\\n", "\n").splitlines() == made[False].replace("\\n", "\n").splitlines()
    (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\n')
    same, told = batch.check_warm(home / "notebooks/batch.toml")
    assert (same, told) == (True, "x: 1 files, cold and warm agree in every byte")


def test_every_kernel_starts_pristine_and_draws_its_own_numbers(home):
    chance = (
        "import random, numpy as np\nprint(np.random.rand(), random.random())\nleft = 1\nnp.random.seed(3)"
    )
    path = notebook(home / "notebooks/x.ipynb", "print('left' in globals())", chance)
    first, second = (outputs(run(path, warm=True)) for _ in range(2))
    assert first[1][0]["text"] == second[1][0]["text"] == ["False\n"]
    assert first[2][0]["text"] != second[2][0]["text"]


def test_children_of_a_notebook_work(home):
    work = (
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True).stdout)",
        "from joblib import Parallel, delayed\nprint(Parallel(n_jobs=2)(delayed(abs)(x) for x in (-1, -2)))",
        "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as pool:\n    print(pool.map(abs, [-3, 4]))",
        "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start(); t.join()",
    )
    made = run(notebook(home / "notebooks/x.ipynb", *work), warm=True)
    assert made.ok, made.cause
    told = [
        "".join(output["text"]) for cell in outputs(made) for output in cell if output["name"] == "stdout"
    ]
    assert told == ["b'7\\n'\n", "[1, 2]\n", "[3, 4]\n", "thread\n"]


def test_a_dead_kernel_a_time_limit_and_a_memory_limit_are_told(home):
    kill = notebook(
        home / "notebooks/a.ipynb", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "2"
    )
    made = run(kill, warm=True)
    assert (made.status, made.record["signal"], made.record["kernel"]) == ("died", "SIGKILL", "warm")
    left = notebook(home / "notebooks/b.ipynb", "import os; os._exit(3)")
    assert run(left, warm=True).record["exit_code"] == 3
    late = notebook(home / "notebooks/c.ipynb", "import time; time.sleep(60)")
    made = run(late, warm=True, cell_limit=0.5)
    assert (made.status, made.cause) == ("timeout", "TimeLimit: the cell took longer than 0.5 s")
    grow = notebook(home / "notebooks/d.ipynb", "x = bytearray(900_000_000)\nimport time; time.sleep(60)")
    made = run(grow, warm=True, memory_limit=700 * 2**20)
    assert made.cause == "MemoryLimit: the kernel used more than 700 MB"


def test_a_batch_runs_warm_and_goes_on_after_a_dead_kernel(home):
    notebook(home / "notebooks/x.ipynb", "import os\nif n == 2:\n    os._exit(5)")
    (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\ncross = { n = [1, 2, 3, 4] }\n')
    made = batch.run(home / "notebooks/batch.toml", workers=2, settings=batch.Settings(to=()))
    assert [outcome.status for outcome in made.outcomes] == ["completed", "died", "completed", "completed"]
    assert {outcome.about["kernel"] for outcome in made.outcomes} == {"warm"}


def test_what_cannot_be_preloaded_is_told_and_an_ordinary_kernel_does_it(home, monkeypatch):
    warm.stop()
    monkeypatch.setattr(warm, "PRELOAD", "klantstudie.run.no_such_module")
    path = notebook(home / "notebooks/x.ipynb", "1")
    try:
        made = run(path, warm=True)
        assert made.ok
        assert made.record["kernel"] == "cold (the fork server could not import its modules)"
        (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\n')
        told = []
        made = batch.run(
            home / "notebooks/batch.toml",
            again=True,
            settings=batch.Settings(to=(), warm=True),
            watch=lambda event, about: told.append(about.get("text")) if event == "note" else None,
        )
        assert told == ["ordinary kernels: the fork server could not import its modules"]
        assert made.outcomes[0].about["kernel"] == "cold"
    finally:
        warm.stop()


def test_where_it_is_not_possible_it_says_so(monkeypatch):
    monkeypatch.setattr(warm, "possible", lambda: False)
    with pytest.raises(RunError, match="warm kernels need Linux"):
        warm.start()


def test_the_preload_happens_only_in_a_fork_server():
    assert preload.problem == "not loaded by a fork server"
    assert preload.threads() >= 1


@pytest.mark.slow
def test_a_dead_server_is_told_and_replaced_by_ordinary_kernels(home):
    from multiprocessing import forkserver

    path = notebook(home / "notebooks/x.ipynb", "1")
    assert run(path, warm=True).record["kernel"] == "warm"
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    made = run(path, warm=True)
    assert made.ok
    warm.stop()


@pytest.mark.slow
def test_a_program_without_a_guard_is_not_run_again(home):
    notebook(home / "notebooks/x.ipynb", "print(n)")
    (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\n')
    program = home / "program.py"
    program.write_text(
        "from klantstudie.run import batch\nprint('once')\n"
        "made = batch.run('notebooks/batch.toml', settings=batch.Settings(to=(), warm=True))\n"
        "print(made.outcomes[0].about['kernel'])\n"
    )
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=home, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["once", "warm"]


@pytest.mark.slow
def test_a_killed_runner_leaves_no_kernel(home):
    path = notebook(
        home / "notebooks/x.ipynb",
        "import os; open('../pid', 'w').write(str(os.getpid()))",
        "import time; time.sleep(99)",
    )
    program = (
        "import sys; from klantstudie.run import notebooks\n"
        "notebooks.execute(notebooks.plan(sys.argv[1], {}), to=(), warm=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)])
    mark, deadline = home / "pid", time.monotonic() + 90
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    kernel = Path(f"/proc/{mark.read_text()}")
    while _alive(kernel) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(kernel)
    assert not files.busy(home / "reports/klein/x/nl")


def _alive(process):
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


def test_the_sockets_are_removed(home, monkeypatch):
    with tempfile.TemporaryDirectory(prefix="kt-") as place:
        monkeypatch.setattr(kernels, "_short", lambda: place)
        for kind in (True, False):
            assert run(notebook(home / "notebooks/x.ipynb", "1"), warm=kind).ok
            assert os.listdir(place) == []
