"""The model text: what is read, and which line and word is named when it is wrong."""

from __future__ import annotations

import pytest

from klantstudie.errors import ModelError
from klantstudie.numerics.sem.syntax import parse
from klantstudie.numerics.sem.table import build

THREE = "f =~ x1 + x2 + x3"


def rows(text: str, **settings) -> dict[tuple[str, int], object]:
    return {(row.term, row.group): row for row in build(parse(text), **settings).rows}


def test_formulas_may_run_over_lines_and_hold_comments():
    text = """
    # a factor
    f =~ x1 +   ! first
         x2
         + a*x3 ; x1 ~~ x2
    y1 + y2 ~ f
    """
    found = [statement.term for statement in parse(text)]
    assert found == ["f =~ x1", "f =~ x2", "f =~ x3", "x1 ~~ x2", "y1 ~ f", "y2 ~ f"]


def test_modifiers():
    found = rows(
        "f =~ NA*x1 + a*x2 + start(0.4)*x3 + 2.5*x4 + -1e-1*x5\nf ~~ 1*f\nx1 ~ c(0, NA)*1", n_groups=2
    )
    assert found["f =~ x1", 0].free >= 0
    assert found["f =~ x2", 0].free == found["f =~ x2", 1].free
    assert found["f =~ x3", 0].start == 0.4
    assert found["f =~ x4", 0].value == 2.5
    assert found["f =~ x5", 1].value == -0.1
    assert found["f ~~ f", 0].value == 1
    assert found["x1 ~1", 0].value == 0
    assert found["x1 ~1", 1].free >= 0


def test_two_modifiers_in_two_terms_or_in_a_row():
    for text in ("f =~ NA*x1 + a*x1 + x2 + x3", "f =~ NA*a*x1 + x2 + x3"):
        row = rows(text)["f =~ x1", 0]
        assert row.free >= 0
        assert row.label == "a"


def test_equalities_by_label_by_name_and_by_sign():
    found = rows(f'{THREE}\ng =~ y1 + equal("f=~x2")*y2 + c*y3 + d*y4\nc == d')
    assert found["g =~ y2", 0].free == found["f =~ x2", 0].free
    assert found["g =~ y3", 0].free == found["g =~ y4", 0].free
    fixed = rows("f =~ x1 + a*x2 + x3\na == 0.5")["f =~ x2", 0]
    assert fixed.free == -1
    assert fixed.value == 0.5


def test_defaults_are_those_of_lavaan_sem():
    found = rows("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nh =~ z\nh ~ f + w\ng ~ f")
    assert found["f =~ x1", 0].value == 1
    assert found["z ~~ z", 0].value == 0
    assert ("g ~~ h", 0) in found
    assert ("f ~~ g", 0) not in found
    assert found["w ~~ w", 0].sample
    random = rows("y ~ w\nw ~~ w")
    assert random["w ~~ w", 0].free >= 0


def test_groups_share_what_equal_names():
    found = rows(THREE, n_groups=2, equal=["loadings", "intercepts"], partial=["x3 ~1"])
    assert found["f =~ x2", 0].free == found["f =~ x2", 1].free
    assert found["x2 ~1", 0].free == found["x2 ~1", 1].free
    assert found["x3 ~1", 0].free != found["x3 ~1", 1].free
    assert found["f ~1", 0].value == 0
    assert found["f ~1", 1].free >= 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the model is empty"),
        ("a := 2", "no equation"),
        ("f =~ x1 + x2\nf x3", "line 2: no operator such as =~, ~ or ~~ at 'f'"),
        ("f =~ x1 + x2\n\ng =~ 3x", "line 3: '3x' is no name of a variable"),
        ("f =~ x1 + a*b*x2 + x3", "line 1: 'a\\*b\\*x2' gives one parameter two labels"),
        ("f =~ x1 + + x2", r"line 1: nothing stands beside '\+'"),
        ("f =~", "line 1: nothing stands on the right of '=~'"),
        ("f =~ x1 ~ x2", "line 1: a second operator '~'"),
        ("f =~ x1 + f", "line 1: 'f' cannot stand on both sides"),
        ("f =~ x1 + 2", "line 1: '2' is a number where the name of a variable belongs"),
        ("f =~ x1 + ?*x2", r"line 1: '\?' is no modifier"),
        ("f =~ x1 + c(1, a)*x2", "mixes numbers and labels"),
        ("f =~ x1 + start(a)*x2", "a number belongs here"),
        ("f =~ x1 + c(1,2*x2", "not closed"),
        ("f =~ x1 + x2\nx1 ~~ x2\nx2 ~~ x1", "line 3: 'x2 ~~ x1' stands in the model twice; first in line 2"),
        ("y ~ a:b", "make the product a column of the data"),
        ("f <~ x1", "formative blocks"),
        ("f =~ x1 + a*x2\na > 0", "line 2: inequality constraints"),
        (
            "f =~ x1 + first*x2\nq := 2*firts",
            "line 2: 'firts' is no label of the model, did you mean 'first'",
        ),
        ("f =~ x1 + a*x2\nq := a +* 2", "line 2: 'a .* 2' is no arithmetic expression"),
        ("f =~ x1 + a*x2\nq := tan(a)", "line 2: 'tan.a.*"),
        ("f =~ x1 + a*x2\nq := a\nq := 2*a", "line 3: 'q' was defined before, in line 2"),
        ("f =~ x1 + a*x2\na := 2", "already the label of a parameter"),
        ("f =~ x1 + a*x2\na == 2*a", "only label == label"),
        ("f =~ x1 + a*x2\nbb == 2", "'bb' is no label"),
        ("f =~ x1 + c(a, b, d)*x2", "3 values for 1 group"),
        ("x1 | t1", "is not an ordered item"),
        ("x1 | u1", "thresholds are called t1, t2"),
        ("x1 ~*~ x2", "same name on both sides"),
        ('f =~ x1 + equal("g=~x")*x2', "the model has no such parameter"),
    ],
)
def test_errors_name_line_and_word(text, message):
    with pytest.raises(ModelError, match=message):
        build(parse(text))


def test_an_unknown_equality_between_groups_lists_the_right_words():
    with pytest.raises(ValueError, match="loadings.*did you mean 'loadings'"):
        build(parse(THREE), n_groups=2, equal=["loading"])
    with pytest.raises(ModelError, match="partial: the model has no parameter 'x9~1'"):
        build(parse(THREE), n_groups=2, equal=["intercepts"], partial=["x9 ~1"])
