"""Comparisons: two methods, groups in a cross table, ranks over links, values over waves, and costs against value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.present.figures import placing, style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result

STEPS = {  # what the horizontal axis of a trend counts, where it is no wave
    "trend.event_study": {
        "nl": "Metingen sinds het begin van de ingreep",
        "en": "Waves since the treatment began",
    },
    "meta.cumulative": {"nl": "Onderzoeken tot en met", "en": "Studies up to and including"},
}


def bland_altman(
    result: Result,
    frame: pd.DataFrame,
    a: str,
    b: str,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw the difference of two measurements against their mean, with bias and limits of agreement and their intervals.

    `result` is that of `equivalence.methods` for the columns `a` and `b` of `frame`.
    References: Bland and Altman (1986), Lancet 327.
    """
    result = style.need(result, "term", "estimate", "conf_low", "conf_high")
    both = frame[[a, b]].dropna().astype(float)
    middle, difference = both.mean(axis=1), both[a] - both[b]
    rows = {name: result.row(name) for name in ("lower_limit", "bias", "upper_limit")}
    with style.drawing():
        figure, axes = style.blank(width, 3.7)
        for name, row in rows.items():
            colour = style.MAIN if name == "bias" else style.SECOND
            axes.axhspan(row["conf_low"], row["conf_high"], color=colour, alpha=0.13, linewidth=0)
            axes.axhline(row["estimate"], color=colour, linewidth=1.3)
            axes.annotate(apa.number(row["estimate"], lang), (1, row["estimate"]), xycoords=("axes fraction", "data"),
                          xytext=(4, 0), textcoords="offset points", va="center", fontsize=9, color=colour)  # fmt: skip
        axes.axhline(0, color=style.MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.scatter(middle, difference, s=18, color=style.INK, alpha=0.55, linewidths=0, zorder=3)
        first, second = (wording.inside(wording.shown(one, labels, lang)) for one in (a, b))
        axes.set_xlabel(
            {"nl": f"Gemiddelde van {first} en {second}", "en": f"Mean of {first} and {second}"}[lang]
        )
        minus = {"nl": f"{first} min {second}", "en": f"{first} minus {second}"}[lang]
        axes.set_ylabel(minus[:1].upper() + minus[1:])
        for axis in (axes.xaxis, axes.yaxis):
            style.decimals(axis, lang)
        style.quiet(axes, grid="")
    told = {
        one: [
            f"{apa.number(row['estimate'], one)}{wording.between(row, 'conf', one)}" for row in rows.values()
        ]
        for one in ("nl", "en")
    }
    alt = {
        "nl": f"Verschil tegen gemiddelde van {len(both)} paren: vertekening {told['nl'][1]}, grenzen {told['nl'][0]} en {told['nl'][2]}.",
        "en": f"Difference against mean of {len(both)} pairs: bias {told['en'][1]}, limits {told['en'][0]} and {told['en'][2]}.",
    }
    return style.finish(figure, result, alt)


def mosaic(result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page") -> Figure:
    """Draw a cross table as areas: width is the share of the row, height the share within it; colour the residual.

    A cell is coloured when its adjusted standardised residual exceeds 2 in size. References: Friendly (1994), JASA 89.
    """
    result = style.need(result, "term", "group", "n", "residual")
    cells = result.table[result.table["residual"].notna()]
    counts = cells.pivot_table(index="term", columns="group", values="n", sort=False, aggfunc="sum").fillna(0)
    residual = cells.pivot_table(index="term", columns="group", values="residual", sort=False)
    total = float(counts.to_numpy().sum())
    with style.drawing():
        figure, axes = style.blank(width, 3.9)
        left = 0.0
        for term in counts.index:
            wide = float(counts.loc[term].sum()) / total
            low = 0.0
            for group in counts.columns:
                share = float(counts.loc[term, group] / counts.loc[term].sum())
                colour = _tint(float(residual.loc[term, group]))
                axes.bar(
                    left,
                    share,
                    width=wide,
                    bottom=low,
                    align="edge",
                    color=colour,
                    edgecolor=style.PAPER,
                    linewidth=2,
                )
                if share > 0.06 and wide > 0.05:
                    axes.text(left + wide / 2, low + share / 2, apa.count(counts.loc[term, group], lang), ha="center", va="center",
                              fontsize=9, color=style.ink_on(colour))  # fmt: skip
                if left == 0:
                    axes.text(
                        -0.01,
                        low + share / 2,
                        style.labels_of([group], labels, lang, 18)[0],
                        ha="right",
                        va="center",
                        fontsize=9,
                    )
                low += share
            axes.text(
                left + wide / 2,
                -0.02,
                style.labels_of([term], labels, lang, 14)[0],
                ha="center",
                va="top",
                fontsize=9,
            )
            left += wide
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_axis_off()
        more, fewer = {
            "nl": ("meer dan verwacht", "minder dan verwacht"),
            "en": ("more than expected", "fewer than expected"),
        }[lang]
        for colour, name in ((style.HIGH, more), (style.LOW, fewer)):
            axes.bar(0, 0, color=colour, label=name)
        wording.legend_above(axes, 2)
    return style.finish(figure, result, {one: _mosaic_alt(cells, one, labels) for one in ("nl", "en")})


def _tint(residual: float) -> str:
    if abs(residual) < 2:
        return "#dfe5e7"
    strong = abs(residual) >= 4
    return (style.HIGH if strong else "#7fb0bb") if residual > 0 else (style.LOW if strong else "#d9ab76")


def _mosaic_alt(cells: pd.DataFrame, lang: str, labels: Labels) -> str:
    far = cells[cells["residual"].abs() >= 2].sort_values("residual", key=abs, ascending=False)
    told = "; ".join(
        f"{wording.shown(row['term'], labels, lang)} – {wording.shown(row['group'], labels, lang)} {apa.number(row['residual'], lang, digits=1)}"
        for _, row in far.head(6).iterrows()
    )
    head = {"nl": f"Kruistabel van {len(cells)} cellen als vlakken. Opvallende residuen", "en": f"Cross table of {len(cells)} cells as areas. Notable residuals"}  # fmt: skip
    return f"{head[lang]}: {told or {'nl': 'geen', 'en': 'none'}[lang]}."


def bump(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    order: Sequence[str] = (),
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw how the ranks of terms change over groups or waves, first at the top; for values that drift along a chain.

    `order` puts the groups in the order of the chain; without it they stand as in the table.
    """
    table = result.table if part is None else result.table[result.table["part"] == part]
    key = "wave" if "wave" in table.columns and table["wave"].nunique() > 1 else "group"
    result = style.need(result, "term", key, column)
    wide = table.pivot_table(index="term", columns=key, values=column, sort=False)
    missing = [name for name in order if name not in wide.columns]
    if missing:
        raise style.InputError(f"order: {result.kind} has no {key} {missing}; it has {list(wide.columns)}")
    wide = wide[list(order) or list(wide.columns)]
    ranks = wide.rank(ascending=False, method="first")
    with style.drawing():
        figure, axes = style.blank(width, 1.0 + 0.36 * len(wide))
        at = np.arange(ranks.shape[1])
        moved = (ranks.max(axis=1) - ranks.min(axis=1)).rank(ascending=False, method="first")
        for term, row in ranks.iterrows():
            strong = moved[term] <= 3 and row.max() > row.min()
            colour = style.PALETTE[int(moved[term]) - 1] if strong else "#a9b5bb"
            axes.plot(at, row, color=colour, linewidth=2.2 if strong else 1.3, marker="o", markersize=7, markeredgecolor=style.PAPER,
                      zorder=3 if strong else 2)  # fmt: skip
        names = {term: style.labels_of([term], labels, lang, 24)[0] for term in ranks.index}
        axes.set_yticks(ranks.iloc[:, 0], [names[term] for term in ranks.index])
        right = axes.secondary_yaxis("right")
        right.set_yticks(ranks.iloc[:, -1], [names[term] for term in ranks.index])
        for one in (axes, right):
            one.tick_params(length=0)
            for side in one.spines.values():
                side.set_visible(False)
        axes.set_xticks(at, style.labels_of(ranks.columns, labels, lang, 14))
        axes.set_ylim(len(wide) + 0.5, 0.5)
        axes.margins(x=0.06)
    told = {
        one: "; ".join(
            f"{wording.shown(term, labels, one)} {' → '.join(str(int(rank)) for rank in row)}"
            for term, row in ranks.head(8).iterrows()
        )
        for one in ("nl", "en")
    }
    alt = {
        "nl": f"Rangorde van {len(wide)} kenmerken over {ranks.shape[1]} stappen: {told['nl']}.",
        "en": f"Ranks of {len(wide)} attributes over {ranks.shape[1]} steps: {told['en']}.",
    }
    return style.finish(figure, result, alt)


def trend(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    bounds: tuple[float, float] | None = None,
    event: float | None = None,
    scale: tuple[float, float] | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw values over waves with their intervals, one line a group; for trends and for event studies.

    `bounds` shades the band within which a change does not matter; `event` marks the moment of an intervention; `scale`
    gives the axis the ends of the answer scale, so that a change looks as large as it is.
    """
    result = style.need(result, "term", column)
    table = result.table if part is None else result.table[result.table["part"] == part]
    key = "wave" if "wave" in table.columns and (table["wave"].astype(str) != "").any() else "term"
    table = table[table[column].notna() & (table[key].astype(str) != "")].reset_index(drop=True)
    steps = list(dict.fromkeys(table[key].astype(str)))
    numeric = pd.to_numeric(pd.Series(steps), errors="coerce")
    x_of = dict(zip(steps, numeric if numeric.notna().all() else range(len(steps)), strict=True))
    split = "group" if "group" in table.columns and table["group"].nunique() > 1 else None
    groups = list(dict.fromkeys(table[split])) if split else [""]
    with style.drawing():
        figure, axes = style.blank(width, 3.4)
        if bounds is not None:
            axes.axhspan(*bounds, color=style.WASH, zorder=0)
        if event is not None:
            axes.axvline(event, color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
        for place, group in enumerate(groups):
            rows = table[table[split] == group] if split else table
            x = np.array([x_of[str(step)] for step in rows[key]], dtype=float) + 0.04 * (
                place - (len(groups) - 1) / 2
            )
            colour, y = style.PALETTE[place % len(style.PALETTE)], rows[column].to_numpy(float)
            if "conf_low" in rows.columns:
                axes.vlines(x, rows["conf_low"], rows["conf_high"], color=colour, linewidth=1.5)
            axes.plot(x, y, color=colour, linewidth=1.2, marker=style.MARKERS[place % 6], markersize=6, markeredgecolor=style.PAPER,
                      label=wording.shown(group, labels, lang) if split else None)  # fmt: skip
        ends = table[[name for name in (column, "conf_low", "conf_high") if name in table.columns]]
        if ends.min().min() < 0 < ends.max().max():
            axes.axhline(0, color=style.INK, linewidth=0.9)
        if scale is not None:
            axes.set_ylim(*style.ends(scale))
        if numeric.isna().any() or len(steps) <= 12:
            shown = style.labels_of(steps, labels, lang, 14)
            if numeric.notna().all():
                shown = [name.replace("-", "−") for name in shown]
            axes.set_xticks([x_of[step] for step in steps], shown)
        elif (numeric % 1 == 0).all():
            axes.xaxis.set_major_locator(style.matplotlib.ticker.MaxNLocator(integer=True))
        axes.set_xlabel(STEPS.get(result.kind, {}).get(lang) or vocabulary.heading("wave", lang))
        axes.set_ylabel(wording.axis(result, column, lang, interval="conf_low" in table.columns))
        style.decimals(axes.yaxis, lang, bounded=result.is_bounded(column, part or ""))
        style.quiet(axes, grid="y")
        if split:
            wording.legend_above(axes, len(groups))
    alt = {one: wording.ranking(result, table, column, one, labels) for one in ("nl", "en")}
    return style.finish(figure, result, alt)


def pareto(result: Result, *, lang: str = "nl", labels: Labels = None, width: str | float = "page") -> Figure:
    """Draw the bundles on the Pareto front: most customer value for its cost; the best within the limits stands out.

    References: Ehrgott (2005), Multicriteria Optimization.
    """
    result = style.need(result, "term", "part", "value", "cost")
    front = result.table[result.table["part"] == "front"].sort_values("cost").reset_index(drop=True)
    best = result.table[result.table["part"] == "best"]
    with style.drawing():
        figure, axes = style.blank(width, 3.6)
        axes.step(front["cost"], front["value"], where="post", color=style.RULE, linewidth=1.6, zorder=1)
        axes.scatter(front["cost"], front["value"], s=44, color=style.MAIN, edgecolors=style.PAPER, zorder=3)
        axes.scatter(
            best["cost"],
            best["value"],
            s=120,
            facecolors="none",
            edgecolors=style.SECOND,
            linewidths=2,
            zorder=4,
        )
        axes.set_xlabel(vocabulary.heading("cost", lang))
        axes.set_ylabel(vocabulary.heading("value", lang))
        for axis in (axes.xaxis, axes.yaxis):
            style.decimals(axis, lang)
        style.quiet(axes, grid="")
        axes.margins(0.1, 0.15)
        if "choice" in front.columns:
            x, y = front["cost"].to_numpy(float), front["value"].to_numpy(float)
            steps = [(x[k], y[k], x[k + 1], y[k]) for k in range(len(x) - 1)]
            names = style.labels_of([_bundle(text, labels, lang) for text in front["choice"]], None, lang, 24)
            placing.names(axes, x, y, names, lines=steps)
    alt = {}
    for one in ("nl", "en"):
        told = "; ".join(
            f"{apa.number(v, one, digits=1)} / {apa.number(c, one, digits=1)}"
            for v, c in zip(front["value"], front["cost"], strict=True)
        )
        chosen = (
            _bundle(str(best["choice"].iloc[0]), labels, one)
            if len(best) and "choice" in best.columns
            else "–"
        )
        alt[one] = {
            "nl": f"Front van {len(front)} bundels, waarde tegen kosten: {told}. Beste binnen de grenzen: {chosen}.",
            "en": f"Front of {len(front)} bundles, value against cost: {told}. Best within the limits: {chosen}.",
        }[one]
    return style.finish(figure, result, alt)


def _bundle(text: str, labels: Labels, lang: str) -> str:
    return (
        ", ".join(wording.shown(part.strip(), labels, lang) for part in text.split(",") if part.strip())
        or {"nl": "niets", "en": "nothing"}[lang]
    )
