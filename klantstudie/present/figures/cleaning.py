"""What happened to the cases: the exclusion waterfall and the map of missing answers."""

from __future__ import annotations

import numpy as np

from klantstudie import apa
from klantstudie.present.figures import style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result


def waterfall(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw how many cases each exclusion rule left; rows in the order in which the rules were applied."""
    result = style.need(result, "term", "n", "n_excluded")
    table = result.table.reset_index(drop=True)
    left, lost = (
        table["n"].to_numpy(float),
        table["n_excluded"].fillna(0).to_numpy(float),
    )
    with style.drawing():
        figure, axes = style.blank(width, 1.0 + 0.42 * len(table))
        at = np.arange(len(table))
        axes.barh(at, left, height=0.6, color=style.MAIN, zorder=2)
        axes.barh(at, lost, left=left, height=0.6, color=style.SECOND, hatch="///", edgecolor=style.PAPER,
                  linewidth=0, zorder=2)  # fmt: skip
        reach = float((left + lost).max())
        for place in at:
            text = apa.count(left[place], lang)
            if lost[place]:
                text += f"  (−{apa.count(lost[place], lang)})"
            axes.text(
                left[place] + lost[place] + 0.012 * reach,
                place,
                text,
                va="center",
                fontsize=9,
            )
        axes.set_xlim(0, reach * 1.16)
        axes.set_yticks(at, style.labels_of(table["term"], labels, lang))
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        style.decimals(axes.xaxis, lang)
        axes.xaxis.set_major_locator(style.matplotlib.ticker.MaxNLocator(integer=True, nbins=6))
        axes.xaxis.set_major_formatter(lambda value, _: apa.count(value, lang))
        axes.set_xlabel(
            {
                "nl": "Aantal gevallen (gearceerd: uitgesloten)",
                "en": "Number of cases (hatched: excluded)",
            }[lang]
        )
        style.quiet(axes, grid="")
    alt = {}
    for one in ("nl", "en"):
        of = {"nl": "over", "en": "left"}[one]
        steps = "; ".join(
            f"{wording.shown(term, labels, one)}: −{apa.count(x, one)}, {apa.count(n, one)} {of}"
            for term, x, n in zip(table["term"], lost, left, strict=True)
        )
        alt[one] = (
            {
                "nl": f"Uitsluiting in {len(table)} stappen. ",
                "en": f"Exclusion in {len(table)} steps. ",
            }[one]
            + steps
            + "."
        )
    return style.finish(figure, result, alt)


def missing(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw the share of missing answers of each item, from most to least, as many as fit on one page; the rest is counted."""
    result = style.need(result, "term", "n", "n_missing")
    table = result.table[result.table["n_missing"].notna()].reset_index(drop=True)
    total = (table["n"] + table["n_missing"]).to_numpy(float)
    share = np.divide(
        table["n_missing"].to_numpy(float),
        total,
        out=np.zeros(len(table)),
        where=total > 0,
    )
    order = [place for place in np.argsort(-share, kind="stable") if share[place] > 0]
    having, whole = len(order), int((share == 0).sum())
    names = style.labels_of(table["term"].iloc[order], labels, lang)
    fitting = int(TALL / style.row_height(names, 0.3))
    order, names = order[:fitting], names[:fitting]
    with style.drawing():
        figure, axes = style.blank(width, 1.0 + style.row_height(names, 0.3) * max(len(order), 1))
        at = np.arange(len(order))
        axes.barh(at, share[order], height=0.62, color=style.MAIN)
        for place, item in enumerate(order):
            axes.text(share[item], place, f" {apa.share(share[item], lang)} ({apa.count(table['n_missing'][item], lang)})",
                      va="center", fontsize=8.5)  # fmt: skip
        axes.set_xlim(0, max(float(share.max()) * 1.25, 0.05))
        axes.set_yticks(at, names)
        axes.set_ylim(max(len(order), 1) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        style.decimals(axes.xaxis, lang, percent=True)
        rest = {
            "nl": f"; {whole} items zonder ontbrekende antwoorden",
            "en": f"; {whole} items without missing answers",
        }
        most = {
            "nl": f"; de {len(order)} met de meeste van {having}",
            "en": f"; the {len(order)} with most of {having}",
        }
        axes.set_xlabel(
            {"nl": "Aandeel ontbrekende antwoorden", "en": "Share of missing answers"}[lang]
            + (most[lang] if having > len(order) else "")
            + (rest[lang] if whole else "")
        )
        style.quiet(axes)
    alt = {}
    for one in ("nl", "en"):
        told = "; ".join(
            f"{wording.shown(table['term'][item], labels, one)} {apa.share(share[item], one)}"
            for item in order[:8]
        )
        alt[one] = {
            "nl": f"Ontbrekende antwoorden: {wording.counted(having, 'item', 'items')} met, {whole} zonder. Meeste: {told}.",
            "en": f"Missing answers: {wording.counted(having, 'item', 'items')} with, {whole} without. Most: {told}.",
        }[one]
    return style.finish(figure, result, alt)


TALL = 5.4  # inches that the bars may take, so that the text before them fits on their page
PATTERNS, COLUMNS, LETTERS = 15, 40, 56  # rows, columns and letters of a name that stay readable on the map


def missing_map(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw which answers are missing together: a row a pattern, most frequent first, a column an item that lacks any
    in these patterns; items that lack answers in rarer patterns only are counted.
    """
    result = style.need(result, "term", "part", "n", "share")
    table = result.table
    items = table[(table["part"] == "item") & (table["n_missing"] > 0)]
    rows = table[(table["part"] == "pattern") & (table["term"] != "other_patterns")].head(PATTERNS)
    gone = [set(str(term).split(", ")) for term in rows["term"]]
    here = items[items["term"].isin(set().union(*gone))]
    kept = sorted(here.sort_values("n_missing", ascending=False, kind="stable").head(COLUMNS).index)
    listed, rest = [str(term) for term in table.loc[kept, "term"]], len(items) - len(kept)
    cells = np.array([[item in names for item in listed] for names in gone], dtype=float)
    counts = [
        f"{apa.count(n, lang)} ({apa.share(share, lang)})"
        for n, share in zip(rows["n"], rows["share"], strict=True)
    ]
    with style.drawing():
        names = [_short(name) for name in style.labels_of(listed, labels, lang, 99)]
        deep = 0.07 * max(map(len, names), default=0)  # inches that the longest name takes, upright
        figure, axes = style.blank(width, 0.7 + deep + 0.26 * max(len(rows), 2))
        at = np.arange(len(rows))
        for place, known in enumerate(cells):
            across = np.arange(len(listed))
            axes.scatter(across[known == 0], np.full((known == 0).sum(), place), s=8, color=style.RULE)
            axes.scatter(
                across[known == 1], np.full((known == 1).sum(), place), s=42, marker="s", color=style.SECOND
            )
        axes.set_yticks(at, counts)
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.set_xlim(-0.7, max(len(listed), 1) - 0.3)
        axes.set_xticks(np.arange(len(listed)), names, rotation=90,
                        fontsize=8.5 if len(listed) <= 20 else 7.5)  # fmt: skip
        axes.tick_params(axis="both", length=0)
        axes.set_ylabel({"nl": "Respondenten met dit patroon", "en": "Respondents with this pattern"}[lang])
        if rest:
            axes.set_xlabel({"nl": f"De overige {rest} vragen ontbreken alleen in zeldzamer patronen",
                             "en": f"The other {rest} items are missing in rarer patterns only"}[lang])  # fmt: skip
        style.quiet(axes, grid="")
    alt = {}
    for one in ("nl", "en"):
        told = "; ".join(
            f"{', '.join(wording.shown(name, labels, one) for name in str(term).split(', '))} {apa.count(n, one)}"
            for term, n in list(zip(rows["term"], rows["n"], strict=True))[:6]
        )
        alt[one] = {
            "nl": f"Kaart van ontbrekende antwoorden: {len(rows)} patronen over {len(listed)} vragen. Vaakst: {told}.",
            "en": f"Map of missing answers: {len(rows)} patterns over {len(listed)} items. Most frequent: {told}.",
        }[one]
    return style.finish(figure, result, alt)


def _short(name: str) -> str:
    """A name that is too long loses its middle, since names of items often differ at their end."""
    half = (LETTERS - 1) // 2
    return name if len(name) <= LETTERS else f"{name[:half].rstrip()}…{name[-half:].lstrip()}"
