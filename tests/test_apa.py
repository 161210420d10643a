"""Numbers on paper, rule by rule of APA 7 (sections 6.32 to 6.45), in Dutch and English."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantstudie import apa
from klantstudie.errors import OptionError


@pytest.mark.parametrize(
    ("value", "options", "nl", "en"),
    [
        (0.456, {}, "0,46", "0.46"),
        (0.456, {"bounded": True}, ",46", ".46"),
        (-0.456, {"bounded": True}, "−,46", "−.46"),
        (1.0, {"bounded": True}, "1,00", "1.00"),
        (12.345, {"digits": 1}, "12,3", "12.3"),
        (-0.001, {}, "0,00", "0.00"),
        (3.0, {"digits": 0}, "3", "3"),
        (math.nan, {}, "–", "–"),
        (None, {}, "–", "–"),
        (math.inf, {}, "∞", "∞"),
        (-math.inf, {}, "−∞", "−∞"),
    ],
)
def test_number(value, options, nl, en):
    assert apa.number(value, "nl", **options) == nl
    assert apa.number(value, "en", **options) == en


@pytest.mark.parametrize(
    ("value", "nl", "en"),
    [
        (0.0209, ",021", ".021"),
        (0.0004, "< ,001", "< .001"),
        (0.0, "< ,001", "< .001"),
        (0.99999, "> ,999", "> .999"),
        (math.nan, "–", "–"),
    ],
)
def test_p_value_is_never_zero_or_one(value, nl, en):
    assert apa.p_value(value, "nl") == nl
    assert apa.p_value(value, "en") == en


def test_p_statement_keeps_the_sign_of_comparison():
    assert apa.p_statement(0.03, "en") == "p = .030"
    assert apa.p_statement(1e-9, "nl") == "p < ,001"


def test_interval_and_its_name():
    assert apa.interval(0.12, 0.345, "nl") == "[0,12; 0,34]"
    assert apa.interval(-0.12, 0.5, "en", bounded=True) == "[−.12, .50]"
    assert apa.interval(math.nan, math.nan) == "–"
    assert apa.level_name(0.95, "nl") == "95%-BI"
    assert apa.level_name(0.999, "en") == "99.9% CI"
    assert apa.level_name(0.999, "nl") == "99,9%-BI"


def test_counts_and_shares():
    assert apa.count(73421, "nl") == "73.421"
    assert apa.count(73421, "en") == "73,421"
    assert apa.count(12.5, "en") == "12.50"
    assert apa.count(math.nan) == "–"
    assert apa.share(0.268, "nl") == "26,8%"
    assert apa.share(None, "en") == "–"


def test_unknown_language_is_refused():
    with pytest.raises(OptionError, match="'nl', 'en'"):
        apa.number(1.0, "de")


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_dutch_and_english_differ_only_in_their_signs(value, digits):
    dutch, english = (apa.number(value, lang, digits=digits) for lang in ("nl", "en"))
    assert dutch.translate(str.maketrans(",.", ".,")) == english
    assert float(english.replace(",", "").replace("−", "-")) == pytest.approx(value, abs=0.51 * 10**-digits)


def test_thousands_are_separated_where_there_are_decimals_but_not_in_years_and_degrees_of_freedom():
    assert apa.number(-237615.04, "nl") == "−237.615,04"
    assert apa.number(237615.04, "en", digits=1) == "237,615.0"
    assert apa.number(2010, "nl", digits=0) == "2010"
    assert apa.freedom(1994.87, "nl") == "1994,87"
    assert apa.freedom(2000, "en", whole=False) == "2000.00"


@given(st.floats(-1, 1), st.integers(1, 4))
def test_a_bounded_number_never_shows_a_leading_zero(value, digits):
    assert not apa.number(value, "en", digits=digits, bounded=True).lstrip("−").startswith("0.")


def test_a_small_number_is_written_by_its_power_and_rounded_up():
    assert apa.magnitude(2.13e-8) == "3 × 10⁻⁸"
    assert apa.magnitude(9.6e-12, "en") == "1 × 10⁻¹¹"
    assert apa.magnitude(3e-16) == "< 10⁻¹²"
    assert apa.magnitude(0.0123, "nl") == "0,012"
    assert apa.magnitude(float("nan")) == "–"
