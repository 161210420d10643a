"""Moments and durations: never guessed between day and month, right across a change of summer time."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.study import clock
from klantstudie.study.codebook import declare, draft
from klantstudie.study.loading import load
from klantstudie.study.reading import read_raw


def column(*cells):
    return pd.Series(list(cells), dtype="string", name="EndDate")


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2024-05-01 10:00:00", "2024-05-01 10:05:30", 330),
        ("2024-05-01T10:00:00", "2024-05-01T10:05:30", 330),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T08:05:30Z", 330),
        ("13-05-2024 10:00", "13-05-2024 10:05", 300),
        ("05/13/2024 10:00:00 AM", "05/13/2024 1:00:00 PM", 10800),
    ],
)
def test_seconds_between(start, end, seconds):
    assert clock.seconds_between(column(end, None), column(start, start)).tolist()[0] == seconds


def test_day_and_month_are_not_guessed():
    with pytest.raises(InputError, match="may be day-month or month-day"):
        clock.moments(column("03-04-2024 10:00"))
    found = clock.moments(column("03-04-2024 10:00", "13-04-2024 10:00", "", None))
    assert found[0] == pd.Timestamp("2024-04-03 10:00", tz="UTC")
    assert found.isna().tolist() == [False, False, True, True]
    with pytest.raises(InputError, match="'straks' is no moment"):
        clock.moments(column("2024-05-01 10:00:00", "straks"))
    assert clock.moments(column(None, None)).isna().all()


def test_summer_time_counts_where_the_zone_is_known():
    start, end = column("2024-03-31 01:55:00"), column("2024-03-31 03:05:00")
    assert clock.seconds_between(end, start).tolist() == [4200]
    assert clock.seconds_between(end, start, "Europe/Amsterdam").tolist() == [600]
    assert np.isnan(clock.seconds_between(column("2024-10-27 02:30:00"), start, "Europe/Amsterdam")[0])
    with pytest.raises(OptionError, match="such as Europe/Amsterdam; given: 'Europa/Adam'"):
        clock.moments(start, "Europa/Adam")


def test_a_duration_may_be_an_end_minus_a_start(tmp_path):
    folder = tmp_path / "data/raw/proef"
    folder.mkdir(parents=True)
    head = '"id","submitdate","lastpage","startlanguage","startdate","datestamp","q1"\n'
    rows = [
        f'"{i}","2024-05-13 10:0{i}:00","3","nl","2024-05-13 10:00:00","2024-05-13 10:0{i}:00","{i}"'
        for i in range(1, 6)
    ]
    (folder / "a.csv").write_text(head + "\n".join(rows) + "\n")
    text = draft(read_raw(folder / "a.csv"))
    assert 'duration = "datestamp - startdate"' in text
    (folder / "codebook.toml").write_text(text)
    study = load("proef", root=tmp_path)
    assert study.frame["duration"].tolist() == [60, 120, 180, 240, 300]
    fast = text + '[[rules]]\nname="snel"\nwhen="duration < 100"\nreason="x"\n'
    (folder / "codebook.toml").write_text(fast)
    assert len(load("proef", root=tmp_path).frame) == 4


def test_a_column_of_that_pair_that_is_absent_is_named():
    from klantstudie.study.cleaning import absent_columns

    book = declare({"study": {"title": "x", "duration": "EndDate - Start"}})
    told = absent_columns(pd.DataFrame({"EndDate": ["x"], "StartDate": ["y"]}), book)
    assert told == ["study.duration: the file has no column 'Start', did you mean 'StartDate'?"]
