"""What a respondent typed is text in a spreadsheet, and a number stays a number."""

from __future__ import annotations

import pytest

from klantstudie.texts import harmless


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x.example")', '\'=HYPERLINK("http://x.example")'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("\t=1", "'\t'=1"),
        ("＝1", "'＝1"),
        ("goed;=1+1", "goed;'=1+1"),
        ("regel\n@x", "regel\n'@x"),
        ("-5", "-5"),
        ("+31 6", "+31 6"),
        ("-12,5%", "-12,5%"),
        ("goed; minder - beter", "goed; minder - beter"),
        ("a = b", "a = b"),
        ("", ""),
        (5, 5),
        (None, None),
    ],
)
def test_no_text_is_a_formula(given, written):
    assert harmless(given) == written
