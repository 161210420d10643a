"""The look of every figure: sizes, fonts, colours and axes; the only door to matplotlib and seaborn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from textwrap import fill
from typing import Any

import matplotlib
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from klantstudie import apa, vocabulary
from klantstudie.errors import InputError, option
from klantstudie.present.gate import gate
from klantstudie.present.labels import mapping, named
from klantstudie.result import Result

INK, MUTED, RULE, PAPER, WASH = "#1c2b33", "#5a6b75", "#d5dde1", "#ffffff", "#eef3f4"
# Petrol, ochre, plum, sky, brick, olive: told apart also with deuteranopia and protanopia (a test measures it).
PALETTE = ("#0b6477", "#d98a1f", "#4c1933", "#8cc5d8", "#bd3428", "#7f8f2a")
MAIN, SECOND, THIRD = PALETTE[:3]
# From negative to positive, for answers and correlations; brown to petrol stays readable without red and green.
LOW, MIDDLE, HIGH = "#a35a12", "#e9ecec", "#0b6477"
SIZES = {
    "column": 3.5,
    "page": 6.7,
    "slide": 10.0,
}  # inches: one column, two columns, a slide
MARKERS = ("o", "s", "D", "^", "v", "P")


@cache
def _family() -> str:
    folder = files("klantstudie.present") / "styles" / "fonts"
    name = "DejaVu Sans"
    for style in ("regular", "semibold", "italic"):
        with as_file(folder / f"sans-{style}.ttf") as path:
            font_manager.fontManager.addfont(str(path))
            name = font_manager.FontProperties(fname=str(path)).get_name()
    return name


def settings() -> dict[str, Any]:
    """Return matplotlib's settings of the house style."""
    grid = sns.axes_style("white")
    return {
        **{key: value for key, value in grid.items() if key in matplotlib.rcParams},
        "font.family": [_family(), "DejaVu Sans"],
        "font.size": 9.5,
        "axes.labelsize": 9.5,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "xtick.bottom": True,
        "ytick.left": True,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "svg.fonttype": "path",
        "mathtext.fontset": "dejavusans",
        "axes.unicode_minus": True,
    }


@contextmanager
def drawing(salt: str = "klantstudie") -> Iterator[None]:
    """Draw in the house style, with fixed ids in SVG files; settings outside are left as they were."""
    with matplotlib.rc_context({**settings(), "svg.hashsalt": salt}):
        yield


def blank(width: str | float = "page", height: float = 3.6) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes; the width is a name of SIZES or inches."""
    figure = Figure(figsize=(wide(width), height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    return figure, figure.add_subplot()


def two(
    width: str | float = "page",
    height: float = 3.6,
    *,
    ratio: tuple[float, float] = (1, 1),
    stacked: bool = False,
) -> tuple[Figure, Any]:
    """Make a figure with two pairs of axes, side by side or one above the other."""
    figure = Figure(figsize=(wide(width), height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    shape = {"nrows": 2, "height_ratios": ratio} if stacked else {"ncols": 2, "width_ratios": ratio}
    return figure, figure.subplots(**shape)


def wide(width: str | float) -> float:
    """Return a width in inches."""
    return SIZES[option("width", width, SIZES)] if isinstance(width, str) else float(width)


def ends(scale: tuple[float, float]) -> tuple[float, float]:
    """Return the ends of an answer scale with a little room, so that points on an end stay whole."""
    low, high = (float(end) for end in scale)
    if not low < high:
        raise InputError(f"scale takes the lowest and the highest answer, such as (1, 7); given: {scale!r}")
    room = 0.03 * (high - low)
    return low - room, high + room


def finish(figure: Figure, result: Result | None, alt: Mapping[str, str]) -> Figure:
    """Attach the alternative text in both languages and the kind of result to a figure."""
    plain = {
        lang: alt[lang].replace("\\$", "$") for lang in ("nl", "en")
    }  # a dollar is escaped in a drawing only
    figure.klantstudie_alt = {lang: " ".join(text.split()) for lang, text in plain.items()}
    figure.klantstudie_kind = result.kind if result is not None else "figure"
    return figure


def need(result: Result, *columns: str) -> Result:
    """Return what may be drawn of a Result; one that lacks a column the figure draws, or has no rows, is refused."""
    missing = [name for name in columns if name not in result.table.columns]
    if missing:
        raise InputError(
            f"{result.kind} has no column {missing}, which this figure draws; it has {list(result.table)}"
        )
    if result.table.empty:
        raise InputError(f"{result.kind} has no rows to draw")
    return gate(result)


def labels_of(
    values: Sequence[Any], labels: Mapping[str, str] | None, lang: str, width: int = 34
) -> list[str]:
    """Return readable labels, wrapped; words of the vocabulary are translated."""
    known = mapping(labels, lang)
    texts = [named(str(value), known, vocabulary.translate(str(value), lang)) for value in values]
    return [fill(plain_dollar(text), width, break_long_words=False) for text in texts]


def row_height(labels: Sequence[str], least: float = 0.34) -> float:
    """Return the inches that a row needs for the tallest of its labels."""
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    return max(least, 0.12 + 0.155 * lines)


def plain_dollar(text: str) -> str:
    """A dollar sign in survey text is a dollar sign, not mathematics."""
    return str(text).replace("$", r"\$")


def decimals(
    axis: Any,
    lang: str,
    digits: int | None = None,
    *,
    bounded: bool = False,
    percent: bool = False,
) -> None:
    """Write tick labels with the decimal sign of the language."""

    def write(value: float, _place: int) -> str:
        if percent:
            return apa.share(value, lang, digits=0 if digits is None else digits)
        places = digits if digits is not None else _places(axis)
        return apa.number(value, lang, digits=places, bounded=bounded)

    axis.set_major_formatter(FuncFormatter(write))


def _places(axis: Any) -> int:
    ticks = np.asarray(axis.get_majorticklocs(), dtype=float)
    steps = np.diff(ticks)
    steps = steps[steps > 0]
    step = float(steps.min()) if len(steps) else 1.0
    return next(
        (places for places in range(5) if np.allclose(step * 10**places, np.round(step * 10**places))),
        4,
    )


def quiet(axes: Axes, *, grid: str = "x") -> None:
    """Leave the axes with a light grid in one direction and no frame on the other side."""
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=RULE, linewidth=0.7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def diverging(steps: int) -> list[str]:
    """Return colours from negative (brown) over neutral to positive (petrol)."""
    colours = matplotlib.colors.LinearSegmentedColormap.from_list(
        "answers", [LOW, "#d9ab76", MIDDLE, "#7fb0bb", HIGH]
    )
    return (
        [matplotlib.colors.to_hex(colours(place)) for place in np.linspace(0, 1, steps)]
        if steps > 1
        else [MIDDLE]
    )


def diverging_map() -> Any:
    """Return the diverging colours as a continuous map."""
    return matplotlib.colors.LinearSegmentedColormap.from_list(
        "house", [LOW, "#d9ab76", "#fafafa", "#7fb0bb", HIGH]
    )


def sequential_map() -> Any:
    """Return colours from light to petrol for amounts."""
    return matplotlib.colors.LinearSegmentedColormap.from_list(
        "amount", ["#f3f6f4", "#a9cdd1", "#4f97a5", HIGH]
    )


def ink_on(colour: str) -> str:
    """Return the text colour that reads on a coloured field."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in matplotlib.colors.to_rgb(colour)
    )
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return PAPER if 1.05 / (light + 0.05) > (light + 0.05) / 0.062 else INK
