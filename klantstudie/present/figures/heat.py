"""Tables of numbers as coloured fields: correlations, HTMT and loadings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klantstudie import apa
from klantstudie.present.figures import style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.present.pairs import ends
from klantstudie.result import Result


def correlations(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw correlations as the lower triangle of a heat map from -1 (brown) to 1 (petrol), each with its number.

    A row of the result names its two columns in `term` and `group`, or in `term` as "a ~~ b".
    """
    square = _square(result, column, part)
    return _field(
        result,
        square,
        lang,
        labels,
        width,
        triangle=True,
        limits=(-1.0, 1.0),
        bounded=True,
    )


def htmt(
    result: Result,
    *,
    lang: str = "nl",
    part: str = "htmt",
    labels: Labels = None,
    width: str | float = "column",
) -> Figure:
    """Draw the heterotrait-monotrait ratios as a heat map from 0 to 1; values from .85 have a frame.

    References: Henseler, Ringle and Sarstedt (2015), Journal of the Academy of Marketing Science 43.
    """
    square = _square(result, "estimate", part if "part" in result.table.columns else None)
    return _field(
        result,
        square,
        lang,
        labels,
        width,
        triangle=True,
        limits=(0.0, 1.0),
        bounded=result.is_bounded("estimate", part),
        frame=0.85,
    )


def loadings(
    result: Result,
    *,
    lang: str = "nl",
    column: str = "estimate",
    part: str | None = None,
    labels: Labels = None,
    frame: float = 0.4,
    width: str | float = "page",
) -> Figure:
    """Draw the loading of each item on each factor; loadings of at least `frame` in size have a frame.

    A row of the result names the item in `term` and the factor in `group`, or in `term` as "factor =~ item".
    """
    result = style.need(result, "term", column)
    table = result.table if part is None else result.table[result.table["part"] == part]
    pairs = ends(table, "=~")
    wide = pd.DataFrame(
        index=list(dict.fromkeys(pairs[0])),
        columns=list(dict.fromkeys(pairs[1])),
        dtype=float,
    )
    for row, col, value in zip(*pairs, table[column], strict=True):
        wide.loc[row, col] = value
    return _field(
        result,
        wide,
        lang,
        labels,
        width,
        triangle=False,
        limits=(-1.0, 1.0),
        bounded=result.is_bounded(column, part or ""),
        frame=frame,
    )


def _square(result: Result, column: str, part: str | None) -> pd.DataFrame:
    result = style.need(result, "term", column)
    table = result.table if part is None else result.table[result.table["part"] == part]
    if table.empty:
        raise style.InputError(f"{result.kind} has no rows with part '{part}'")
    first, second = ends(table, "~~")
    names = list(dict.fromkeys([*(name for pair in zip(first, second, strict=True) for name in pair)]))
    square = pd.DataFrame(np.nan, index=names, columns=names)
    for one, other, value in zip(first, second, table[column], strict=True):
        square.loc[one, other] = square.loc[other, one] = value
    return square


def _field(
    result: Result,
    wide: pd.DataFrame,
    lang: str,
    labels: Labels,
    width: str | float,
    *,
    triangle: bool,
    limits: tuple[float, float],
    bounded: bool,
    frame: float | None = None,
) -> Figure:
    values = wide.to_numpy(float)
    if triangle:
        values = np.where(np.tri(*values.shape, k=-1, dtype=bool), values, np.nan)[1:, :-1]
    rows, columns = list(wide.index), list(wide.columns)
    if triangle:
        rows, columns = rows[1:], columns[:-1]
    colours = style.diverging_map()
    with style.drawing():
        inches = max(min(style.wide(width), 2.2 + 1.1 * len(columns)), 3.4)  # few columns make a small field
        figure, axes = style.blank(inches, min(1.2 + 0.36 * len(rows), 9.0))
        low = limits[0] if limits[0] < 0 else -limits[1]
        axes.pcolormesh(
            values,
            cmap=colours,
            vmin=low,
            vmax=limits[1],
            edgecolors=style.PAPER,
            linewidth=1.2,
        )
        size = 8.5 if len(columns) <= 12 else 6.5
        for row, col in np.argwhere(~np.isnan(values)):
            shade = style.matplotlib.colors.to_hex(
                colours((np.clip(values[row, col], low, limits[1]) - low) / (limits[1] - low))
            )
            strong = frame is not None and abs(values[row, col]) >= frame
            axes.text(col + 0.5, row + 0.5, apa.number(values[row, col], lang, bounded=bounded), ha="center", va="center",
                      fontsize=size, color=style.ink_on(shade), fontweight="bold" if strong else "normal")  # fmt: skip
            if strong:
                axes.add_patch(style.matplotlib.patches.Rectangle((col, row), 1, 1, fill=False, edgecolor=style.INK,
                                                                  linewidth=1.2, clip_on=False))  # fmt: skip
        axes.set_yticks(np.arange(len(rows)) + 0.5, style.labels_of(rows, labels, lang, 26))
        long = (
            max(
                (len(wording.shown(name, labels, lang)) for name in columns),
                default=0,
            )
            > 8
            or len(columns) > 8
        )
        axes.set_xticks(np.arange(len(columns)) + 0.5, style.labels_of(columns, labels, lang, 18),
                        rotation=45 if long else 0, ha="right" if long else "center", rotation_mode="anchor")  # fmt: skip
        axes.invert_yaxis()
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    return style.finish(figure, result, _alt(values, rows, columns, labels, bounded))


def _alt(
    values: np.ndarray,
    rows: Sequence,
    columns: Sequence,
    labels: Labels,
    bounded: bool,
) -> dict[str, str]:
    known = [
        (abs(values[r, c]), values[r, c], rows[r], columns[c]) for r, c in np.argwhere(~np.isnan(values))
    ]
    known.sort(key=lambda one: -one[0])
    texts = {}
    for lang in ("nl", "en"):
        told = "; ".join(
            f"{wording.shown(row, labels, lang)} – {wording.shown(col, labels, lang)} {apa.number(value, lang, bounded=bounded)}"
            for _, value, row, col in known[:5]
        )
        head = {
            "nl": f"Veld van {len(known)} waarden. Grootste",
            "en": f"Field of {len(known)} values. Largest",
        }[lang]
        texts[lang] = f"{head}: {told}."
    return texts
