"""Writes docs/conformance.md: structural equation models here against the stored numbers of lavaan, per fit.

Run: python -m tests.conformance. Nothing is fitted in R; the numbers of lavaan stand in tests/reference/sem. It also
writes data/raw/gepubliceerd/lavaan.csv, the part of them that notebook 99 fits again, and states its hash in SOURCE.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections import defaultdict
from pathlib import Path

from tests.test_reference import FILES, answer, is_text, truth

PAGE = Path(__file__).parent.parent / "docs" / "conformance.md"
PUBLISHED = Path(__file__).parent.parent / "data" / "raw" / "gepubliceerd" / "lavaan.csv"
SHOWN = {  # the fits of notebook 99, and how they are called there
    "hs_ml": "Negen toetsen, ML",
    "hs_mlr": "Negen toetsen, MLR",
    "hs_wishart": "Negen toetsen, Wishart",
    "hs_second_order": "Algemene factor, MLR",
    "hs_fiml": "Ontbrekende antwoorden, FIML",
    "hs_fiml_mlr": "Ontbrekende antwoorden, FIML en MLR",
    "hs_wlsmv": "Geordende antwoorden, WLSMV",
    "mediation_latent": "Mediatie tussen factoren",
    "pd_ml": "Industrie en democratie, ML",
    "pd_mlr": "Industrie en democratie, MLR",
}
DIGITS = {  # as many as the gates promise
    **dict.fromkeys(("chisq", "chisq_scaled"), 3),
    **dict.fromkeys(("cfi", "tli", "rmsea", "srmr", "cfi_robust", "rmsea_robust"), 4),
}
KINDS = {
    "estimates": ("estimate",),
    "standard errors": ("std_error", "standardized_error"),
    "standardised": ("standardized", "effect"),
    "intervals": ("conf_low", "conf_high", "effect_low", "effect_high"),
    "tests": ("statistic", "p_value", "delta_chisq"),
    "chi-squares": ("chisq", "chisq_scaled", "chisq_baseline"),
    "fit indices": (
        *(
            "cfi",
            "tli",
            "rmsea",
            "rmsea_low",
            "rmsea_high",
            "srmr",
            "cfi_scaled",
            "tli_scaled",
            "rmsea_scaled",
        ),
        *("rmsea_low_scaled", "rmsea_high_scaled", "cfi_robust", "tli_robust", "rmsea_robust"),
        *("rmsea_low_robust", "rmsea_high_robust", "delta_cfi", "scaling_factor"),
    ),
}
RELATIVE = ("standard errors",)
HEAD = """# Conformance of the structural equation models

Every row is one model that lavaan 0.6-14 fitted (R 4.2.2; the script is `tests/reference/make/sem.R`, the numbers with
all their digits are in `tests/reference/sem`). Each cell is the largest absolute difference between our number and
lavaan's over the whole answer; for standard errors the largest relative difference. The gates are: estimates 1e-5,
standard errors 1e-4, chi-squares 1e-3, fit indices 1e-4; for ordered items 1e-3. lavaan itself stops where its gradient
is about 1e-7, so that the last digits of these differences are its own.

This page is written by `python -m tests.conformance`.

"""


def fits() -> list[Path]:
    """Return the reference files of this room whose numbers come from lavaan."""
    return [
        path
        for path in FILES
        if path.parent.name == "sem"
        and truth(path)["source"]["kind"] == "R"
        and "lavaan" in truth(path)["source"]["version"]
        and not truth(path)["function"].endswith(".validity")
    ]


def differences(path: Path) -> tuple[dict[str, float], int]:
    """Return the largest difference per kind of number, and how many numbers were compared."""
    said, result = truth(path), answer(path)
    kinds = {column: kind for kind, columns in KINDS.items() for column in columns}
    worst: dict[str, float] = defaultdict(float)
    count = 0

    def compare(column: str, ours: float, theirs: float | None) -> None:
        nonlocal count
        if column not in kinds or theirs is None:
            return
        kind = kinds[column]
        away = abs(float(ours) - float(theirs))
        worst[kind] = max(worst[kind], away / abs(theirs) if kind in RELATIVE else away)
        count += 1

    for row in said["expected"].get("table", []):
        keys = {name: value for name, value in row.items() if is_text(name)}
        keep = result.table
        for name, value in keys.items():
            keep = keep[keep[name] == value]
        for column in set(row) - set(keys):
            compare(column, keep.iloc[0][column], row[column])
    for name, theirs in said["expected"].get("fit", {}).items():
        compare(name, result.fit[name], theirs)
    return worst, count


def written(value: float | None) -> str:
    """Write a difference as a power of ten, rounded up."""
    if value is None:
        return ""
    if value < 1e-12:
        return "< 1e-12"
    power = math.floor(math.log10(value))
    digit = math.ceil(value / 10**power - 1e-9)
    return f"1e{power + 1:+03d}" if digit == 10 else f"{digit}e{power:+03d}"


def page() -> str:
    """Return the whole page."""
    lines = [
        "| fit | what | numbers | " + " | ".join(KINDS) + " |",
        "|---|---|--:|" + "--:|" * len(KINDS),
    ]
    total, worst = 0, defaultdict(float)
    for path in fits():
        found, count = differences(path)
        total += count
        for kind, value in found.items():
            worst[kind] = max(worst[kind], value)
        cells = [path.stem, truth(path)["what"], str(count), *(written(found.get(kind)) for kind in KINDS)]
        lines.append("| " + " | ".join(cells) + " |")
    last = ["**all**", f"{len(lines) - 2} answers", str(total), *(written(worst.get(kind)) for kind in KINDS)]
    lines.append("| " + " | ".join(last) + " |")
    return HEAD + "\n".join(lines) + "\n"


def published() -> str:
    """Return lavaan's numbers of the shown fits as a table of targets."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    file.write("# Uitkomsten van lavaan 0.6-14 (R 4.2.2), afgerond op wat de poorten beloven.\n")
    rows.writerow(["target", "result", "term", "part", "column", "reported", "slack", "source"])
    for name, called in SHOWN.items():
        expected = truth(PAGE.parent.parent / "tests" / "reference" / "sem" / f"{name}.json")["expected"]
        for column, digits in DIGITS.items():
            if column in expected["fit"]:
                value = f"{expected['fit'][column]:.{digits}f}"
                rows.writerow([called, name, "", "", column, value, 0, "lavaan 0.6-14"])
        free = [
            row
            for row in expected["table"]
            if row["part"] in ("loading", "regression", "defined") and row["std_error"] and not row["group"]
        ]
        for row in (*free[:1], *free[-2:]):
            for column, digits in (("estimate", 5), ("std_error", 4)):
                value = f"{row[column]:.{digits}f}"
                rows.writerow([called, name, row["term"], row["part"], column, value, 0, "lavaan 0.6-14"])
    return file.getvalue()


def publish() -> None:
    """Write the table of targets and its hash."""
    PUBLISHED.write_text(published(), encoding="utf-8")
    source = PUBLISHED.parent / "SOURCE.md"
    stated = re.sub(
        r"(`lavaan\.csv`[^\n]*\b)[0-9a-f]{64}",
        lambda found: found[1] + hashlib.sha256(PUBLISHED.read_bytes()).hexdigest(),
        source.read_text(encoding="utf-8"),
    )
    source.write_text(stated, encoding="utf-8")


if __name__ == "__main__":
    publish()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
