"""Sentences with numbers that know their result."""

from __future__ import annotations

import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.present.prose import say, statement
from klantstudie.result import build, constant


def test_numbers_follow_the_language(gaps):
    texts = {"nl": "De kloof is {gap} (p = {p}).", "en": "The gap is {gap} (p = {p})."}
    given = {"gap": gaps.value("q1", "gap"), "p": gaps.value("q1", "p_value")}
    assert say(**texts, **given) == "De kloof is −0,50 (p < ,001)."
    assert say(**texts, lang="en", **given) == "The gap is −0.50 (p < .001)."


def test_intervals_decisions_labels_and_decimals(gaps):
    ends = (gaps.value("q1", "conf_low"), gaps.value("q1", "conf_high"))
    told = say(
        nl="{ci} {d} {x} {g:1}",
        en="{ci} {d} {x} {g:1}",
        ci=ends,
        d="supported",
        x="a_b <i>",
        g=gaps.value("q1", "gap"),
    )
    assert told == "[−0,70; −0,30] ondersteund a\\_b \\<i\\> −0,5"


def test_constants_keep_the_decimals_they_need():
    assert say(nl="{a} {b}", en="{a} {b}", a=constant(0.85), b=constant(20)) == "0,85 20"


def test_bare_numbers_are_refused():
    with pytest.raises(InputError, match=r"'x' is 0\.5: a number in prose is result.value"):
        say(nl="{x}", en="{x}", x=0.5)
    with pytest.raises(InputError, match="'x' is True"):
        say(nl="{x}", en="{x}", x=True)


def test_both_languages_carry_the_same_numbers(gaps):
    with pytest.raises(InputError, match=r"only in nl: \['a'\], only in en: \['b'\]"):
        say(nl="{a}", en="{b}", a=constant(1), b=constant(1))


def test_every_number_is_named_and_every_name_is_given():
    with pytest.raises(InputError, match=r"names \{gap\}, which was not given, did you mean 'gapp'"):
        say(nl="{gap}", en="{gap}", gapp=constant(1))
    with pytest.raises(InputError, match="'extra' was given"):
        say(nl="{a}", en="{a}", a=constant(1), extra=constant(2))


def test_the_number_after_the_colon_is_decimals():
    with pytest.raises(OptionError, match="number of decimals"):
        say(nl="{a:.2f}", en="{a:.2f}", a=constant(1))


def test_a_statement_reports_a_row_as_apa_does(gaps):
    told = statement(gaps, "q1")
    assert told == "*t*(99) = −5,00, *p* < ,001, *d*<sub>z</sub> = −0,50, 95%-BI [−0,70; −0,30]"
    assert say(nl="De kloof: {x}.", en="The gap: {x}.", lang="en", x=told) == (
        "The gap: *t*(99) = −5.00, *p* < .001, *d*<sub>z</sub> = −0.50, 95% CI [−0.70, −0.30]."
    )


def test_a_statement_without_a_test_gives_the_estimate():
    row = {"term": "nps", "estimate": 12.0, "conf_low": 3.0, "conf_high": 21.0}
    result = build("loyalty.nps", [row], n_total=9, n_used=9, method="m", reference="r", conf_level=0.95)
    assert statement(result, "nps").texts["en"] == "estimate = 12.00, 95% CI [3.00, 21.00]"
