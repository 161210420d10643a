"""Decimal comma against thousands point: decided from the whole column, or refused."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.study.numbers import understand


def column(*cells):
    return pd.Series(list(cells), name="q1", dtype=object)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("0,900", "1,5"), [0.9, 1.5]),
        (("0,900",), [0.9]),
        (("0.900",), [0.9]),
        (("1.234,5", "2"), [1234.5, 2]),
        (("1,234.5", "2"), [1234.5, 2]),
        (("1.234", "1,5"), [1234, 1.5]),
        (("1.234", "1.5"), [1.234, 1.5]),
        (("1.234.567",), [1234567]),
        (("-1,5", "\u22122,5", " 3 "), [-1.5, -2.5, 3]),
        (("1e3", "2"), [1000, 2]),
        (("5", "", "NA", "#NULL!", "."), [5, np.nan, np.nan, np.nan, np.nan]),
        ((".5", "1"), [0.5, 1]),
        ((None, "", None), [np.nan] * 3),
        (("3", "4", None), [3, 4, np.nan]),
    ],
)
def test_numbers(cells, values):
    found = understand(column(*cells)).values
    assert found.dtype == "float64"
    np.testing.assert_allclose(found, values)


@pytest.mark.parametrize("cells", [("1.234",), ("1,234", "5"), ("12.345", "1.000")])
def test_an_ambiguous_mark_is_refused_with_both_meanings(cells):
    with pytest.raises(
        InputError, match=r"column 'q1'.*may mean .* \(decimal point\) or .* \(decimal comma\)"
    ):
        understand(column(*cells))


def test_a_forced_mark_decides_and_is_checked():
    assert list(understand(column("1.234"), decimal="comma").values) == [1234]
    assert list(understand(column("1.234"), decimal="point").values) == [1.234]
    with pytest.raises(InputError, match="with a decimal point '1,5' is no number"):
        understand(column("1,5"), decimal="point")
    with pytest.raises(OptionError, match="'auto', 'point', 'comma'"):
        understand(column("1"), decimal=",")


def test_two_marks_in_one_column_are_refused():
    with pytest.raises(InputError, match=r"'1\.5' needs a point and '2,5' a comma"):
        understand(column("1.5", "2,5"))


def test_what_was_read_is_said():
    note = understand(column("1.234,5", "0,9")).notes[0]
    assert "decimal comma: '1.234,5' is read as 1234.5; the column runs from 0.9 to 1234.5" in note


@pytest.mark.parametrize("cells", [("007", "12"), ("12345678901234567", "1"), ("a", "1"), ("1.2.3",)])
def test_codes_and_words_stay_text(cells):
    found = understand(column(*cells)).values
    assert found.dtype == "string"
    assert list(found) == list(cells)


def test_leading_zeros_may_be_numbers_when_asked():
    assert list(understand(column("007", "12"), leading_zeros="number").values) == [7, 12]
