"""Estimates with their intervals: forest, bars, gaps, caterpillar and dumbbell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import option
from klantstudie.present.figures import style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result


def _ends(table: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """The interval that belongs to a column; rows without one get an interval of no length."""
    stem = "conf" if f"{column}_low" not in table.columns else column
    middle = table[column].to_numpy(float)
    if f"{stem}_low" not in table.columns:
        return middle, middle
    low, high = (table[f"{stem}_{end}"].to_numpy(float) for end in ("low", "high"))
    return np.where(np.isnan(low), middle, low), np.where(np.isnan(high), middle, high)


def _rows(result: Result, column: str, part: str | None) -> pd.DataFrame:
    result = style.need(result, "term", column)
    table = result.table
    if part is not None:
        result = style.need(result, "part")
        option("part", part, list(dict.fromkeys(table["part"])))
        table = table[table["part"] == part]
    return table[table[column].notna()].reset_index(drop=True)


def forest(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    reference: float | None = 0.0,
    bounds: tuple[float, float] | None = None,
    sort: bool = False,
    width: str | float = "page",
) -> Figure:
    """Draw each term's estimate with its interval; groups, where the result has them, differ in colour and marker.

    `reference` is the line of no difference (None: no line), `bounds` shades the smallest effect that matters. An
    intercept beside other terms is left out: it is a level, not an effect.
    References: Cumming (2014), Psychological Science 25.
    """
    table = _rows(result, column, part)
    level = table["term"] == "intercept"
    table = table[~level].reset_index(drop=True) if not level.all() else table
    if sort:
        table = table.sort_values(column, ascending=False, kind="stable", ignore_index=True)
    terms = list(dict.fromkeys(table["term"]))
    split = "group" if "group" in table.columns and table["group"].nunique() > 1 else None
    groups = list(dict.fromkeys(table[split])) if split else [""]
    with style.drawing():
        names = style.labels_of(terms, labels, lang)
        high = max(style.row_height(names), 0.21 * len(groups))
        figure, axes = style.blank(width, 1.0 + high * len(terms))
        if bounds is not None:
            axes.axvspan(*bounds, color=style.WASH, zorder=0)
        if reference is not None:
            axes.axvline(reference, color=style.MUTED, linewidth=0.9, zorder=1)
        for place, group in enumerate(groups):
            rows = table[table[split] == group] if split else table
            shift = (place - (len(groups) - 1) / 2) * 0.22 if split else 0.0
            at = np.array([terms.index(term) for term in rows["term"]]) + shift
            _whiskers(
                axes,
                rows,
                column,
                at,
                place,
                wording.shown(group, labels, lang) if split else None,
            )
        axes.set_yticks(range(len(terms)), names)
        axes.set_ylim(len(terms) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        _value_axis(axes.xaxis, result, column, part, lang)
        axes.set_xlabel(wording.axis(result, column, lang, interval=True))
        style.quiet(axes)
        if split:
            wording.legend_above(axes, len(groups))
    alt = {one: wording.ranking(result, table, column, one, labels) for one in ("nl", "en")}
    return style.finish(figure, result, alt)


def _whiskers(
    axes: Any,
    rows: pd.DataFrame,
    column: str,
    at: np.ndarray,
    place: int,
    name: str | None,
) -> None:
    colour = style.PALETTE[place % len(style.PALETTE)]
    low, high = _ends(rows, column)
    axes.hlines(at, low, high, color=colour, linewidth=1.6, zorder=2)
    marker = style.MARKERS[place % len(style.MARKERS)]
    axes.plot(
        rows[column],
        at,
        marker,
        color=colour,
        markersize=5.5,
        markeredgecolor=style.PAPER,
        zorder=3,
        label=name,
    )


def _value_axis(axis: Any, result: Result, column: str, part: str | None, lang: str) -> None:
    share = vocabulary.entries("columns").get(column, {}).get("type") == "share"
    style.decimals(axis, lang, bounded=result.is_bounded(column, part or ""), percent=share)


def bars(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    limits: tuple[float, float] | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw a bar from zero for each term with its interval, such as a score per group or relative weights.

    A bar always starts at zero, since its length is read as the amount; `limits` sets the ends of the axis.
    """
    table = _rows(result, column, part)
    names = wording.row_names(table, labels, lang)
    with style.drawing():
        figure, axes = style.blank(width, 1.0 + style.row_height(names, 0.4) * len(table))
        at, middle = np.arange(len(table)), table[column].to_numpy(float)
        low, high = _ends(table, column)
        axes.barh(at, middle, height=0.6, color=style.MAIN, zorder=2)
        axes.hlines(at, low, high, color=style.INK, linewidth=1.3, zorder=3)
        axes.plot(
            np.r_[low, high],
            np.r_[at, at],
            "|",
            color=style.INK,
            markersize=6,
            zorder=3,
        )
        axes.axvline(0, color=style.MUTED, linewidth=0.9, zorder=4)
        axes.set_yticks(at, names)
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if limits is not None:
            axes.set_xlim(*limits)
        _value_axis(axes.xaxis, result, column, part, lang)
        axes.set_xlabel(wording.axis(result, column, lang, interval=True))
        style.quiet(axes)
    alt = {one: wording.ranking(result, table, column, one, labels) for one in ("nl", "en")}
    return style.finish(figure, result, alt)


def gaps(
    result: Result,
    *,
    lang: str = "nl",
    part: str | None = None,
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw the gap between perception and expectation of each item: left of zero falls short, right exceeds.

    References: Parasuraman, Zeithaml and Berry (1988), Journal of Retailing 64.
    """
    table = _rows(result, "gap", part)
    with style.drawing():
        names = style.labels_of(table["term"], labels, lang)
        figure, axes = style.blank(width, 1.2 + style.row_height(names) * len(table))
        low, high = _ends(table, "gap")
        at, gap = np.arange(len(table)), table["gap"].to_numpy(float)
        colours = np.where(high < 0, style.LOW, np.where(low > 0, style.HIGH, style.MUTED))
        axes.axvline(0, color=style.INK, linewidth=0.9)
        axes.hlines(at, low, high, colors=colours, linewidth=1.6)
        axes.scatter(gap, at, c=colours, s=34, edgecolors=style.PAPER, zorder=3)
        axes.set_yticks(at, names)
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        reach = float(np.nanmax(np.abs(np.r_[low, high, 0.1]))) * 1.08
        axes.set_xlim(-reach, reach)
        style.decimals(axes.xaxis, lang)
        short, more = {
            "nl": ("← schiet tekort", "overtreft →"),
            "en": ("← falls short", "exceeds →"),
        }[lang]
        axes.text(0, 1.01, short, transform=axes.transAxes, color=style.LOW, va="bottom")
        axes.text(
            1,
            1.01,
            more,
            transform=axes.transAxes,
            color=style.HIGH,
            va="bottom",
            ha="right",
        )
        axes.set_xlabel(wording.axis(result, "gap", lang, interval=True))
        style.quiet(axes)
    short_n, more_n = int((high < 0).sum()), int((low > 0).sum())
    alt = {
        "nl": f"{wording.counted(len(table), 'kloof', 'kloven')}; bij {short_n} schiet de ervaring tekort en bij {more_n} overtreft zij de verwachting "
        f"(interval zonder nul). {wording.ranking(result, table, 'gap', 'nl', labels)}",
        "en": f"{wording.counted(len(table), 'gap', 'gaps')}; in {short_n} the experience falls short and in {more_n} it exceeds the expectation "
        f"(interval without zero). {wording.ranking(result, table, 'gap', 'en', labels)}",
    }
    return style.finish(figure, result, alt)


def caterpillar(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    centre: float | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw units sorted by their estimate with intervals; units whose interval misses the centre stand out.

    The centre is the mean of the estimates unless given. Where the estimates are drawn to the mean (a result with
    `adjusted`, as of `multilevel.ranking`), the unit's own mean stands beside them as an open circle.
    References: Goldstein and Healy (1995), JRSS A 158.
    """
    table = _rows(result, column, part).sort_values(column, kind="stable", ignore_index=True)
    middle = table[column].to_numpy(float)
    centre = float(middle.mean()) if centre is None else float(centre)
    low, high = _ends(table, column)
    colours = np.where(high < centre, style.LOW, np.where(low > centre, style.HIGH, style.MUTED))
    own, drawn, mixed = _own_means(table, middle)
    with style.drawing():
        figure, axes = style.blank(width, 3.4)
        at = np.arange(len(table))
        axes.axhline(centre, color=style.INK, linewidth=0.9, linestyle=(0, (4, 3)))
        many = len(table) > 90
        axes.vlines(at, low, high, colors=colours, linewidth=0.5 if many else 1.4, alpha=0.6 if many else 1.0)
        edge = {"linewidths": 0} if many else {"edgecolors": style.PAPER, "linewidths": 0.6}
        axes.scatter(at, middle, c=style.INK if many else colours, s=2.5 if many else 22, zorder=3, **edge)
        if own is not None:
            axes.scatter(at, own, s=5 if many else 20, facecolors="none", edgecolors=style.INK, linewidths=0.4 if many else 0.8,
                         zorder=4, label={"nl": f"eigen gemiddelde{mixed['nl']}", "en": f"own mean{mixed['en']}"}[lang])  # fmt: skip
            axes.plot([], [], color=style.MUTED, marker="o", markersize=4, linewidth=1.4,
                      label={"nl": "naar het algemene gemiddelde getrokken", "en": "drawn to the overall mean"}[lang])  # fmt: skip
            wording.legend_above(axes, 2)
        if len(table) <= 24:
            turn = 60 if len(table) > 8 else 0
            axes.set_xticks(
                at,
                wording.row_names(table, labels, lang, 16),
                rotation=turn,
                ha="right" if turn else "center",
            )
        else:
            axes.set_xticks([])
        axes.set_xlabel(
            {
                "nl": f"{len(table)} eenheden, van laag naar hoog",
                "en": f"{len(table)} units, low to high",
            }[lang]
        )
        axes.set_ylabel(wording.axis(result, column, lang, interval=True))
        _value_axis(axes.yaxis, result, column, part, lang)
        style.quiet(axes, grid="y")
    below, above = int((high < centre).sum()), int((low > centre).sum())
    alt = {
        "nl": f"{len(table)} eenheden naar schatting gesorteerd: {below} onder en {above} boven het midden "
        f"({apa.number(centre, 'nl')}).{drawn['nl']} {wording.ranking(result, table, column, 'nl', labels)}",
        "en": f"{len(table)} units sorted by estimate: {below} below and {above} above the centre "
        f"({apa.number(centre, 'en')}).{drawn['en']} {wording.ranking(result, table, column, 'en', labels)}",
    }
    return style.finish(figure, result, alt)


def _own_means(
    table: pd.DataFrame, middle: np.ndarray
) -> tuple[np.ndarray | None, dict[str, str], dict[str, str]]:
    """Return the units' own means, what an alternative text says of them, and what their name adds for case mix."""
    if "adjusted" not in table.columns:
        return None, {"nl": "", "en": ""}, {"nl": "", "en": ""}
    own = table["adjusted"].to_numpy(float)
    spread = [
        apa.number(float(values.std(ddof=1)), lang) for lang in ("nl", "en") for values in (own, middle)
    ]
    mixed = "mean" in table.columns and not np.allclose(own, table["mean"].to_numpy(float))
    drawn = {
        "nl": f" De eigen gemiddelden hebben een SD van {spread[0]}, de getrokken schattingen van {spread[1]}.",
        "en": f" The units' own means have an SD of {spread[2]}, the drawn estimates of {spread[3]}.",
    }
    return own, drawn, {"nl": ", gecorrigeerd", "en": ", adjusted"} if mixed else {"nl": "", "en": ""}


def dumbbell(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "mean",
    part: str | None = None,
    labels: Labels = None,
    scale: tuple[float, float] | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw two groups' values of each term as two points joined by a line, such as management and customers.

    The result needs exactly two values in `group`. Where the estimates have intervals, each point stands on its own;
    `scale` gives the axis the ends of the answer scale.
    """
    result = style.need(result, "term", "group", column)
    table = _rows(result, column, part)
    wide = table.pivot_table(index="term", columns="group", values=column, sort=False)
    if wide.shape[1] != 2:
        raise style.InputError(f"a dumbbell joins two groups; {result.kind} has {list(wide.columns)}")
    first, second = wide.columns
    with style.drawing():
        figure, axes = style.blank(width, 1.2 + 0.36 * len(wide))
        at = np.arange(len(wide))
        with_ends = column == "estimate" and "conf_low" in table.columns
        if not with_ends:
            axes.hlines(at, wide.min(axis=1), wide.max(axis=1), color=style.RULE, linewidth=3)
        for place, group in enumerate((first, second)):
            y = at + ((-0.13, 0.13)[place] if with_ends else 0.0)
            if with_ends:
                rows = table[table["group"] == group].set_index("term").reindex(wide.index)
                axes.hlines(y, rows["conf_low"], rows["conf_high"], color=style.PALETTE[place], linewidth=1.4)
            axes.plot(wide[group], y, style.MARKERS[place], color=style.PALETTE[place], markersize=7,
                      markeredgecolor=style.PAPER, label=wording.shown(group, labels, lang))  # fmt: skip
        axes.set_yticks(at, style.labels_of(wide.index, labels, lang))
        axes.set_ylim(len(wide) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if scale is not None:
            axes.set_xlim(*style.ends(scale))
        _value_axis(axes.xaxis, result, column, part, lang)
        axes.set_xlabel(wording.axis(result, column, lang, interval=with_ends))
        style.quiet(axes)
        wording.legend_above(axes, 2)
    difference = wide[first] - wide[second]
    largest = difference.abs().idxmax()
    alt = {
        one: {
            "nl": f"{wording.counted(len(wide), 'paar', 'paren')} van {first} en {second}; grootste verschil bij {wording.shown(largest, labels, one)}: "
            f"{apa.number(wide.loc[largest, first], one)} tegen {apa.number(wide.loc[largest, second], one)}.",
            "en": f"{wording.counted(len(wide), 'pair', 'pairs')} of {first} and {second}; largest difference at {wording.shown(largest, labels, one)}: "
            f"{apa.number(wide.loc[largest, first], one)} against {apa.number(wide.loc[largest, second], one)}.",
        }[one]
        for one in ("nl", "en")
    }
    return style.finish(figure, result, alt)
