"""Reads which two things a row of a Result is about: from its term ("a ~~ b", "f =~ i") or from term and group."""

from __future__ import annotations

import pandas as pd

from klantstudie.errors import InputError


def ends(table: pd.DataFrame, sign: str = "~~") -> tuple[list[str], list[str]]:
    """Return both ends of every row; for "factor =~ item" the item comes first."""
    terms = table["term"].astype(str)
    if len(table) and terms.str.contains(sign, regex=False).all():
        first, second = zip(*(term.split(sign, 1) for term in terms), strict=True)
        left, right = [one.strip() for one in first], [one.strip() for one in second]
        return (right, left) if sign == "=~" else (left, right)
    for key in ("group", "reference_group", "choice", "part"):
        if key in table.columns and len(table) and (table[key].astype(str) != "").all():
            return list(terms), list(table[key].astype(str))
    raise InputError(f"each row must name a pair, in term and group or as 'a {sign} b'")
