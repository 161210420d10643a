"""Broken and strange files: every one ends in a frame or in a clear error, never a traceback or a hang.

`KLANTSTUDIE_FUZZ=20000 pytest tests/study/test_fuzz.py -m slow` is the long run; the quick one is part of make test.
"""

import os
import random
import signal
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klantstudie.errors import KlantstudieError
from klantstudie.study import bulk, numbers
from klantstudie.study.codebook import draft, read_codebook
from klantstudie.study.reading import RawSurvey, read_raw

INPUTS = int(os.environ.get("KLANTSTUDIE_FUZZ", "2000"))
LIMIT = 20  # seconds a single file may take


class Hung(Exception):
    """A reader took too long."""


@contextmanager
def limited(seconds: int):
    """Raise Hung when the block takes longer (where the system has alarms)."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_):
        raise Hung

    old = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


QUALTRICS = (
    "StartDate,EndDate,Status,Finished,ResponseId,Q1,Q2\n"
    "Start Date,End Date,Response Type,Finished,Response ID,Hoe?,Waarom?\n"
    '"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}",a,b,c,d,e\n'
    "2024-05-01 10:00:00,2024-05-01 10:05:00,0,1,R_1,8,prima\n"
)
LIME = 'id,submitdate,lastpage,startlanguage,"G1[SQ001]","G1[SQ002]"\n1,2024-05-01,3,nl,A1,A2\n2,,1,nl,A2,\n'
MONKEY = "Respondent ID,Collector ID,Date Created,Vraag?,,Leeftijd\n,,,prijs,service,Response\n1,2,x,4,5,33\n"
GOOGLE = 'Tijdstempel,Vraag [a],Vraag [b],Kanalen\n1-5-2024 10:00,Eens,Oneens,"web, balie"\n'
PLAIN = 'id;q1;q2;open\n1;1,5;2;prima\n2;2,5;3;"niet; zo"\n3;1.234,5;4;\n'


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """One good file of every kind, as bytes by file name."""
    import pyreadstat

    folder = tmp_path_factory.mktemp("seeds")
    frame = pd.DataFrame({"q1": [1.0, 2.0, 99.0], "land": ["nl", "be", ""]})
    book = openpyxl.Workbook()
    for row in (
        ["ID", "Start time", "Completion time", "Email", "Vraag?"],
        [1, "a", "b", "c", 4],
        [2, "a", "b", "c", 5],
    ):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    frame.to_excel(folder / "a.ods", index=False, engine="odf")
    pyreadstat.write_sav(frame, str(folder / "a.sav"), missing_ranges={"q1": [99]})
    pyreadstat.write_sav(frame, str(folder / "b.zsav"), compress=True)
    pyreadstat.write_dta(frame, str(folder / "a.dta"))
    frame.to_parquet(folder / "a.parquet")
    frame.to_csv(folder / "a.csv.gz", index=False)
    texts = {
        "plain.csv": PLAIN,
        "qualtrics.csv": QUALTRICS,
        "lime.csv": LIME,
        "monkey.csv": MONKEY,
        "google.csv": GOOGLE,
    }
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return (
        files
        | {name: text.encode() for name, text in texts.items()}
        | {"tab.tsv": PLAIN.replace(";", "\t").encode()}
    )


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with a few of the accidents that happen to files."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place, kind = rng.randrange(len(made) + 1), rng.randrange(7)
        if kind == 0 and made:
            made[place % len(made)] = rng.randrange(256)
        elif kind == 1:
            made[place:place] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        elif kind == 2:
            del made[place : place + rng.randint(1, 40)]
        elif kind == 3:
            del made[place:]
        elif kind == 4:
            part = made[place : place + rng.randint(1, 60)]
            made[place:place] = part * rng.randint(1, 3)
        elif kind == 5:
            made[place:place] = rng.choice(
                [b'"', b"\r", b"\n", b";", b",", b"\xff\xfe", b"\xe9", b"\0", b"1.234", b"\x1a"]
            )
        elif made:
            bit = place % len(made)
            made[bit] ^= 1 << rng.randrange(8)
    return bytes(made)


def survives(path: Path) -> str:
    """Read a file; return what came of it."""
    with limited(LIMIT):
        try:
            raw = read_raw(path)
        except KlantstudieError as error:
            assert str(error).strip()
            assert path.name in str(error) or "column" in str(error) or "row" in str(error)
            return "refused"
    assert isinstance(raw, RawSurvey)
    assert all(values.dtype == "float64" or values.dtype == "string" for _, values in raw.frame.items())
    assert len(raw.lines) == len(raw.frame)
    return "read"


def run(seeds: dict[str, bytes], tmp_path: Path, count: int, seed: int) -> dict[str, int]:
    rng = random.Random(seed)
    names, came = sorted(seeds), {"read": 0, "refused": 0}
    for i in range(count):
        name = names[i % len(names)]
        path = tmp_path / name
        path.write_bytes(mutate(seeds[name], rng))
        try:
            came[survives(path)] += 1
        except BaseException:
            (tmp_path / f"failed-{seed}-{i}-{name}").write_bytes(path.read_bytes())
            raise
    return came


def test_every_seed_is_read(seeds, tmp_path):
    for name, data in seeds.items():
        (tmp_path / name).write_bytes(data)
        assert survives(tmp_path / name) == "read", name


def test_mutated_files_are_read_or_refused(seeds, tmp_path):
    came = run(seeds, tmp_path, 400, seed=1)
    assert min(came.values()) > 20


@pytest.mark.slow
def test_many_mutated_files_are_read_or_refused(seeds, tmp_path):
    assert sum(run(seeds, tmp_path, INPUTS, seed=2).values()) == INPUTS


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["1", "2,5", "1.234", "1,5", "", "NA", "99", "007", "Eens", "3-mei", "1e5", "\u2212", '"', "a\nb"]
    ),
    st.integers(-100, 10**18).map(str),
    st.floats(allow_nan=False).map(str),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t"]),
)
def test_any_table_of_cells(tmp_path, rows, mark):
    import csv

    path = tmp_path / "any.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as stream:
        csv.writer(stream, delimiter=mark).writerows(rows)
    survives(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.xlsx", "a.ods", "a.sav", "a.dta", "a.parquet", "a.csv.gz"]),
)
def test_any_bytes(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    survives(path)


@settings(max_examples=150, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=8))
def test_a_number_is_never_silently_another(cells):
    """What is read as a number is what Python reads after the stated decimal mark is put in place."""
    try:
        found = numbers.understand(pd.Series(cells, name="q", dtype=object)).values
    except KlantstudieError:
        return
    if found.dtype != "float64":
        return
    for cell, value in zip(cells, found, strict=True):
        plain = numbers.tidy(cell)
        if plain.lower() in numbers.BLANK:
            assert value != value
            continue
        allowed = {float(plain.replace(",", ""))} if "." not in plain or plain.count(".") == 1 else set()
        allowed |= {float(plain.replace(".", "").replace(",", "."))} if plain.count(",") <= 1 else set()
        assert value in allowed


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=10), st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=4
    ),
    st.sampled_from(["nl", "en"]),
)
def test_any_readable_file_gets_a_valid_draft(tmp_path, columns, lang):
    path = tmp_path / "any.csv"
    frame = pd.DataFrame(columns)
    path.write_bytes(frame.to_csv(index=False).encode("utf-8", errors="replace"))
    try:
        raw = read_raw(path)
    except KlantstudieError:
        return
    book = tmp_path / "codebook.toml"
    book.write_bytes(draft(raw, lang=lang).encode("utf-8", errors="replace"))
    read_codebook(book)


def outcome(path: Path) -> pd.DataFrame | None:
    with limited(LIMIT):
        try:
            return read_raw(path).frame
        except KlantstudieError:
            return None


def agree(seeds: dict[str, bytes], path: Path, count: int, seed: int, monkeypatch) -> int:
    """Read mutated csv files both ways; return how many the fast reader took."""
    rng, taken = random.Random(seed), 0
    texts = sorted(name for name in seeds if name.endswith("v") and name != "b.zsav" and name != "a.sav")
    for i in range(count):
        path.write_bytes(mutate(seeds[texts[i % len(texts)]], rng))
        monkeypatch.setattr(bulk, "LARGE", 10**12)
        careful = outcome(path)
        monkeypatch.setattr(bulk, "LARGE", 0)
        taken += bulk.read(path, "auto", ()) is not None
        quick = outcome(path)
        assert (careful is None) == (quick is None), path.read_bytes()
        if careful is not None:
            pd.testing.assert_frame_equal(careful, quick, obj=repr(path.read_bytes()))
    return taken


def test_the_fast_reader_never_says_something_else(seeds, tmp_path, monkeypatch):
    assert agree(seeds, tmp_path / "a.csv", 300, 3, monkeypatch) > 10


@pytest.mark.slow
def test_the_fast_reader_never_says_something_else_in_many_files(seeds, tmp_path, monkeypatch):
    assert agree(seeds, tmp_path / "a.csv", INPUTS, 4, monkeypatch) > INPUTS / 30
