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
SHOWN = [
    "hs_ml",
    "hs_mlr",
    "hs_wishart",
    "hs_wlsmv",
    "hs_fiml",
    "hs_fiml_mlr",
    "hs_standard_factors",
    "hs_second_order",
    "mediation_observed",
    "mediation_latent",
    "hs_wlsmv_structural",
    "pd_ml",
    "pd_mlr",
    "pd_equal_loadings",
    "school_configural",
    "school_metric",
    "school_scalar",
    "school_strict",
    "hs_fiml_groups",
    "hs_wlsmv_groups",
    "invariance",
    "latent_means",
]  # the fits of notebook 99
GATES = {  # how close is promised; that of a standard error is relative
    **dict.fromkeys(("estimate", "effect"), 1e-5),
    "std_error": 1e-4,
    **dict.fromkeys(("chisq", "chisq_scaled", "delta_chisq"), 1e-3),
    **dict.fromkeys(("cfi", "tli", "rmsea", "srmr", "cfi_robust", "rmsea_robust", "delta_cfi"), 1e-4),
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
RELATIVE, RELATIVE_GATES = ("standard errors",), ("std_error",)
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
    """Return lavaan's numbers of the shown fits as a table of targets: every free parameter and the fit indices."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    file.write(
        "# Uitkomsten van lavaan 0.6-14 (R 4.2.2); gate is hoe dicht dit pakket erbij belooft te komen.\n"
    )
    rows.writerow(["target", "result", "term", "part", "group", "column", "reported", "gate"])
    for name in SHOWN:
        expected = truth(PAGE.parent.parent / "tests" / "reference" / "sem" / f"{name}.json")["expected"]
        free = [row for row in expected["table"] if row.get("std_error", 1)]
        for row in [expected.get("fit", {}), *free]:
            for column, gate in GATES.items():
                value = row.get(column)
                if value is not None:
                    where = [row.get(key, "") for key in ("term", "part", "group")]
                    close = gate * abs(value) if column in RELATIVE_GATES else gate
                    rows.writerow([name, name, *where, column, f"{value:.10f}", f"{close:.2g}"])
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
