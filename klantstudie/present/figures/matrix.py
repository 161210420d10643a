"""Points in a field of four: importance against performance, and Kano's better against worse."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd

from klantstudie import apa, vocabulary
from klantstudie.errors import option
from klantstudie.present.figures import placing, style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result

QUADRANTS = {
    "concentrate": (0, 1),
    "keep_up": (1, 1),
    "low_priority": (0, 0),
    "overkill": (1, 0),
}


KINDS = {"nl": "Afgeleid belang", "en": "Derived importance"}
MOST_NAMED = 15  # of more points only the certain are named, by a number with its name under the plot


def priority(
    result: Result,
    *,
    lang: str = "nl",
    part: str | None = None,
    labels: Labels = None,
    ellipses: bool = False,
    width: str | float = "page",
) -> Figure:
    """Draw importance against performance with the interval of both; points certain of their field are filled.

    Of more than 15 points the uncertain ones have no name and no interval, as these would cover the others.
    `part` chooses between stated and derived importance when the result has both; `ellipses` draws the joint
    confidence ellipse where the result holds it. References: Martilla and James (1977), Journal of Marketing 41.
    """
    result = style.need(result, "term", "importance", "performance")
    table = _of_part(result, part)
    table = table[table["importance"].notna()].reset_index(drop=True)  # the outcome itself has no importance
    x, y = table["performance"].to_numpy(float), table["importance"].to_numpy(float)
    lines = [
        float(table[f"{name}_line"].iloc[0]) if f"{name}_line" in table.columns else float(np.mean(values))
        for name, values in (("performance", x), ("importance", y))
    ]
    certain = (
        (table["decision"] == "supported").to_numpy()
        if "decision" in table.columns
        else np.ones(len(table), dtype=bool)
    )
    with style.drawing():
        high = 0.8 if len(table) <= MOST_NAMED else 0.64  # numbers take less room than names
        figure, axes = style.blank(width, high * style.wide(width))
        for line, draw in zip(lines, (axes.axvline, axes.axhline), strict=True):
            draw(line, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        named = certain if len(table) > MOST_NAMED and certain.any() else np.ones(len(table), dtype=bool)
        _crosses(axes, table[named], x[named], y[named])
        if ellipses and "ellipse_long" in table.columns:
            _ellipses(axes, table, x, y)
        fill = [style.MAIN if one else style.PAPER for one in certain]
        axes.scatter(x, y, c=fill, s=np.where(named, 40, 16), edgecolors=style.MAIN, linewidths=1.3, zorder=4)
        _corners(axes, lang)
        style.decimals(axes.xaxis, lang)
        style.decimals(
            axes.yaxis,
            lang,
            bounded=result.is_bounded("importance", part or str(table.get("part", pd.Series([""])).iloc[0])),
        )
        axes.set_xlabel(wording.axis(result, "performance", lang, interval=True))
        kind = set(table["part"]) if "part" in table.columns else set()
        axes.set_ylabel(
            wording.axis(
                result, "importance", lang, interval=True, name=KINDS[lang] if kind == {"derived"} else ""
            )
        )
        style.quiet(axes, grid="")
        axes.margins(0.08, 0.17)
        if not certain.all():
            _key(axes, lang, all_named=bool(named.all()))
        names = np.full(len(table), "", dtype=object)
        if len(table) > MOST_NAMED:
            names[named] = [str(place + 1) for place in range(named.sum())]
            _numbered(figure, style.labels_of(table["term"][named], labels, lang, 200))
        else:
            names[:] = style.labels_of(table["term"], labels, lang, 22)
        placing.names(axes, x, y, names, lines=_lines(table[named], x[named], y[named], lines))
    return style.finish(figure, result, _alt(table, certain, labels))


def _numbered(figure: Figure, names: list[str]) -> None:
    """Write the names of numbered points under the plot, in two columns, and make the figure taller for them."""
    rows = -(-len(names) // 2)
    wide, high = figure.get_size_inches()
    room = 0.155 * rows + 0.15
    figure.set_size_inches(wide, high + room)
    share = room / (high + room)
    figure.get_layout_engine().set(rect=(0, share, 1, 1 - share))
    for place, name in enumerate(names):
        column, row = divmod(place, rows)
        figure.text(0.02 + 0.5 * column, share - (0.155 * (row + 0.6)) / (high + room),
                    f"{place + 1}  {fill(name, 52, max_lines=1, placeholder=' …')}", fontsize=8, va="center")  # fmt: skip


def _lines(table: pd.DataFrame, x: np.ndarray, y: np.ndarray, cross: list[float]) -> list[tuple]:
    """The intervals and the two crossing lines, which names should not cover."""
    found = [
        (cross[0], y.min(), cross[0], y.max()),
        (x.min(), cross[1], x.max(), cross[1]),
    ]
    if "performance_low" in table.columns:
        found += list(zip(table["performance_low"], y, table["performance_high"], y, strict=True))
    if "importance_low" in table.columns:
        found += list(zip(x, table["importance_low"], x, table["importance_high"], strict=True))
    return found


def _key(axes: style.Axes, lang: str, *, all_named: bool) -> None:
    sure, unsure, unnamed = {
        "nl": ("zeker van dit vlak", "niet zeker", "niet zeker (namen in de tabel)"),
        "en": ("certain of its field", "not certain", "not certain (names in the table)"),
    }[lang]
    hollow, size = (unsure, 40) if all_named else (unnamed, 16)
    for colour, name, area in ((style.MAIN, sure, 40), (style.PAPER, hollow, size)):
        axes.scatter([], [], c=colour, s=area, edgecolors=style.MAIN, linewidths=1.3, label=name)
    wording.legend_above(axes, 2)


def _of_part(result: Result, part: str | None) -> pd.DataFrame:
    table = result.table
    if "part" not in table.columns or table["part"].nunique() < 2:
        return table.reset_index(drop=True)
    parts = list(dict.fromkeys(table["part"]))
    return table[table["part"] == option("part", part or parts[0], parts)].reset_index(drop=True)


def _crosses(axes: style.Axes, table: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> None:
    if "performance_low" in table.columns:
        axes.hlines(
            y,
            table["performance_low"],
            table["performance_high"],
            color=style.MAIN,
            alpha=0.45,
            linewidth=1,
        )
    if "importance_low" in table.columns:
        axes.vlines(
            x,
            table["importance_low"],
            table["importance_high"],
            color=style.MAIN,
            alpha=0.45,
            linewidth=1,
        )


def _ellipses(axes: style.Axes, table: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> None:
    """Draw joint ellipses; the angle is that of the long axis from the importance axis to the performance axis."""
    turn = np.linspace(0, 2 * np.pi, 90)
    for place in range(len(table)):
        long, short, angle = (
            float(table[f"ellipse_{end}"].iloc[place]) for end in ("long", "short", "angle")
        )
        if np.isnan(long):
            continue
        along, across = long * np.cos(turn), short * np.sin(turn)
        cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        axes.plot(x[place] + along * sin + across * cos, y[place] + along * cos - across * sin,
                  color=style.MAIN, alpha=0.35, linewidth=0.8)  # fmt: skip


def _corners(axes: style.Axes, lang: str) -> None:
    for name, (right, top) in QUADRANTS.items():
        axes.text(0.995 if right else 0.005, 0.995 if top else 0.005, vocabulary.translate(name, lang),
                  transform=axes.transAxes, ha="right" if right else "left", va="top" if top else "bottom",
                  color=style.MUTED, fontstyle="italic", fontsize=9)  # fmt: skip


def _alt(table: pd.DataFrame, certain: np.ndarray, labels: Labels) -> dict[str, str]:
    texts = {}
    for lang in ("nl", "en"):
        fields = []
        for name in QUADRANTS:
            inside = (
                table["quadrant"] == name
                if "quadrant" in table.columns
                else pd.Series(False, index=table.index)
            )
            if inside.any():
                told = ", ".join(
                    wording.shown(term, labels, lang) + ("" if sure else "*")
                    for term, sure in zip(
                        table.loc[inside, "term"],
                        certain[inside.to_numpy()],
                        strict=True,
                    )
                )
                fields.append(f"{vocabulary.translate(name, lang)}: {told}")
        head = {
            "nl": f"Matrix van belang en prestatie met {len(table)} kenmerken",
            "en": f"Matrix of importance and performance with {len(table)} attributes",
        }[lang]
        unsure = {
            "nl": "* = niet zeker van dit vlak",
            "en": "* = not certain of this field",
        }[lang]
        texts[lang] = ". ".join([head, *fields] + ([unsure] if not certain.all() else [])) + "."
    return texts


def kano(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw each attribute by what it adds when present (better) and costs when absent (worse, without its sign).

    References: Berger et al. (1993), Center for Quality of Management Journal 2; Sauerwein et al. (1996).
    """
    result = style.need(result, "term", "better", "worse")
    table = result.table[result.table["better"].notna()].reset_index(drop=True)
    x, y = table["worse"].abs().to_numpy(float), table["better"].to_numpy(float)
    corners = {
        "attractive": (0, 1),
        "one_dimensional": (1, 1),
        "indifferent": (0, 0),
        "must_be": (1, 0),
    }
    with style.drawing():
        figure, axes = style.blank(width, 0.8 * style.wide(width))
        axes.axvline(0.5, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.axhline(0.5, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        walls = [(0.5, -0.02, 0.5, 1.02), (-0.02, 0.5, 1.02, 0.5)]
        for column, across, draw in (("worse", y, axes.hlines), ("better", x, axes.vlines)):
            if f"{column}_low" in table.columns:
                ends = table[[f"{column}_low", f"{column}_high"]].abs()
                low, high = ends.min(axis=1), ends.max(axis=1)
                walls += (
                    zip(low, y, high, y, strict=True)
                    if column == "worse"
                    else zip(x, low, x, high, strict=True)
                )
                draw(
                    across,
                    low,
                    high,
                    color=style.MAIN,
                    alpha=0.45,
                    linewidth=1,
                )
        axes.scatter(x, y, c=style.MAIN, s=40, edgecolors=style.PAPER, zorder=4)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        for name, (right, top) in corners.items():
            axes.text(0.99 if right else 0.01, 0.99 if top else 0.01, vocabulary.heading(name, lang),
                      transform=axes.transAxes, ha="right" if right else "left", va="top" if top else "bottom",
                      color=style.MUTED, fontstyle="italic")  # fmt: skip
        for axis in (axes.xaxis, axes.yaxis):
            style.decimals(axis, lang, 1)
        axes.set_xlabel(
            {
                "nl": "Slechter als het ontbreekt (|slechter|)",
                "en": "Worse when absent (|worse|)",
            }[lang]
        )
        axes.set_ylabel({"nl": "Beter als het er is", "en": "Better when present"}[lang])
        style.quiet(axes, grid="")
        placing.names(axes, x, y, style.labels_of(table["term"], labels, lang, 22), lines=walls)
    told = {
        one: "; ".join(
            f"{wording.shown(term, labels, one)} ({apa.number(w, one)}, {apa.number(b, one)})"
            for term, w, b in zip(table["term"], x, y, strict=True)
        )
        for one in ("nl", "en")
    }
    alt = {
        "nl": f"Kano-vlak met {len(table)} kenmerken (slechter, beter): {told['nl']}.",
        "en": f"Kano grid with {len(table)} attributes (worse, better): {told['en']}.",
    }
    return style.finish(figure, result, alt)
