"""Large files: the fast reader says what the careful one says, and a stream gives what load gives."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import CodebookError, InputError
from klantstudie.study import bulk, loading
from klantstudie.study.loading import load
from klantstudie.study.reading import read_raw
from klantstudie.study.streaming import stream


def both(path, monkeypatch, **options):
    """Read a file the fast way and the careful way."""
    monkeypatch.setattr(bulk, "LARGE", 10**12)
    careful = read_raw(path, **options)
    monkeypatch.setattr(bulk, "LARGE", 0)
    fast_used = bulk.read(path, "auto", options.get("text", ())) is not None
    return careful, read_raw(path, **options), fast_used


@pytest.mark.parametrize(
    ("content", "fast"),
    [
        ("a,b,c\n1,2,x\n3,,y\n", True),
        ("a,b,c\n1,2.5,x\n3,4,y\n", True),
        ("a;b;c\n1;2,5;x\n3;1.234,5;y\n", True),
        ("a,b,c\n1,NA,x\n3,2,y\n", True),
        ("a,b,c\n001,2,x\n002,3,y\n", True),
        ("a,b,c\n1,True,x\n0,False,y\n", True),
        ("a,b,c\n1,inf,x\n0,2,y\n", True),
        ("a,b,c\n12345678901234567,1,x\n2,3,y\n", True),
        ('a,b,c\n1,2,"x, y"\n3,4,"z\nw"\n', True),
        ("a,b,c\n1,2\n3,4,5\n", False),
        ("a,b,c\n1,2,3,4\n", False),
        ("a,b,c\n1,2,3\n,,\n4,5,6\n", False),
        ("a,b,c\n1,2,3\n\n4,5,6\n", True),
        ("a,b,c\n1,2,3\n4,5,6\nBron: x\n", False),
        ("a,b,c\r\n1,2,3\r\n4,5,6\r\n", True),
        (
            "StartDate,EndDate,Finished,Status,Q1\nStart Date,End Date,Finished,Response Type,Hoe?\nx,y,1,0,5\n",
            True,
        ),
    ],
)
def test_the_fast_reader_agrees_or_gives_way(tmp_path, monkeypatch, content, fast):
    path = tmp_path / "a.csv"
    path.write_text(content, newline="")
    try:
        careful, quick, used = both(path, monkeypatch)
    except InputError:
        monkeypatch.setattr(bulk, "LARGE", 0)
        assert bulk.read(path, "auto", ()) is None
        return
    assert used == fast
    pd.testing.assert_frame_equal(careful.frame, quick.frame)
    assert careful.labels == quick.labels
    if '"' not in content and "\n\n" not in content:
        assert careful.lines.tolist() == quick.lines.tolist()


def test_text_columns_keep_their_zeros_in_both(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n" * 1 + "07,3\n")
    careful, quick, _ = both(path, monkeypatch, text=["a"])
    assert careful.frame["a"].tolist() == quick.frame["a"].tolist() == ["1", "07"]


BOOK = """[study]
title = "groot"
id = "id"
missing = [-9]
[responses.l5]
min = 1
max = 5
[items.q1]
response = "l5"
[items.q2]
response = "l5"
reverse = true
[items.q3]
response = "l5"
[scales.s]
items = ["q1", "q2", "q3"]
min_answered = 2
[groups.land]
labels = {"1" = "NL", "2" = "BE"}
[[rules]]
name = "een antwoord"
when = "straightlined == 1"
reason = "x"
[[rules]]
name = "leeg"
when = "share_missing > 0.5"
reason = "x"
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "data/raw/groot"
    folder.mkdir(parents=True)
    (folder / "codebook.toml").write_text(BOOK)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (500, 3)), columns=["q1", "q2", "q3"])
    frame = frame.mask(rng.random(frame.shape) < 0.1, -9)
    frame.insert(0, "id", [f"{i:05d}" for i in range(500)])
    frame["land"] = rng.integers(1, 3, 500)
    frame.to_csv(folder / "groot.csv", index=False)
    return tmp_path


def test_a_stream_gives_what_load_gives(project):
    study = load("groot", root=project)
    flow = stream("groot", root=project, rows=64)
    pd.testing.assert_frame_equal(flow.table, study.waterfall.table)
    out = project / "data/processed/groot"
    assert sorted(path.name for path in out.iterdir()) == ["clean.parquet", "log.parquet", "waterfall.csv"]
    back = pd.read_parquet(out / "clean.parquet")
    for name in study.frame.columns:
        assert back[name].astype(study.frame[name].dtype).equals(study.frame[name]), name
    log = pd.read_parquet(out / "log.parquet")
    assert len(log) == len(study.log)
    assert set(log["row"]) == set(study.log["row"])
    load("groot", root=project)
    assert "clean.csv" in {path.name for path in out.iterdir()}


def test_a_stream_refuses_what_needs_the_whole_file(project):
    folder = project / "data/raw/groot"
    (folder / "codebook.toml").write_text(BOOK.replace("straightlined == 1", "person_total < 0"))
    with pytest.raises(InputError, match="rules on person_total need the whole sample"):
        stream("groot", root=project)
    (folder / "codebook.toml").write_text(BOOK.replace('id = "id"', 'id = "id"\nduplicates = "first"'))
    with pytest.raises(InputError, match='duplicates = "first" needs the whole file'):
        stream("groot", root=project)
    (folder / "codebook.toml").write_text(BOOK)
    text = (folder / "groot.csv").read_text()
    (folder / "groot.csv").write_text(text + "00003,1,2,3,1\n")
    with pytest.raises(CodebookError, match=r"stood in the file before: '00003' \(row 502\)"):
        stream("groot", root=project, rows=100)
    (folder / "groot.csv").write_text(text + "99999,1,2,3.5,1\n")
    with pytest.raises(InputError, match="holds fractions"):
        stream("groot", root=project)
    assert not list((project / "data/processed/groot").glob(".*"))


def test_large_studies_are_written_as_parquet_and_read_back(project, monkeypatch):
    monkeypatch.setattr(loading, "LARGE", 100)
    study = load("groot", root=project)
    out = project / "data/processed/groot"
    assert sorted(path.name for path in out.iterdir()) == ["clean.parquet", "log.parquet", "waterfall.csv"]
    first = (out / "clean.parquet").read_bytes()
    raw = read_raw(out / "clean.parquet")
    np.testing.assert_array_equal(raw.frame["s"], study.frame["s"])
    (out / "clean.parquet").unlink()
    load("groot", root=project)
    assert (out / "clean.parquet").read_bytes() == first
