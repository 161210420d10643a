"""Printed means, standard deviations and correlations stand in for a frame, or are refused with the reason."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError
from klantstudie.inputs import sha256
from klantstudie.moments import Moments, as_moments

CORR = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.3], [0.2, 0.3, 1.0]])


@pytest.fixture
def moments():
    return Moments(("a", "b", "c"), [1.0, 2.0, 3.0], [1.0, 2.0, 0.5], CORR, 100)


def test_covariance_is_correlation_times_standard_deviations(moments):
    assert moments.cov[0, 1] == pytest.approx(0.5 * 1.0 * 2.0)
    assert np.diag(moments.cov).tolist() == [1.0, 4.0, 0.25]


def test_select_keeps_the_order_asked_for(moments):
    chosen = moments.select(["c", "a"])
    assert chosen.columns == ("c", "a")
    assert chosen.corr[0, 1] == 0.2
    assert chosen.mean.tolist() == [3.0, 1.0]
    with pytest.raises(InputError, match="no column 'd'"):
        moments.select("d")


def test_moments_of_a_frame_use_complete_rows_and_n_minus_one():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan], "b": [2.0, 1.0, 4.0, 9.0], "text": list("wxyz")})
    moments, n_total = as_moments(frame, ["a", "b"])
    assert (moments.n, n_total) == (3, 4)
    assert moments.sd == pytest.approx(frame[["a", "b"]].dropna().std().to_numpy())
    assert moments.corr[0, 1] == pytest.approx(frame["a"].corr(frame["b"]))


def test_without_standard_deviations_there_is_no_covariance():
    printed = Moments(("a", "b"), None, None, CORR[:2, :2], 50)
    with pytest.raises(InputError, match=r"no standard deviation for a, b.*standard errors would be wrong"):
        printed.cov  # noqa: B018


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corr": CORR + np.triu(np.ones((3, 3)), 1) * 0.01}, "not symmetric"),
        ({"corr": 2 * CORR}, "ones on its diagonal"),
        ({"corr": CORR[:2, :2]}, "3 by 3"),
        ({"corr": np.where(np.triu(CORR) == 0.2, np.nan, CORR)}, "'a' with 'c' is missing one way"),
        ({"corr": np.where(CORR == 1.0, np.nan, CORR)}, "ones on its diagonal"),
        ({"corr": np.where(CORR == 0.5, 1.5, CORR)}, "outside -1 to 1"),
        ({"sd": [1.0, -1.0, 1.0]}, "cannot be negative"),
        ({"mean": [1.0]}, "one number per column"),
        ({"n": 1}, "at least 2"),
        ({"columns": ("a", "a", "b")}, "more than once: a"),
    ],
)
def test_impossible_moments_are_refused(change, message):
    given = {"columns": ("a", "b", "c"), "mean": [1, 2, 3], "sd": [1, 1, 1], "corr": CORR, "n": 100} | change
    with pytest.raises(InputError, match=message):
        Moments(**given)


def test_a_correlation_that_is_not_printed_is_refused_where_it_is_needed():
    printed = Moments(("a", "b", "c"), [1, 2, 3], [1, 1, 1], np.where(CORR == 0.2, np.nan, CORR), 100)
    assert printed.select(["a", "b"]).corr[0, 1] == 0.5
    assert np.isnan(printed.select(["a", "c"], partial=True).corr[0, 1])
    for call in (
        lambda: printed.select(["a", "c"]),
        lambda: printed.cov,
        lambda: as_moments(printed, ["c", "a"]),
    ):
        with pytest.raises(InputError, match="correlation of 'a' and 'c' is missing from the source"):
            call()


def test_a_constant_column_has_no_correlation():
    with pytest.raises(InputError, match="no variance, so no correlation: b"):
        Moments.from_frame(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 3.0]}), ["a", "b"])


def test_moments_cannot_be_changed(moments):
    with pytest.raises(ValueError, match="read-only"):
        moments.corr[0, 1] = 0.9


def test_a_published_table_is_read_and_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("KLANTSTUDIE_OUT", str(tmp_path / "run"))
    path = tmp_path / "table.csv"
    path.write_text("# Author (2001), table 2\nvariable,n,mean,sd,a,b\na,80,3.1,1.0,,\nb,80,4.2,0.9,.41,\n")
    moments = Moments.read(path)
    assert moments.columns == ("a", "b")
    assert moments.corr[0, 1] == 0.41
    assert moments.citation == "Author (2001), table 2"
    line = json.loads((tmp_path / "run" / "inputs.jsonl").read_text())
    assert line["sha256"] == sha256(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("variable,mean,sd,a\na,1,1,1\n", "column 'n' is missing"),
        ("variable,n,a\na,50,1\nb,50,.2\n", "no correlation column for b"),
        ("variable,n,a,b\na,50,1,\nb,60,.2,1\n", "one n for the whole table"),
    ],
)
def test_an_incomplete_table_says_what_is_missing(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        Moments.read(tmp_path / "t.csv")
