"""A batch goes on after a failure, skips what is unchanged, and ends cleanly."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from klantstudie.run import batch, cache, files, manifest, notebooks, results
from tests.run.making import notebook, project

SETTINGS = batch.Settings(to=(), warm=False)
WORK = """
import json, os
from pathlib import Path
values = [float(line) for line in Path("../data/raw/answers.csv").read_text().split()]
if study == "dood":
    os._exit(7)
if study == "fout":
    raise ValueError("no such study: fout")
entry = {"name": "mean", "kind": "frame", "table": [{"term": study, "estimate": n * sum(values)}], "fit": {}, "info": {}}
Path(os.environ["KLANTSTUDIE_OUT"], "results.json").write_text(json.dumps({"results": [entry], "figures": []}))
None
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="warm kernels need Linux")
PLAN = '[[run]]\nnotebook = "x"\ncross = { study = ["a", "b", "fout", "dood", "c"] }\n'


@pytest.fixture
def home(tmp_path):
    made = project(tmp_path / "een map")
    (made / "data/raw/answers.csv").write_text("1\n2\n")
    notebook(made / "notebooks/x.ipynb", WORK)
    (made / "notebooks/batch.toml").write_text(PLAN)
    return made


def go(home, **settings):
    settings = {"workers": 2, "settings": SETTINGS} | settings
    return batch.run(home / "notebooks/batch.toml", **settings)


def statuses(made):
    return {outcome.plan.study: outcome.status for outcome in made.outcomes}


def test_failures_stay_apart_and_unchanged_runs_are_skipped(home):
    first = go(home)
    assert statuses(first) == {
        "a": "completed",
        "b": "completed",
        "fout": "failed",
        "dood": "died",
        "c": "completed",
    }
    assert not first.ok
    assert [outcome.plan.study for outcome in first.failed] == ["fout", "dood"]
    assert set(first.causes()) == {
        "ValueError: no such study: fout",
        "KernelDied: the kernel's process ended (exit code 7)",
    }
    with open(home / "reports/results.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["run"], row["term"], row["column"], row["value"]) for row in rows] == [
        (f"{study}/x/nl", study, "estimate", "9.0") for study in "abc"
    ]
    assert rows[0]["parameters"] == "study=a"

    again = go(home, only=["a/*", "b/x/nl"])
    assert [outcome.skipped for outcome in again.outcomes] == [True, True]
    assert again.ok
    resumed = go(home, resume=True)
    assert [outcome.skipped for outcome in resumed.outcomes] == [True] * 5
    assert not resumed.ok
    retried = go(home, retry_failed=True)
    assert [outcome.plan.study for outcome in retried.outcomes] == ["fout", "dood"]

    before = (home / "reports/a/x/nl/notebook.ipynb").read_bytes()
    (home / "data/raw/answers.csv").write_text("1\n3\n")
    assert cache.why(home / "reports/a/x/nl") == ["data/raw/answers.csv changed"]
    changed = go(home, only=["a/*"])
    assert [outcome.skipped for outcome in changed.outcomes] == [False]
    assert (home / "reports/a/x/nl/notebook.ipynb").read_bytes() == before


def test_why_says_what_changed(home):
    made = go(home, only=["a/*"])
    folder = made.outcomes[0].plan.folder
    assert cache.why(folder) == []
    planned = made.outcomes[0].plan
    record = files.read_json(folder / "run.json")
    assert cache.changes(planned, {}) == ["it was never run"]
    assert cache.changes(planned, record, to=("html",)) == ["report.html is missing"]
    failed = record | {"status": "failed", "cause": "KeyError: q1"}
    assert cache.changes(planned, failed) == ["the last run did not complete (failed: KeyError: q1)"]
    key = record["key"]
    assert cache.changes(planned, record | {"key": key | {"library": "x"}}) == [
        "the code of klantstudie changed"
    ]
    newer = record | {"key": key | {"versions": "x"}, "versions": record["versions"] | {"pandas": "1.0"}}
    assert cache.changes(planned, newer)[0].startswith("pandas 1.0 → ")
    other = record | {"key": key | {"parameters": {**key["parameters"], "n": 2}}}
    assert cache.changes(planned, other) == ["parameter n: 2 → 3"]
    notebook(home / "notebooks/x.ipynb", WORK + "\n1")
    assert cache.why(folder) == ["the notebook x changed"]
    notebook(home / "notebooks/x.ipynb", WORK, parameters='out: str = ""')
    assert cache.why(folder)[0].startswith("x has no parameter 'study'")
    (home / "notebooks/x.ipynb").unlink()
    assert cache.why(folder) == ["the notebook notebooks/x.ipynb is gone"]


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_cleanly_and_the_next_batch_goes_on(home):
    slow = "import time, sys\nif study == 'b':\n    time.sleep(60)\n"
    notebook(home / "notebooks/x.ipynb", slow)
    # a shell in the background starts its children with SIGINT ignored; a terminal does not
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from klantstudie.run import batch\n"
        "made = batch.run(sys.argv[1], workers=1, settings=batch.Settings(to=(), warm=False))\n"
        "print({outcome.plan.study: outcome.status for outcome in made.outcomes}, made.interrupted)"
    )
    plan = str(home / "notebooks/batch.toml")
    process = subprocess.Popen([sys.executable, "-c", program, plan], stdout=subprocess.PIPE, text=True)
    marker, deadline = home / "reports/b/x/nl/journal.jsonl", time.monotonic() + 60
    while not (marker.exists() and len(marker.read_text().splitlines()) > 2) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=120)
    assert "'a': 'completed', 'b': 'interrupted', 'fout': 'interrupted'" in told
    assert "True" in told
    record = files.read_json(home / "reports/b/x/nl/run.json")
    assert (record["status"], record["error"]["name"]) == ("interrupted", "Interrupted")
    assert not files.busy(home / "reports/b/x/nl")
    assert not (home / "reports/fout").exists()
    notebook(home / "notebooks/x.ipynb", "1")
    assert go(home, resume=True).ok


KILL = """
import json, os, pathlib, signal, time
record = json.loads(pathlib.Path(os.environ["KLANTSTUDIE_OUT"], "run.json").read_text())
mark = pathlib.Path("../mark")
if not (n == 1 and mark.exists()):
    mark.touch()
    os.kill(record["process"], signal.SIGKILL)
    time.sleep(60)
"""


@pytest.mark.parametrize("warm", [False, pytest.param(True, marks=LINUX)])
@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_a_lost_worker_loses_no_run(home, warm):
    notebook(home / "notebooks/x.ipynb", "print('kept')", KILL)
    (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "x"\ncross = { n = [1, 2] }\n')
    made = go(home, workers=1, settings=batch.Settings(to=(), warm=warm))
    assert [outcome.status for outcome in made.outcomes] == ["completed", "died"]
    lost = made.outcomes[1]
    assert "RunnerDied: the worker's process ended (exit code -9)" in lost.cause
    kept = json.loads((lost.plan.folder / "notebook.ipynb").read_text(encoding="utf-8"))
    assert kept["cells"][2]["outputs"][0]["text"] == ["kept\n"]
    assert not files.busy(lost.plan.folder)


def test_two_batches_at_once_do_not_harm_each_other(home):
    notebook(
        home / "notebooks/x.ipynb", "from pathlib import Path\nwith open('../count', 'a') as f: f.write('x')"
    )
    program = (
        "import sys; from klantstudie.run import batch\n"
        "sys.exit(not batch.run(sys.argv[1], workers=1, settings=batch.Settings(to=(), warm=False)).ok)"
    )
    plan = str(home / "notebooks/batch.toml")
    both = [subprocess.Popen([sys.executable, "-c", program, plan]) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert all(
        files.read_json(folder / "run.json")["status"] == "completed"
        for folder in results.runs(home / "reports")
    )


def test_a_notebook_that_breaks_after_the_check_fails_alone(home, monkeypatch):
    planned = notebooks.plan(home / "notebooks/x.ipynb", {"study": "a"})
    (home / "notebooks/x.ipynb").write_text("{")
    from klantstudie.run import worker

    task = {
        "plan": notebooks.freeze(planned),
        "settings": SETTINGS.plain(),
        "context": manifest.context(home),
    }
    assert worker.perform(task)["status"] == "failed"
    assert "not a notebook" in files.read_json(planned.folder / "run.json")["cause"]


def test_native_threads_are_capped():
    assert batch._capped(batch.Settings(threads=64), batch.cores()).threads == 1
