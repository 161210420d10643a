"""Reported tests in running text: does the printed p value follow from the printed statistic? (scipy's laws)"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from scipy import stats

from klantstudie.errors import InputError, level
from klantstudie.numerics.printed import read
from klantstudie.result import Result, build

__all__ = ["p_values"]

NUMBER = r"\d+(?:[.,]\d+)?"
VALUE = r"[-−–]?\s?(?:\d+[.,]\d+|[.,]\d+|\d+)"
TEST = re.compile(
    rf"""(?<![A-Za-zα-ω])
    (?P<name>t|F|r|z|Z|χ2|χ²|X2|X²|chi2|chi²|[Cc]hi-?kwadraat|Q)\s*
    (?:\(\s*(?P<df>{NUMBER})\s*(?:[,;]\s*(?:N|n)\s*=\s*\d+\s*|[,;]\s*(?P<df2>{NUMBER})\s*)?\))?\s*
    =\s*(?P<value>{VALUE})
    (?P<between>[^()\n]{{0,60}}?(?:\([^()\n]{{0,40}}\))?[^()\n]{{0,20}}?)[,;]\s*
    (?:p\s*(?P<sign>[=<>≤≥])\s*(?P<p>{VALUE})|(?P<ns>n\.?\s?s\.?))""",
    re.VERBOSE,
)
ONE_SIDED = re.compile(r"one[- ]?(?:tailed|sided)|1-tailed|eenzijdig|één?zijdig", re.IGNORECASE)


@dataclass(frozen=True)
class Reported:
    """One test as it stands in the text."""

    text: str
    name: str
    df: float
    df2: float
    value: float
    half: float
    sign: str
    p: float
    p_half: float
    printed: str


def p_values(text: str, *, conf_level: float = 0.95) -> Result:
    """Recompute every p value that a text reports in APA style, in Dutch or English notation.

    Finds t(df), F(df1, df2), r(df), χ²(df), Q(df) and z with "p = …", "p < …", "p > …" or "n.s."; decimal comma or
    point. One row a test: the reported and the recomputed two-sided p (χ², Q and F: upper tail) and the p values that
    the rounded statistic leaves possible. Decision: consistent, inconsistent, or decision_error when the
    inconsistency crosses 1 − `conf_level`. Where the text says one-sided, half the p is accepted and noted. No data,
    so nothing is missing; n counts the tests. Errors: no test found.

    References: Nuijten et al. (2016).
    """
    alpha = 1 - level(conf_level)
    if not isinstance(text, str):
        raise InputError(f"text must be the text in which tests are reported; given: {type(text).__name__}")
    one_sided = bool(ONE_SIDED.search(text))
    found = [_reported(match) for match in TEST.finditer(text)]
    if not found:
        raise InputError(
            "no reported test found; write it as t(28) = 2.20, p = .036 or F(2; 57) = 3,45; p = ,039"
        )
    rows = [_row(number, test, alpha, one_sided) for number, test in enumerate(found, 1)]
    worst = {row["decision"] for row in rows}
    ranked = ("decision_error", "inconsistent", "consistent", "not_testable")
    return build(
        "recheck.p_values",
        rows,
        n_total=len(rows),
        n_used=len(rows),
        missing="none: printed numbers; n counts the checks",
        method="p recomputed from the printed statistic, allowing for its rounding",
        reference="Nuijten et al. (2016)",
        conf_level=conf_level,
        bounded=("reported", "recomputed", "possible_low", "possible_high"),
        decision=next(word for word in ranked if word in worst),
    )


def _reported(match: re.Match) -> Reported:
    value, half = read(match["value"].replace(" ", ""))
    p, p_half = read(match["p"].replace(" ", "")) if match["p"] else (math.nan, 0.0)
    texts = [match["df"], match["df2"]]
    if match["name"] == "F" and texts[0] and not texts[1]:
        # F always has two degrees of freedom, so the comma in F(1,25) separates them
        texts = texts[0].split(",") if "," in texts[0] else texts
    df, df2 = (float(part.replace(",", ".")) if part else math.nan for part in texts)
    sign = match["sign"] or "ns"
    shown = "n.s." if sign == "ns" else f"{sign} {match['p'].strip()}".removeprefix("= ")
    return Reported(match[0], match["name"], df, df2, value, half, sign, p, p_half, shown)


def _p(test: Reported, value: float) -> float:
    name = test.name
    if name == "t":
        return 2 * stats.t.sf(abs(value), test.df)
    if name == "F":
        return stats.f.sf(value, test.df, test.df2)
    if name in ("z", "Z"):
        return 2 * stats.norm.sf(abs(value))
    if name == "r":
        if abs(value) >= 1:
            return math.nan
        return 2 * stats.t.sf(abs(value) * math.sqrt(test.df / (1 - value**2)), test.df)
    return stats.chi2.sf(value, test.df)


def _row(number: int, test: Reported, alpha: float, one_sided: bool) -> dict[str, object]:
    needs = {"F": ("df", "df2"), "z": (), "Z": ()}.get(test.name, ("df",))
    row: dict[str, object] = {
        "term": f"{number}: {test.text}",
        "reported": test.p,
        "printed": test.printed,
        "statistic": test.value,
    }
    if any(math.isnan(getattr(test, need)) for need in needs):
        return row | {
            "recomputed": math.nan,
            "decision": "not_testable",
            "note": "degrees of freedom are not printed",
        }
    centre = float(_p(test, test.value))
    ends = [float(_p(test, test.value + side * test.half)) for side in (-1, 1)]
    low, high = min(ends), max(ends)
    if test.value and abs(test.value) <= test.half:
        high = 1.0
    fits = _fits(test, low, high, alpha)
    note = ""
    if not fits and one_sided and _fits(test, low / 2, high / 2, alpha):
        fits, note = True, "consistent as a one-sided test"
    decision = "consistent" if fits else "inconsistent"
    if not fits and _claims_significance(test, alpha) != (centre <= alpha):
        decision = "decision_error"
    row |= {
        "recomputed": centre,
        "possible_low": low,
        "possible_high": high,
        "decision": decision,
        "note": note,
    }
    return row | {"df": test.df, "df2": test.df2}


def _fits(test: Reported, low: float, high: float, alpha: float) -> bool:
    if test.sign == "ns":
        return high > alpha
    if test.sign in "<≤":
        return low < test.p or (test.sign == "≤" and low <= test.p)
    if test.sign in ">≥":
        return high > test.p or (test.sign == "≥" and high >= test.p)
    return low <= test.p + test.p_half and high >= test.p - test.p_half


def _claims_significance(test: Reported, alpha: float) -> bool:
    if test.sign == "ns":
        return False
    if test.sign in "<≤":
        return test.p <= alpha
    return test.sign == "=" and test.p <= alpha
