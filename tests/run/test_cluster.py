"""A Dask cluster does the runs of a batch with the same results, and a lost worker loses no run."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time

import pytest

from klantstudie.errors import RunError
from klantstudie.run import batch, files
from tests.run.making import notebook, project

pytest.importorskip("distributed", reason="the cluster extra is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

ONCE = """
import json, os, pathlib, signal, time
record = json.loads(pathlib.Path(os.environ["KLANTSTUDIE_OUT"], "run.json").read_text())
mark = pathlib.Path("../mark")
if n == 2 and not mark.exists():
    mark.touch()
    os.kill(record["process"], signal.SIGKILL)
    time.sleep(60)
print(n, study)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    scheduler = [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    worker = [
        *dask,
        "worker",
        "--scheduler-file",
        str(file),
        "--no-nanny",
        "--nthreads",
        "1",
        "--no-dashboard",
    ]
    processes = [subprocess.Popen(scheduler, **quiet)]
    deadline = time.monotonic() + 60
    while not (file.exists() and file.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.1)
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    from distributed import Client

    found = json.loads(file.read_text())["address"]
    with Client(found, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield found
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def home(tmp_path):
    made = project(tmp_path)
    (made / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\ncross = { n = [1, 2, 3, 4] }\n')
    return made


@pytest.mark.parametrize(
    "warm", [False, pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux"))]
)
def test_the_same_results_byte_for_byte(home, address, warm):
    notebook(home / "notebooks/x.ipynb", "print(n)", "if n == 3:\n    raise ValueError('three')")
    settings = batch.Settings(to=(), warm=warm)
    plan = home / "notebooks/batch.toml"
    here = batch.run(plan, reports=home / "here", workers=1, settings=settings)
    there = batch.run(plan, reports=home / "there", scheduler=address, settings=settings)
    told = [outcome.status for outcome in there.outcomes]
    assert (
        told
        == [outcome.status for outcome in here.outcomes]
        == ["completed", "completed", "failed", "completed"]
    )
    assert {outcome.about["kernel"] for outcome in there.outcomes} == {"warm" if warm else "cold"}
    for one, other in zip(here.outcomes, there.outcomes, strict=True):
        first, second = (outcome.plan.folder / "notebook.ipynb" for outcome in (one, other))
        assert first.read_bytes() == second.read_bytes()
    resumed = batch.run(plan, reports=home / "there", scheduler=address, resume=True, settings=settings)
    assert [outcome.skipped for outcome in resumed.outcomes] == [True] * 4


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_a_lost_worker_loses_no_run(home, address):
    notebook(home / "notebooks/x.ipynb", ONCE)
    made = batch.run(
        home / "notebooks/batch.toml", scheduler=address, settings=batch.Settings(to=(), warm=False)
    )
    assert [outcome.status for outcome in made.outcomes] == ["completed"] * 4
    assert (home / "mark").exists()
    assert not any(files.busy(outcome.plan.folder) for outcome in made.outcomes)


def test_a_run_that_kills_every_worker_is_recorded_with_what_was_kept(home):
    from klantstudie.run import cluster, notebooks

    notebook(home / "notebooks/x.ipynb", "print('kept')", "1 / 0")
    made = notebooks.execute(notebooks.plan(home / "notebooks/x.ipynb", {}), to=())
    record = files.read_json(made.folder / "run.json") | {"status": "running"}
    files.write_json(made.folder / "run.json", record)
    told = cluster._lost(
        {"plan": notebooks.freeze(notebooks.plan(home / "notebooks/x.ipynb", {}))}, "KilledWorker: x"
    )
    assert told == {"status": "died", "cause": "RunnerDied: KilledWorker: x"}
    assert files.read_json(made.folder / "run.json")["status"] == "died"


def test_without_workers_the_batch_says_that_it_waits(monkeypatch):
    from klantstudie.run import cluster

    monkeypatch.setattr(cluster, "LOOK", 0.01)
    crew = cluster.Crew.__new__(cluster.Crew)
    crew.events, crew._stopped, crew._futures = queue.Queue(), threading.Event(), {"a": ({}, None)}
    monkeypatch.setattr(cluster.Crew, "count", property(lambda self: 0))
    crew._look()
    assert "no worker left" in crew.events.get_nowait()["note"]


def test_no_scheduler(home, monkeypatch):
    from klantstudie.run import cluster

    monkeypatch.setattr(cluster, "CONNECT", 1)
    notebook(home / "notebooks/x.ipynb", "1")
    with pytest.raises(RunError, match="there is no scheduler at tcp://127.0.0.1:9"):
        batch.run(
            home / "notebooks/batch.toml", scheduler="tcp://127.0.0.1:9", settings=batch.Settings(to=())
        )
