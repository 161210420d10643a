"""The conformance page speaks of the fits that are there, and of no others."""

from __future__ import annotations

from tests.conformance import PAGE, PUBLISHED, fits, published


def test_the_page_has_one_row_for_every_stored_fit():
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line[:1] == "|"
    ]
    assert rows[2:-1] == [path.stem for path in fits()]


def test_the_table_of_the_recalculation_holds_the_stored_numbers():
    assert PUBLISHED.read_text(encoding="utf-8") == published()
