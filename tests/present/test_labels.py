"""Names inside a term are printed as their labels: pairs, paths, products, levels and values."""

import pytest

from klantstudie.present.labels import known, named

LABELS = {"a": "Price", "b": "Speed", "laag": "low"}


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        ("a", "Price"),
        ("a ~~ b", "Price – Speed"),
        ("b ~ a", "Price → Speed"),
        ("a × b", "Price × Speed"),
        ("a: laag, b: 1", "Price: low, Speed: 1"),
        ("a = 1, b = 2", "Price = 1, Speed = 2"),
        ("indirect:a", "indirect: Price"),
        ("c: 1", "otherwise"),
        ("front 1", "otherwise"),
    ],
)
def test_names_inside_a_term_are_found(term, shown):
    assert named(term, LABELS, "otherwise") == shown


def test_what_is_saved_holds_the_printed_name_of_every_term():
    assert known(LABELS, ["a = 1", "indirect:b", "c"], "en") == {
        "a = 1": "Price = 1",
        "indirect:b": "indirect: Speed",
    }
