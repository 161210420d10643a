"""A run says what happened, whatever happened, and equal inputs give equal bytes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from klantstudie.errors import RunError
from klantstudie.run import files, notebooks
from klantstudie.run.engine import Engine, recover
from tests.run.making import notebook, project

READS = """
import os, sys
from pathlib import Path
from klantstudie import inputs
inputs.record(Path("..") / "data" / "raw" / "answers.csv")
print(n, Path.cwd().name, sys.flags.hash_randomization, os.environ["OMP_NUM_THREADS"])
object()
"""


def run(path, given=None, **settings):
    return notebooks.execute(notebooks.plan(path, given or {}), to=(), **settings)


def stored(made):
    return json.loads((made.folder / "notebook.ipynb").read_text(encoding="utf-8"))


def statuses(made):
    return [cell["metadata"]["papermill"]["status"] for cell in stored(made)["cells"]]


@pytest.fixture
def home(tmp_path):
    made = project(tmp_path / "mijn {onderzoek} map")
    (made / "data/raw/answers.csv").write_text("a\n1\n")
    return made


def test_a_run_is_recorded_and_repeats_byte_for_byte(home):
    path = notebook(home / "notebooks/01-x.ipynb", READS)
    made = run(path, {"n": 4})
    assert made.ok
    assert made.folder.parent == home / "reports/klein/01-x"
    assert made.folder.name.startswith("nl-")
    output = stored(made)["cells"][-1]["outputs"]
    assert output[0]["text"] == ["4 notebooks 0 1\n"]
    assert output[1]["data"]["text/plain"] == ["<object at 0x…>"]
    record = json.loads((made.folder / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "completed"
    assert record["parameters"] == {"study": "klein", "n": 4, "lang": "nl"}
    assert record["given"] == {"n": 4}
    assert [entry["path"] for entry in record["inputs"]] == ["data/raw/answers.csv"]
    assert record["peak_memory_mb"] is None or record["peak_memory_mb"] > 10
    assert record["notebook_file"]["path"] == "notebooks/01-x.ipynb"
    assert not (made.folder / "inputs.jsonl").exists()
    assert not (made.folder / "journal.jsonl").exists()
    first = (made.folder / "notebook.ipynb").read_bytes()
    (made.folder / "tables").mkdir()
    (made.folder / "tables/old.csv").write_text("old")
    again = run(path, {"n": 4})
    assert (again.folder / "notebook.ipynb").read_bytes() == first
    assert not (made.folder / "tables").exists()


def test_the_name_of_a_run_says_language_and_what_differs(home):
    path = notebook(home / "notebooks/x.ipynb", "1")
    named = {
        str(given): notebooks.plan(path, given).folder.name
        for given in ({}, {"n": 3}, {"n": 4}, {"lang": "en"})
    }
    assert named["{}"] == named["{'n': 3}"] == "nl"
    assert named["{'lang': 'en'}"] == "en"
    assert named["{'n': 4}"].startswith("nl-")
    changed = notebooks.plan(path, {"study": "../elders", "lang": "en", "n": 4})
    assert changed.folder.parent == home / "reports/_elders/x"
    assert changed.folder.name == named["{'n': 4}"].replace("nl", "en")


def test_a_failing_cell_is_failed_and_the_rest_did_not_run(home):
    path = notebook(home / "notebooks/x.ipynb", "print('before')", "1 / 0", "print('after')")
    made = run(path)
    assert (made.status, made.cause) == ("failed", "ZeroDivisionError: division by zero")
    assert statuses(made) == ["completed", "completed", "failed", "pending"]
    assert made.record["error"]["cell"] == 2
    assert "ZeroDivisionError" in made.record["error"]["traceback"]


def test_leaving_silently_is_not_success(home):
    made = run(notebook(home / "notebooks/x.ipynb", "import sys; sys.exit(0)", "print('after')"))
    assert made.status == "failed"
    assert statuses(made)[-1] == "pending"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_dead_kernel_is_died(home):
    path = notebook(
        home / "notebooks/x.ipynb", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "2"
    )
    made = run(path)
    assert (made.status, made.record["signal"], made.record["exit_code"]) == ("died", "SIGKILL", -9)
    assert statuses(made) == ["completed", "failed", "pending"]
    assert "the kernel's process ended (SIGKILL)" in made.cause
    assert stored(made)["cells"][1]["outputs"][-1]["ename"] == "KernelDied"
    assert stored(made)["metadata"]["papermill"]["status"] == "died"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"cell_limit": 0.3}, "the cell took longer than 0.3 s"),
        ({"run_limit": 0.4}, "the run took longer than 0.4 s"),
    ],
)
def test_time_limits(home, limits, message):
    made = run(notebook(home / "notebooks/x.ipynb", "import time; time.sleep(60)", "2"), **limits)
    assert (made.status, made.cause) == ("timeout", f"TimeLimit: {message}")
    assert statuses(made)[1:] == ["failed", "pending"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("where", ["the kernel", "a process that it starts"])
def test_the_memory_limit(home, where):
    grow = "import time\nx = bytearray(300_000_000)\ntime.sleep(60)"
    if where != "the kernel":
        grow = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {grow!r}])"
    made = run(notebook(home / "notebooks/x.ipynb", grow), memory_limit=250 * 2**20)
    assert (made.status, made.cause) == ("died", "MemoryLimit: the kernel used more than 250 MB")
    assert made.record["peak_memory_mb"] > 250


def test_an_interrupt_is_recorded_and_raised(home):
    def stop(cell, _):
        if cell == 2:
            raise KeyboardInterrupt

    path = notebook(home / "notebooks/x.ipynb", "print('kept')", "2")
    with pytest.raises(KeyboardInterrupt):
        run(path, on_cell=stop)
    folder = home / "reports/klein/x/nl"
    record = files.read_json(folder / "run.json")
    assert record["status"] == "interrupted"
    cells = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[1]["outputs"][0]["text"] == ["kept\n"]


def test_a_full_disk_is_told(home, monkeypatch):
    real = files.write

    def full(path, content):
        if path.name == "notebook.ipynb":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    monkeypatch.setattr(files, "write", full)
    made = run(notebook(home / "notebooks/x.ipynb", "1"))
    assert (made.status, made.cause) == ("failed", "the disk is full")
    assert files.read_json(made.folder / "run.json")["status"] == "failed"


def test_wrong_notebooks_are_refused(home):
    notebook(home / "notebooks/01-verwachting.ipynb", "1")
    with pytest.raises(
        RunError, match=r"there is no notebook .*01-verwachtin'.*did you mean '01-verwachting'"
    ):
        notebooks.find(home / "notebooks/01-verwachtin")
    broken = home / "notebooks/broken.ipynb"
    broken.write_text('{"cells": [')
    with pytest.raises(RunError, match=r"broken\.ipynb is not a notebook"):
        notebooks.plan(broken, {})
    with pytest.raises(RunError, match=r"01-verwachting has no parameter 'studdy'; .*did you mean 'study'\?"):
        notebooks.run(home / "notebooks/01-verwachting.ipynb", studdy="x")
    assert not (home / "reports").exists()


def test_parameters_of_a_notebook(home):
    path = notebook(home / "notebooks/x.ipynb", "1")
    assert [parameter.name for parameter in notebooks.parameters(path)] == ["study", "n", "lang", "out"]
    bare = notebook(home / "notebooks/bare.ipynb", "1", parameters="")
    assert notebooks.parameters(bare) == []


def test_a_journal_gives_back_what_was_done(home):
    path = notebook(home / "notebooks/x.ipynb", "print('kept')", "2")
    seen = []

    def look(cell, _):
        seen.append((home / "reports/klein/x/nl/journal.jsonl").read_text(encoding="utf-8"))

    run(path, on_cell=look)
    journal = home / "journal.jsonl"
    journal.write_text(seen[-1] + '{"cell": 2, "outp', encoding="utf-8")
    cells = json.loads(recover(journal))["cells"]
    assert cells[1]["outputs"][0]["text"] == ["kept\n"]
    assert [cell["metadata"]["papermill"]["status"] for cell in cells] == [
        "completed",
        "completed",
        "pending",
    ]
    assert recover(home / "none") is None


def test_plain_papermill_profits_too(home, monkeypatch):
    import papermill

    papermill.engines.papermill_engines.register("klantstudie", Engine)
    monkeypatch.chdir(home)
    path, out = notebook(home / "x.ipynb", "import os; os._exit(3)", "2"), home.parent / "out.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match="exit code 3"):
        papermill.execute_notebook(
            path.name, str(out), {"n": 5}, engine_name="klantstudie", progress_bar=False
        )
    cells = json.loads(out.read_text(encoding="utf-8"))["cells"]
    kept = [cell["metadata"]["papermill"]["status"] for cell in cells if "papermill" in cell["metadata"]]
    assert kept == ["completed", "completed", "failed", "pending"]
    with pytest.raises(RunError, match="x has no parameter 'm'"):
        papermill.execute_notebook(
            path.name, str(out), {"m": 5}, engine_name="klantstudie", progress_bar=False
        )


def test_the_folder_of_a_run_is_no_parameter_and_a_byte_order_mark_no_fault(home):
    path = notebook(home / "notebooks/x.ipynb", "1")
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert run(path).ok
    with pytest.raises(RunError, match="out is the folder of a run .* klantstudie run has --out"):
        notebooks.plan(path, {"out": "/tmp/x"})


def test_secrets_are_masked(home, monkeypatch):
    monkeypatch.setenv("KLANTSTUDIE_SECRET_TOKEN", "zeer-geheim-1")
    code = "import os; print(os.environ['KLANTSTUDIE_SECRET_TOKEN']); raise ValueError('zeer-geheim-1')"
    made = run(notebook(home / "notebooks/x.ipynb", code))
    for path in made.folder.iterdir():
        assert b"zeer-geheim-1" not in path.read_bytes()
    assert made.cause == "ValueError: •••"


def test_secrets_are_masked_however_they_are_written(home, monkeypatch):
    secret = 'ge"heim<&>é1_234567890123|z'  # digits that no hash or time holds by chance
    monkeypatch.setenv("KLANTSTUDIE_SECRET_TOKEN", secret)
    code = """
import os
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML
import klantstudie as ks
token = os.environ["KLANTSTUDIE_SECRET_TOKEN"]
ks.save(pd.DataFrame({"term": [token], "n": [1]}), out, "tabel", caption=token)
figure, axes = plt.subplots()
axes.set_title(token)
ks.save(figure, out, "figuur", caption=token)
print([token], {"a": token})
HTML(f"<b>{token}</b>")
"""
    made = notebooks.execute(notebooks.plan(notebook(home / "notebooks/x.ipynb", code), {}))
    assert made.ok
    kept = [path for path in made.folder.rglob("*") if path.is_file() and path.suffix != ".png"]
    assert len(kept) > 6
    for path in kept:
        assert "234567890123" not in path.read_text(encoding="utf-8"), path.name
    for name in ("notebook.ipynb", "results.json", "run.json"):
        assert json.loads((made.folder / name).read_text(encoding="utf-8"))
    with pytest.raises(RunError, match="study holds a secret; a notebook reads it itself"):
        notebooks.plan(home / "notebooks/x.ipynb", {"study": f"a{secret}"})


def test_a_signal_has_a_name():
    from klantstudie.run.kernels import signal_name

    assert signal_name(-int(signal.SIGTERM)) == "SIGTERM"
    assert signal_name(0) is None
    assert signal_name(-200) == "signal 200"


def test_a_lock_is_held_by_one(tmp_path):
    with files.lock(tmp_path) as waited:
        assert not waited
        assert files.busy(tmp_path)
        with pytest.raises(TimeoutError, match="in use"), files.lock(tmp_path, wait=0):
            pass
    assert not files.busy(tmp_path)


def test_the_engine_is_known_to_papermill_by_name(home):
    out = home.parent / "out.ipynb"
    path = notebook(home / "x.ipynb", "print(n)")
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "klantstudie",
        path.name,
        str(out),
        "-p",
        "n",
        "5",
    ]
    subprocess.run(command, cwd=home, capture_output=True, check=True)
    first = out.read_bytes()
    assert json.loads(first)["cells"][-1]["outputs"][0]["text"] == ["5\n"]
    subprocess.run(command, cwd=home, capture_output=True, check=True)
    assert out.read_bytes() == first
    assert not out.with_name("out.ipynb.journal").exists()


def test_what_is_printed_is_kept_once_whatever_its_size(home):
    code = (
        "import sys, time\nprint('a'); print('b', file=sys.stderr); time.sleep(0.3); print('c')\n"
        "print('10%', end='\\r'); print('100%')\nprint('x' * 500_000)\n1"
    )
    made = run(notebook(home / "notebooks/x.ipynb", code), cell_limit=30)
    outputs = stored(made)["cells"][1]["outputs"]
    assert [output.get("name") for output in outputs] == ["stdout", "stderr", None]
    text = "".join(outputs[0]["text"])
    assert text.startswith("a\nc\n100%\nxxx")
    assert len(text) == 500_010
