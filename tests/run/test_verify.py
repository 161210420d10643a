"""A verification does everything again, finds a tampered number, and says what it compared."""

from __future__ import annotations

import json
import shutil

import pytest

from klantstudie.errors import RunError
from klantstudie.run import batch, comparing, files, results, verify
from tests.run.making import notebook, project

WORK = """
import json, os
from pathlib import Path
folder = Path(os.environ["KLANTSTUDIE_OUT"])
def entry(name, **more):
    return {"name": name, "kind": "frame", "caption": {}, "lang": "nl", "fit": {}, "info": {}} | more
table = [{"term": "a", "n": 266, "estimate": 0.1 * n}, {"term": "b", "n": 10, "estimate": None}]
found = [entry("alpha", table=table, fit={"cfi": 0.95}, info={"n_used": 266})]
(folder / "results.json").write_text(json.dumps({"results": found, "figures": []}))
(folder / "tables").mkdir()
(folder / "tables/alpha.csv").write_text(f"term,estimate\\na,{0.1 * n!r}\\n")
(folder / "figures").mkdir()
(folder / "figures/x.svg").write_text(f'<svg><path d="M {n / 3} 2"/></svg>')
print("alpha is", 0.1 * n)
if study == "fout":
    raise ValueError("wrong")
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    home = project(tmp_path_factory.mktemp("verify") / "een map")
    notebook(home / "notebooks/03-x.ipynb", WORK)
    plan = '[[run]]\nnotebook = "03-x"\ncross = { study = ["abc", "fout"] }\n'
    (home / "notebooks/batch.toml").write_text(plan)
    batch.run(home / "notebooks/batch.toml", workers=2, settings=batch.Settings(to=(), warm=False))
    return home


@pytest.fixture
def home(done, tmp_path):
    return shutil.copytree(done, tmp_path / "kopie")


def change(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_an_untouched_run_agrees_and_a_failed_one_is_not_verified(home):
    found = verify.run(home / "reports", warm=False)
    assert found.differences == []
    assert found.not_verified == {"fout/03-x/nl": "the recorded run is failed: ValueError: wrong"}
    assert not found.ok
    (one,) = found.checked
    assert (one.run, one.numbers, one.files, one.worst) == ("abc/03-x/nl", 6, 4, 0.0)
    stored = json.loads((home / "reports/verification.json").read_text(encoding="utf-8"))
    assert (stored["numbers"], stored["ok"]) == (6, False)
    assert "6 numbers" in (home / "reports/verification.md").read_text(encoding="utf-8")
    assert verify.run(home / "reports/abc", warm=False).ok


def test_a_tampered_decision_is_found_whatever_the_versions(home):
    folder = home / "reports/abc/03-x/nl"
    change(folder / "results.json", '"n_used": 266', '"n_used": 266, "decision": "supported"')
    told = verify.run(folder, warm=False).differences
    assert told == ["abc/03-x/nl › alpha › decision supported → none"]
    change(folder / "run.json", '"pandas": "', '"pandas": "0.')
    assert verify.run(folder, warm=False).differences == ["abc/03-x/nl › alpha › decision supported → none"]
    change(folder / "run.json", '"pandas": "0.', '"pandas": "')
    change(folder / "results.json", '"decision": "supported"', '"note": "tampered"')
    told = verify.run(folder, warm=False).differences
    assert [line.split(" › ")[:2] for line in told] == [["abc/03-x/nl", "results.json"]]
    (folder / "results.json").unlink()
    assert not verify.run(folder, warm=False).ok


def test_tampering_is_found(home):
    folder = home / "reports/abc/03-x/nl"
    number = repr(0.1 * 3)
    change(folder / "results.json", number, "0.3000001")
    change(folder / "results.json", '"n": 266', '"n": 267')
    change(folder / "tables/alpha.csv", number, "0.31")
    change(folder / "figures/x.svg", "1.0", "1.1")
    change(folder / "notebook.ipynb", f"alpha is {number}", "alpha is 0.4")
    told = verify.run(folder, warm=False).differences
    assert "abc/03-x/nl › alpha › a › n 267 → 266" in told
    assert any(line.startswith("abc/03-x/nl › alpha › a › estimate 0.3000001 → 0.3") for line in told)
    assert f"abc/03-x/nl › tables/alpha.csv › 0.31 → {number}" in told
    assert "abc/03-x/nl › figures/x.svg › 1.1 → 1.0" in told
    assert f"abc/03-x/nl › notebook › cell 2 › outputs › 0.4 → {number}" in told
    assert len(told) == 5


def test_a_removed_or_added_number_is_found(home):
    folder = home / "reports/abc/03-x/nl"
    saved = files.read_json(folder / "results.json")
    saved["results"][0]["fit"] = {"tli": 0.9}
    files.write_json(folder / "results.json", saved)
    told = verify.run(folder, warm=False).differences
    assert told == [
        "abc/03-x/nl › alpha › fit › tli 0.9 → absent",
        "abc/03-x/nl › alpha › fit › cfi absent → 0.95",
    ]


def test_compare_of_two_batches(home, tmp_path):
    other = shutil.copytree(home / "reports", tmp_path / "ander")
    assert results.compare(home / "reports", other) == []
    change(other / "abc/03-x/nl/results.json", '"n": 10', '"n": 11')
    shutil.rmtree(other / "fout")
    found = results.compare(home / "reports", other)
    assert [str(one) for one in found] == [
        "abc/03-x/nl › alpha › b › n 10 → 11",
        "fout/03-x/nl present → absent",
    ]
    assert found[0].relative == pytest.approx(1 / 11)


def test_no_runs(tmp_path):
    with pytest.raises(RunError, match="holds no runs"):
        verify.run(tmp_path)
    with pytest.raises(RunError, match="there is no folder"):
        verify.run(tmp_path / "none")


def test_a_run_whose_notebook_is_gone(home):
    (home / "notebooks/03-x.ipynb").unlink()
    found = verify.run(home / "reports/abc", warm=False)
    assert found.not_verified == {"abc/03-x/nl": "the notebook notebooks/03-x.ipynb is gone"}
    assert not found.ok


@pytest.mark.parametrize(
    ("before", "after", "tolerance", "told"),
    [
        ("a 1.0 b", "a 1.0000000001 b", 1e-8, ""),
        ("a 1.0 b", "a 1.1 b", 1e-8, "1.0 → 1.1"),
        ("r = −0,25", "r = −0,26", 1e-8, "−0,25 → −0,26"),
        ("a 1.0", "b 1.0", 1e-8, "…a 1.0… → …b 1.0…"),
        ("12", "12 3", 1e-8, "…12… → …12 3…"),
        ("v 1.2.3", "v 1.2.4", 1e-8, "1.2.3 → 1.2.4"),
    ],
)
def test_texts_are_compared_by_their_numbers(before, after, tolerance, told):
    assert comparing.unequal(before, after, tolerance) == told


def test_with_other_versions_drawn_results_may_differ_by_their_monte_carlo_error(tmp_path):
    def folder(name, estimate, low, count):
        row = {"term": "omega", "n": count, "estimate": estimate, "std_error": 0.1, "conf_low": low}
        entry = {"name": "omega", "table": [row], "fit": {}, "info": {"seed": 1, "n_boot": 400}}
        files.write_json(tmp_path / name / "results.json", {"results": [entry], "figures": []})
        return tmp_path / name

    before = folder("a", 0.8, 0.70, 5)
    near, far = folder("b", 0.8, 0.71, 5), folder("c", 0.8, 0.80, 6)
    assert comparing.check(before, near, run="r", same_versions=True).differences
    allowed = comparing.check(before, near, run="r", same_versions=False)
    assert allowed.ok
    assert "other versions: drawn results within their Monte Carlo error (omega)" in allowed.notes
    told = comparing.check(before, far, run="r", same_versions=False).differences
    assert told == ["r › omega › omega › n 5 → 6", "r › omega › omega › conf_low 0.7 → 0.8"]
