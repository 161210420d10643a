"""Evidence over studies, choices and models: pooled forest, funnel, specification curve, scree, invariance ladder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from klantstudie import apa, vocabulary
from klantstudie.present import phrases
from klantstudie.present.figures import style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result

LIMITS = {
    "t": {"nl": " (t-verdeling)", "en": " (t distribution)"},
    "binomial": {"nl": " (exact binomiaal)", "en": " (exact binomial)"},
}


def meta_forest(
    result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page"
) -> Figure:
    """Draw every study with its interval, sized by weight, over the pooled effect with its prediction interval.

    References: Viechtbauer (2010), Journal of Statistical Software 36; IntHout et al. (2016) for prediction intervals.
    """
    result = style.need(result, "term", "part", "estimate", "conf_low", "conf_high")
    table = result.table
    studies = table[table["part"] == "study"].reset_index(drop=True)
    pooled = table[table["part"] == "pooled"].iloc[0]
    weight = studies["weight"].to_numpy(float) if "weight" in studies.columns else np.full(len(studies), 1.0)
    size = 14 + 70 * weight / np.nanmax(weight)
    with style.drawing():
        row = float(
            np.clip(7.0 / (len(studies) + 2), 0.115, 0.25)
        )  # inches; many studies still fit on one page
        figure, axes = style.blank(width, 1.3 + row * (len(studies) + 2))
        size = size * min(1.0, row / 0.2)
        at = np.arange(len(studies))
        axes.axvline(0, color=style.MUTED, linewidth=0.9)
        axes.axvline(pooled["estimate"], color=style.MAIN, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.hlines(at, studies["conf_low"], studies["conf_high"], color=style.INK, linewidth=1.1)
        axes.scatter(studies["estimate"], at, s=size, marker="s", color=style.INK, zorder=3)
        low = len(studies) + 0.6
        middle, ends = float(pooled["estimate"]), (float(pooled["conf_low"]), float(pooled["conf_high"]))
        axes.fill(
            [ends[0], middle, ends[1], middle], [low, low - 0.36, low, low + 0.36], color=style.MAIN, zorder=3
        )
        ticks, names = (
            [*at, low],
            [
                *(phrases.names(name, lang) for name in style.labels_of(studies["term"], labels, lang)),
                vocabulary.translate("pooled", lang),
            ],
        )
        if "pred_low" in table.columns and not pd.isna(pooled["pred_low"]):
            axes.hlines(low + 1, pooled["pred_low"], pooled["pred_high"], color=style.SECOND, linewidth=4)
            ticks.append(low + 1)
            names.append({"nl": "voorspellingsinterval", "en": "prediction interval"}[lang])
        axes.set_yticks(ticks, names, fontsize=min(9.0, 54 * row))
        axes.set_ylim(max(ticks) + 0.8, -0.8)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        style.decimals(axes.xaxis, lang, bounded=result.is_bounded("estimate", "pooled"))
        axes.set_xlabel(_measure(result, lang))
        style.quiet(axes)
    alt = {}
    for one in ("nl", "en"):
        told = f"{apa.number(middle, one)}{wording.between(pooled, 'conf', one)}"
        predicted = (
            f", {apa.interval(pooled['pred_low'], pooled['pred_high'], one)}"
            if "pred_low" in table.columns
            else ""
        )
        alt[one] = {
            "nl": f"{len(studies)} studies; gezamenlijk effect {told}, voorspellingsinterval{predicted}.",
            "en": f"{len(studies)} studies; pooled effect {told}, prediction interval{predicted}.",
        }[one] + " " + wording.ranking(result, studies, "estimate", one, labels)  # fmt: skip
    return style.finish(figure, result, alt)


def _measure(result: Result, lang: str) -> str:
    level = result.info.get("conf_level")
    name = str(result.info.get("measure") or vocabulary.heading("estimate", lang))
    return f"{name} ({apa.level_name(level, lang)})" if level else name


def funnel(result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page") -> Figure:
    """Draw each study's effect against its standard error, with the region in which 95 % would lie around the centre.

    An empty lower corner suggests missing small studies, but other causes look the same.
    References: Sterne and Egger (2001), Journal of Clinical Epidemiology 54.
    """
    result = style.need(result, "term", "estimate", "std_error")
    table = result.table
    studies = table[table["part"] == "study"] if "part" in table.columns else table
    studies = studies[studies["std_error"].notna()].reset_index(drop=True)
    x, error = studies["estimate"].to_numpy(float), studies["std_error"].to_numpy(float)
    centre = float((x / error**2).sum() / (1 / error**2).sum())
    with style.drawing():
        figure, axes = style.blank(width, 3.8)
        deep = float(error.max()) * 1.08
        reach = stats.norm.ppf(0.975) * deep
        axes.fill([centre, centre - reach, centre + reach], [0, deep, deep], color=style.WASH, zorder=0)
        axes.plot([centre - reach, centre, centre + reach], [deep, 0, deep], color=style.MUTED, linewidth=0.9)
        axes.axvline(centre, color=style.MAIN, linewidth=1, linestyle=(0, (4, 3)))
        axes.scatter(x, error, s=36, color=style.MAIN, edgecolors=style.PAPER, zorder=3)
        axes.set_ylim(deep, 0)
        for axis in (axes.xaxis, axes.yaxis):
            style.decimals(axis, lang)
        measure = str(result.info.get("measure") or vocabulary.heading("estimate", lang))
        # the points of a small-study test stand on the pooling scale
        axes.set_xlabel("Fisher z" if measure == "r" and result.kind == "meta.small_study" else measure)
        axes.set_ylabel(
            {"nl": "Standaardfout (klein staat boven)", "en": "Standard error (small at the top)"}[lang]
        )
        style.quiet(axes, grid="")
    outside = int((np.abs(x - centre) > stats.norm.ppf(0.975) * error).sum())
    alt = {
        "nl": f"Trechter van {len(studies)} studies rond {apa.number(centre, 'nl')}; {outside} liggen buiten het 95%-gebied.",
        "en": f"Funnel of {len(studies)} studies around {apa.number(centre, 'en')}; {outside} lie outside the 95% region.",
    }
    return style.finish(figure, result, alt)


def provider_funnel(
    result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page"
) -> Figure:
    """Draw each provider's mark, corrected for case mix, against its number of marks, with the limits of chance.

    `result` is that of `multilevel.ranking`. Between the limits a provider cannot be told from the overall mean; those
    outside stand out. With many providers some lie outside by chance alone. The figure says how the limits were made.
    References: Spiegelhalter (2005), Statistics in Medicine 24.
    """
    result = style.need(result, "term", "n", "adjusted", "limit_low", "limit_high")
    table = result.table.sort_values("n", kind="stable", ignore_index=True)
    x, y = table["n"].to_numpy(float), table["adjusted"].to_numpy(float)
    low, high = table["limit_low"].to_numpy(float), table["limit_high"].to_numpy(float)
    centre = float(result.fit.get("overall", (low + high)[0] / 2))
    level = apa.number(100 * float(result.info.get("conf_level", 0.95)), lang, digits=0)
    how = LIMITS.get(str(result.info.get("limits", "")), {"nl": "", "en": ""})
    kind = {"nl": f"{level}%-grenzen van toeval{how['nl']}", "en": f"{level}% limits of chance{how['en']}"}
    outside = np.where(y < low, "below", np.where(y > high, "above", "within"))
    colours = {"below": style.LOW, "above": style.HIGH, "within": style.MUTED}
    many = len(table) > 90
    with style.drawing():
        figure, axes = style.blank(width, 3.8)
        along = np.linspace(*((x[0] - 1, x[0] + 1) if x[0] == x[-1] else (x[0] * 0.9, x[-1] * 1.05)), 200)
        # the limits narrow with about the root of n: what is left of them changes little between two sizes
        edges = [
            centre + np.interp(along, x, (one - centre) * np.sqrt(x)) / np.sqrt(along) for one in (low, high)
        ]
        axes.fill_between(along, *edges, color=style.WASH, zorder=0)
        axes.axhline(centre, color=style.INK, linewidth=0.9, linestyle=(0, (4, 3)))
        edge = {"linewidths": 0} if many else {"edgecolors": style.PAPER, "linewidths": 0.6}
        for place, colour in colours.items():
            those = outside == place
            marker = {"below": "v", "above": "^", "within": "o"}[place]
            axes.scatter(
                x[those], y[those], s=9 if many else 34, color=colour, marker=marker, zorder=3, **edge
            )
        if x[0] == x[-1]:
            axes.set_xlim(x[0] - 1, x[0] + 1)
        axes.xaxis.set_major_locator(style.matplotlib.ticker.MaxNLocator(integer=True))
        axes.set_xlabel({"nl": "Aantal cijfers", "en": "Number of marks"}[lang])
        axes.set_ylabel(vocabulary.heading("adjusted", lang))
        style.decimals(axes.yaxis, lang, bounded=result.is_bounded("adjusted"))
        style.quiet(axes, grid="")
        axes.annotate(
            kind[lang],
            (0.99, 0.98), xycoords="axes fraction", ha="right", va="top", color=style.MUTED,
        )  # fmt: skip
    below, above = int((outside == "below").sum()), int((outside == "above").sum())
    alt = {
        "nl": f"Trechter van {len(table)} aanbieders rond {apa.number(centre, 'nl')}: {below} onder en {above} boven de "
        f"{kind['nl']}.",
        "en": f"Funnel of {len(table)} providers around {apa.number(centre, 'en')}: {below} below and {above} above the "
        f"{kind['en']}.",
    }
    return style.finish(figure, result, alt)


def specification_curve(
    result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page"
) -> Figure:
    """Draw the estimate of every specification in order of size, and below it which choices each one made.

    References: Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4.
    """
    result = style.need(result, "term", "choice", "estimate")
    table = (
        result.table[result.table["estimate"].notna()]
        .sort_values("estimate", kind="stable")
        .reset_index(drop=True)
    )
    made = [
        dict(part.split(" = ", 1) for part in phrases.CHOICES.split(str(text)) if " = " in part)
        for text in table["choice"]
    ]
    options = list(dict.fromkeys((name, value) for one in made for name, value in one.items()))
    order = list(dict.fromkeys(name for name, _ in options))
    options.sort(key=lambda pair: order.index(pair[0]))
    firm, whole = _firm(table), phrases.wholes(table["choice"].astype(str))
    names = style.labels_of(
        [": ".join(phrases.choice(name, value, labels, lang, whole)) for name, value in options],
        None,
        lang,
        46,
    )
    heights = np.array([0.15 * name.count("\n") + 0.21 for name in names])
    middles, tall = np.cumsum(heights) - heights / 2, float(heights.sum())
    with style.drawing():
        figure, (top, below) = style.two(width, 2.6 + tall, ratio=(2.2, max(tall, 0.6)), stacked=True)
        at = np.arange(len(table))
        colours = np.where(firm, style.MAIN, style.MUTED)
        if "conf_low" in table.columns:
            top.vlines(at, table["conf_low"], table["conf_high"], colors=colours, alpha=0.35, linewidth=1)
        top.scatter(at, table["estimate"], c=colours, s=14, zorder=3)
        top.axhline(0, color=style.INK, linewidth=0.9)
        top.axhline(table["estimate"].median(), color=style.SECOND, linewidth=1, linestyle=(0, (4, 3)))
        top.set_ylabel(wording.axis(result, "estimate", lang, interval=True))
        style.decimals(top.yaxis, lang)
        top.set_xticks([])
        style.quiet(top, grid="y")
        for place, (name, value) in zip(middles, options, strict=True):
            chosen = [spot for spot, one in enumerate(made) if one.get(name) == value]
            below.scatter(chosen, np.full(len(chosen), place), c=colours[chosen], s=46, marker="|")
        below.set_yticks(middles, names)
        below.set_ylim(tall, 0)
        below.tick_params(axis="y", length=0, labelsize=8)
        below.set_xlim(top.get_xlim())
        below.set_xticks([])
        below.set_xlabel(
            {
                "nl": f"{len(table)} specificaties, van laag naar hoog",
                "en": f"{len(table)} specifications, low to high",
            }[lang]
        )
        style.quiet(below, grid="")
    middle, share = float(table["estimate"].median()), float(np.mean(firm))
    alt = {
        "nl": f"{len(table)} specificaties, mediaan {apa.number(middle, 'nl')}, van {apa.number(table['estimate'].min(), 'nl')} tot "
        f"{apa.number(table['estimate'].max(), 'nl')}; bij {apa.share(share, 'nl')} sluit het interval nul uit.",
        "en": f"{len(table)} specifications, median {apa.number(middle, 'en')}, from {apa.number(table['estimate'].min(), 'en')} to "
        f"{apa.number(table['estimate'].max(), 'en')}; the interval excludes zero in {apa.share(share, 'en')}.",
    }
    return style.finish(figure, result, alt)


def _firm(table: pd.DataFrame) -> np.ndarray:
    if "conf_low" in table.columns:
        return ((table["conf_low"] > 0) | (table["conf_high"] < 0)).to_numpy()
    return (
        (table["p_value"] < 0.05).to_numpy()
        if "p_value" in table.columns
        else np.ones(len(table), dtype=bool)
    )


def scree(result: Result, *, lang: str = "nl", width: str | float = "page") -> Figure:
    """Draw eigenvalues beside those of random data; factors above the random line are worth keeping.

    References: Horn (1965), Psychometrika 30.
    """
    result = style.need(result, "term", "part", "estimate", "threshold")
    table = result.table[result.table["part"].isin(["component", "factor"])]
    with style.drawing():
        figure, axes = style.blank(width, 3.4)
        for place, part in enumerate(dict.fromkeys(table["part"])):
            rows = table[table["part"] == part]
            x, colour = rows["term"].astype(float), style.PALETTE[place]
            axes.plot(x, rows["estimate"], marker=style.MARKERS[place], color=colour, linewidth=1.5, markersize=5,
                      label=vocabulary.translate(part, lang))  # fmt: skip
            axes.plot(x, rows["threshold"], color=colour, linewidth=1.1, linestyle=(0, (4, 3)),
                      label={"nl": "toeval", "en": "chance"}[lang] + f" ({vocabulary.translate(part, lang)})")  # fmt: skip
        axes.axhline(0, color=style.MUTED, linewidth=0.8)
        axes.xaxis.set_major_locator(style.matplotlib.ticker.MaxNLocator(integer=True))
        style.decimals(axes.xaxis, lang, 0)
        style.decimals(axes.yaxis, lang)
        axes.set_xlabel({"nl": "Rangnummer", "en": "Rank"}[lang])
        axes.set_ylabel({"nl": "Eigenwaarde", "en": "Eigenvalue"}[lang])
        style.quiet(axes, grid="y")
        wording.legend_above(axes, 4)
    keep = {name: int(result.fit[name]) for name in ("n_components", "n_factors") if name in result.fit}
    told = {
        one: ", ".join(f"{vocabulary.heading(name, one, 'fit')} {value}" for name, value in keep.items())
        for one in ("nl", "en")
    }
    alt = {
        "nl": f"Eigenwaarden van {len(table)} rijen naast die van toevalsgegevens. Boven het toeval: {told['nl'] or 'zie tabel'}.",
        "en": f"Eigenvalues of {len(table)} rows beside those of random data. Above chance: {told['en'] or 'see the table'}.",
    }
    return style.finish(figure, result, alt)


def ladder(result: Result, *, lang: str = "nl", width: str | float = "page") -> Figure:
    """Draw fit over the steps of measurement invariance; a drop in CFI of more than .01 is marked.

    Where the result has robust indices, those are drawn: the ones that its table prints.

    References: Cheung and Rensvold (2002), Structural Equation Modeling 9.
    """
    result = style.need(result, "term", "cfi", "rmsea")
    table = result.table.reset_index(drop=True)
    cfi, rmsea = (
        f"{name}_robust" if f"{name}_robust" in table.columns else name for name in ("cfi", "rmsea")
    )
    drop = (
        table["delta_cfi"].to_numpy(float)
        if "delta_cfi" in table.columns
        else np.diff(table[cfi], prepend=np.nan)
    )
    names = style.labels_of(table["term"], None, lang)
    with style.drawing():
        figure, (left, right) = style.two(width, 2.7, ratio=(1, 1))
        at = np.arange(len(table))
        _steps(left, at, table[cfi], names, "CFI", lang, np.abs(drop) > 0.01)
        _steps(right, at, table[rmsea], names, "RMSEA", lang, np.zeros(len(table), dtype=bool))
    alt = {}
    for one in ("nl", "en"):
        told = "; ".join(
            f"{vocabulary.translate(term, one)} CFI {apa.number(c, one, digits=3, bounded=True)}, RMSEA {apa.number(r, one, digits=3)}"
            for term, c, r in zip(table["term"], table[cfi], table[rmsea], strict=True)
        )
        alt[one] = {"nl": f"Invariantieladder: {told}.", "en": f"Invariance ladder: {told}."}[one]
    return style.finish(figure, result, alt)


LEAST = 0.06  # the shortest axis of a fit index: six times the drop in CFI that counts


def _steps(
    axes: style.Axes, at: np.ndarray, values: Any, names: list[str], name: str, lang: str, marked: np.ndarray
) -> None:
    bounded = name == "CFI"
    axes.plot(
        at, values, color=style.MAIN, linewidth=1.5, marker="o", markersize=6, markeredgecolor=style.PAPER
    )
    for place in at[marked]:
        axes.plot(
            place,
            values[place],
            "o",
            markersize=12,
            markerfacecolor="none",
            markeredgecolor=style.SECOND,
            markeredgewidth=1.6,
        )
    for place, value in zip(at, values, strict=True):
        axes.annotate(apa.number(value, lang, digits=3, bounded=bounded), (place, value), xytext=(0, 9), textcoords="offset points",
                      bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.9},
                      ha="center", fontsize=8.5)  # fmt: skip
    axes.set_xticks(at, names)
    axes.margins(x=0.14)
    low, high = float(np.min(values)), float(np.max(values))
    reach = max(1.6 * (high - low), LEAST)  # a difference of .003 must not fill the axis
    top = min((low + high + reach) / 2, 1.006 if bounded else np.inf)  # a CFI ends at 1
    axes.set_ylim(top - reach, top)
    axes.set_ylabel(name)
    style.decimals(axes.yaxis, lang, 3, bounded=bounded)
    style.quiet(axes, grid="y")
