"""Writes the general note of a table: numbers of the whole model, cases used and lost, method, decision."""

from __future__ import annotations

import math

from klantstudie import apa, vocabulary
from klantstudie.present import phrases
from klantstudie.present.labels import Labels
from klantstudie.present.tables import rechecking
from klantstudie.result import Result

COUNTS_CHECKS = "n counts the checks"  # what a room says of n where there are no cases


def account(result: Result, lang: str, labels: Labels = None, *, whole: bool = True) -> list[str]:
    """The general note: numbers of the whole model, cases used and lost (where they hold for all rows), method."""
    info, texts = result.info, []
    fit = "; ".join(fit_texts(result, lang))
    if fit:
        texts.append(fit + ".")
    used, total = info.get("n_used"), info.get("n_total")
    if COUNTS_CHECKS in str(info.get("missing", "")):
        texts.append(rechecking.counted(result, lang))
    elif whole and used is not None and total is not None:
        texts.append(_cases(int(used), int(total), str(info.get("missing", "")), lang))
    method = phrases.method(info.get("method"), lang, labels)
    if method:
        texts.append(f"{vocabulary.word('method', lang)}: {method.rstrip('.')}.")
    decision = info.get("decision")
    if decision:
        texts.append(f"{vocabulary.word('decision', lang)}: {vocabulary.translate(str(decision), lang)}.")
    return texts


def _cases(used: int, total: int, missing: str, lang: str) -> str:
    text = f"n = {apa.count(used, lang)}"
    lost = total - used
    if lost:
        of = {
            "nl": f"{apa.count(lost, lang)} van {apa.count(total, lang)} buiten beschouwing",
            "en": f"{apa.count(lost, lang)} of {apa.count(total, lang)} left out",
        }[lang]
        told = phrases.say(missing, lang, "missing") or (missing if lang == "en" else "")
        way = f", {told}" if told else ""
        text += f" ({of}{way})"
    return text + "."


def fit_texts(result: Result, lang: str) -> list[str]:
    """Write each number of the whole model as "CFI = ,931", its test as "F(3; 96) = 2,10", p values as "p < ,001"."""
    texts = []
    told = [name for name in _judged(result) if not math.isnan(result.fit[name])]
    tested = next((name for name in TESTS if name in told and "df" in told), None)
    freedom = [name for name in ("df", "df2") if tested and name in told]
    for name in told:
        if name in freedom:
            continue
        ends = _ends_of(name)
        number, heading = result.value(column=name), vocabulary.heading(name, lang, "fit")
        if name == tested:
            heading = _test(name, heading, [apa.freedom(result.fit[one], lang) for one in freedom], lang)
        text = number.apa(lang)
        text = f"{heading} {text}" if text[:1] in "<>" else f"{heading} = {text}"
        if set(ends) <= set(result.fit):
            low, high = (result.fit[end] for end in ends)
            text += " " + apa.interval(low, high, lang, digits=number.digits, bounded=number.bounded)
        texts.append(text)
    return texts


TESTS = ("statistic", "chisq", "chisq_scaled")  # of the whole model; its degrees of freedom stand in brackets


def _test(name: str, heading: str, freedom: list[str], lang: str) -> str:
    """The test of a model as APA prints it, "χ²(24)" or "F(3; 96)": two degrees of freedom make an F."""
    symbol = heading if name != "statistic" else "F" if len(freedom) == 2 else "χ²"
    stem, space, rest = symbol.partition(" ")
    return f"{stem}({('; ' if lang == 'nl' else ', ').join(freedom)}){space}{rest}"


# Numbers of a structural model that stand in results.json but not in a note: nobody judges one model by them.
ASIDE = {"loglik", "aic", "bic", "n_parameters", "chisq_baseline", "df_baseline", "scaling_factor"}
INDICES = ("cfi", "tli", "rmsea")


def _judged(result: Result) -> list[str]:
    """The numbers of a model that its note tells: no ends of intervals on their own, n once, of a structural model
    what it is judged by, and of its indices the robust ones where there are any (Savalei, 2018)."""
    fit = result.fit
    ends = {end for name in fit for end in _ends_of(name) if set(_ends_of(name)) <= set(fit)}
    told = [
        name
        for name in fit
        if name not in ends and not (name == "n" and fit[name] == result.info.get("n_used"))
    ]
    if not {"cfi", "rmsea"} <= set(fit):
        return told
    out = set(ASIDE) | {f"{name}_scaled" for name in INDICES}
    if "rmsea_robust" in fit:
        out |= set(INDICES)
    if "chisq_scaled" in fit:
        out |= {"chisq", "p_value"}
    return [name for name in told if name not in out]


def _ends_of(name: str) -> tuple[str, str]:
    """The names of the ends of an interval: rmsea_low and rmsea_high, or rmsea_low_robust and rmsea_high_robust."""
    stem, _, kind = name.partition("_")
    if kind in ("scaled", "robust"):
        return f"{stem}_low_{kind}", f"{stem}_high_{kind}"
    return f"{name}_low", f"{name}_high"
