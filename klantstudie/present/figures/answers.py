"""How people answered: stacked bars of the answers to each item, and the net promoter score with its interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from klantstudie import apa
from klantstudie.present.figures import style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result


def answers(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    choices: Mapping[str, str] | None = None,
    neutral: str | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw the share of each answer per item as one bar of 100 %; from low (brown) to high (petrol).

    The result has one row per item (term) and answer (column answer or choice) with its `share`. `choices` gives the answers their
    labels. With `neutral` (an answer) the bars are shifted so that this answer stands around zero, which compares the
    positive with the negative side. References: Robbins and Heiberger (2011), Plotting Likert and other rating scales.
    """
    answer = "choice" if "choice" in result.table.columns else "answer"
    result = style.need(result, "term", answer, "share")
    table = result.table.assign(
        **{
            answer: result.table[answer].map(
                lambda value: f"{value:g}" if isinstance(value, float) else value
            )
        }
    )
    wide = table.pivot_table(index="term", columns=answer, values="share", sort=False, aggfunc="sum").fillna(
        0.0
    )
    wide = wide[_ordered(wide.columns)]
    colours = style.diverging(wide.shape[1])
    names = [(choices or {}).get(str(one), str(one)) for one in wide.columns]
    with style.drawing():
        terms = style.labels_of(wide.index, labels, lang)
        figure, axes = style.blank(width, 1.35 + style.row_height(terms, 0.36) * len(wide))
        start = _start(wide, neutral)
        for place, (column, colour) in enumerate(zip(wide.columns, colours, strict=True)):
            share = wide[column].to_numpy(float)
            axes.barh(range(len(wide)), share, left=start, height=0.72, color=colour, edgecolor=style.PAPER,
                      linewidth=0.6, label=style.plain_dollar(names[place]))  # fmt: skip
            for row in np.flatnonzero(share >= 0.055):
                axes.text(start[row] + share[row] / 2, row, apa.number(100 * share[row], lang, digits=0), ha="center",
                          va="center", fontsize=8, color=style.ink_on(colour))  # fmt: skip
            start = start + share
        if neutral is not None:
            axes.axvline(0, color=style.INK, linewidth=0.9)
            axes.xaxis.set_major_formatter(lambda value, _: apa.share(abs(value), lang, digits=0))
        else:
            axes.set_xlim(0, 1)
            style.decimals(axes.xaxis, lang, percent=True)
        axes.set_yticks(range(len(wide)), terms)
        axes.set_ylim(len(wide) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel({"nl": "Aandeel van de antwoorden", "en": "Share of the answers"}[lang])
        style.quiet(axes, grid="")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=min(wide.shape[1], 11), handlelength=0.9,
                    handleheight=0.9, columnspacing=0.9, handletextpad=0.35, borderaxespad=0.2)  # fmt: skip
    return style.finish(figure, result, {one: _alt(wide, names, one, labels) for one in ("nl", "en")})


def _ordered(columns: pd.Index) -> list:
    """Answers that are numbers in order of size; other answers as they came."""
    numbers = pd.to_numeric(pd.Series(columns), errors="coerce")
    if numbers.isna().any():
        return list(columns)
    return [columns[place] for place in np.argsort(numbers.to_numpy(), kind="stable")]


def _start(wide: pd.DataFrame, neutral: str | None) -> np.ndarray:
    if neutral is None:
        return np.zeros(len(wide))
    place = [str(column) for column in wide.columns].index(str(neutral))
    return -(wide.iloc[:, :place].sum(axis=1) + wide.iloc[:, place] / 2).to_numpy(float)


def _alt(wide: pd.DataFrame, names: list[str], lang: str, labels: Labels) -> str:
    lead = {
        "nl": f"Antwoorden op {wording.counted(len(wide), 'vraag', 'vragen')}, in procenten",
        "en": f"Answers to {wording.counted(len(wide), 'item', 'items')}, in per cent",
    }
    rows = []
    for term, row in list(wide.iterrows())[:8]:
        told = ", ".join(
            f"{name} {apa.number(100 * x, lang, digits=0)}" for name, x in zip(names, row, strict=True)
        )
        rows.append(f"{wording.shown(term, labels, lang)}: {told}")
    return f"{lead[lang]}. " + "; ".join(rows) + ("; …" if len(wide) > 8 else ".")


SCORE = {"nl": "Aanbevelingsscore (NPS)", "en": "Net promoter score"}


def nps(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw the net promoter score with its interval on its own scale from -100 to 100, one row for each group."""
    result = style.need(result, "term", "estimate", "conf_low", "conf_high")
    table = result.table[result.table["estimate"].notna()].reset_index(drop=True)
    names = wording.row_names(table, labels, lang)
    with style.drawing():
        figure, axes = style.blank(width, 0.95 + 0.42 * len(table))
        at, middle = np.arange(len(table)), table["estimate"].to_numpy(float)
        axes.barh(at, 200, left=-100, height=0.5, color=style.WASH, zorder=0)
        axes.axvline(0, color=style.MUTED, linewidth=0.9)
        axes.hlines(at, table["conf_low"], table["conf_high"], color=style.MAIN, linewidth=2.2)
        axes.plot(middle, at, "o", color=style.MAIN, markersize=8, markeredgecolor=style.PAPER)
        for place, value in zip(at, middle, strict=True):
            axes.annotate(apa.number(value, lang, digits=0), (value, place), xytext=(0, 7), textcoords="offset points",
                          ha="center", fontsize=9.5, fontweight="bold",
                bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip
        axes.set_yticks(at, names)
        axes.set_ylim(len(table) - 0.4, -0.75)
        axes.set_xlim(-100, 100)
        axes.set_xticks(range(-100, 101, 25))
        style.decimals(axes.xaxis, lang, 0)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        level = result.info.get("conf_level")
        axes.set_xlabel(SCORE[lang] + (f" ({apa.level_name(level, lang)})" if level else ""))
        style.quiet(axes, grid="")
    alt = {
        one: SCORE[one] + ". " + wording.ranking(result, table, "estimate", one, labels)
        for one in ("nl", "en")
    }
    return style.finish(figure, result, alt)
