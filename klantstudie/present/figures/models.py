"""Pictures of models: response surface, conditional effect of a moderator, and path diagram."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from klantstudie import apa
from klantstudie.present.figures import drawing, style, wording
from klantstudie.present.figures.style import Figure
from klantstudie.present.labels import Labels
from klantstudie.result import Result


def surface(
    result: Result,
    *,
    lang: str = "nl",
    names: tuple[str, str, str] | None = None,
    span: tuple[float, float] | None = None,
    width: str | float = "page",
) -> Figure:
    """Draw the response surface from above, with the lines of congruence (y = x) and incongruence (y = −x).

    `names` are the expectation, the perception and the outcome as printed; `span` the ends of both centred axes
    (those of the data by default). Only what the data cover is worth reading. References: Edwards and Parry (1993).
    """
    result = style.need(result, "term", "estimate")
    b = [float(result.row(f"b{place}")["estimate"]) for place in range(6)]
    low, high = span or _span(result)
    words = {"nl": ("Verwachting (gecentreerd)", "Ervaring (gecentreerd)", "Voorspelde uitkomst"),
             "en": ("Expectation (centred)", "Experience (centred)", "Predicted outcome")}  # fmt: skip
    x_name, y_name, z_name = names or words[lang]
    grid = np.linspace(low, high, 121)
    parted = grid[(-grid >= low) & (-grid <= high)]  # the line y = −x as far as it lies within the span

    def predicted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return b[0] + b[1] * x + b[2] * y + b[3] * x**2 + b[4] * x * y + b[5] * y**2

    with style.drawing():
        figure, (left, right) = style.two(width, 3.5, ratio=(1.25, 1))
        x, y = np.meshgrid(grid, grid)
        filled = left.contourf(x, y, predicted(x, y), levels=9, cmap=style.sequential_map())
        _data_box(left, result)
        left.plot(grid, grid, color=style.INK, linewidth=1.2)
        left.plot(parted, -parted, color=style.INK, linewidth=1.2, linestyle=(0, (4, 3)))
        left.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        left.set_xlabel(x_name)
        left.set_ylabel(y_name)
        bar = figure.colorbar(filled, ax=left, shrink=0.85, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(z_name)
        style.decimals(bar.ax.yaxis, lang)
        agree, part = {"nl": ("overeenstemming", "tegenstelling"), "en": ("congruence", "incongruence")}[lang]
        right.plot(grid, predicted(grid, grid), color=style.MAIN, linewidth=1.8, label=agree)
        right.plot(
            parted,
            predicted(parted, -parted),
            color=style.SECOND,
            linewidth=1.8,
            linestyle=(0, (4, 3)),
            label=part,
        )
        right.axvline(0, color=style.RULE, linewidth=0.9, zorder=0)
        right.set_xlabel(x_name)
        right.set_ylabel(z_name)
        for axis in (left.xaxis, left.yaxis, right.xaxis, right.yaxis):
            style.decimals(axis, lang)
        style.quiet(right, grid="y")
        wording.legend_above(right, 1)
    return style.finish(figure, result, {one: _surface_alt(result, one) for one in ("nl", "en")})


def _span(result: Result) -> tuple[float, float]:
    ranges = result.info.get("ranges")
    if not ranges:
        return -2.0, 2.0
    reach = max(abs(float(end)) for pair in ranges for end in pair)
    return -reach, reach


def _data_box(axes: style.Axes, result: Result) -> None:
    """Mark the rectangle that the data cover; the surface outside it is extrapolation."""
    ranges = result.info.get("ranges")
    if not ranges:
        return
    (x0, x1), (y0, y1) = ranges
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=style.PAPER, linewidth=2.4)
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=style.MUTED, linewidth=0.9, linestyle=":")


def _surface_alt(result: Result, lang: str) -> str:
    told = []
    for name in ("a1", "a2", "a3", "a4"):
        if (result.table["term"] == name).any():
            row = result.row(name)
            told.append(f"{name} = {apa.number(row['estimate'], lang)}{wording.between(row, 'conf', lang)}")
    head = {
        "nl": "Responsoppervlak van bovenaf met de lijn van overeenstemming en die van tegenstelling",
        "en": "Response surface from above with the line of congruence and that of incongruence",
    }[lang]
    return f"{head}: {', '.join(told)}." if told else f"{head}."


def interaction(
    result: Result,
    *,
    lang: str = "nl",
    moderator: str = "",
    labels: Labels = None,
    width: str | float = "page",
) -> Figure:
    """Draw the effect of a predictor over the values of a moderator with its band; where it differs from zero is shaded.

    Takes the `johnson_neyman` result (part = curve and bound). References: Johnson and Neyman (1936); Bauer and Curran
    (2005), Multivariate Behavioral Research 40.
    """
    result = style.need(result, "term", "moderator", "estimate", "conf_low", "conf_high")
    table = result.table
    curve = table[table["part"] == "curve"] if "part" in table.columns else table
    curve = curve.sort_values("moderator")
    if len(curve) < 2:
        raise style.InputError(f"{result.kind} has no curve to draw: it needs rows with part 'curve'")
    x, y = curve["moderator"].to_numpy(float), curve["estimate"].to_numpy(float)
    low, high = curve["conf_low"].to_numpy(float), curve["conf_high"].to_numpy(float)
    bounds = (
        table.loc[table["part"] == "bound", "moderator"].to_numpy(float)
        if "part" in table.columns
        else np.array([])
    )
    bounds = bounds[(bounds >= x.min()) & (bounds <= x.max())]  # a bound where no case lies cannot be drawn
    term = wording.shown(curve["term"].iloc[0], labels, lang)
    name = (
        wording.shown(moderator, labels, lang) if moderator else {"nl": "Moderator", "en": "Moderator"}[lang]
    )
    with style.drawing():
        figure, axes = style.blank(width, 3.5)
        dense = np.linspace(x.min(), x.max(), 400)
        below, above = np.interp(dense, x, low), np.interp(dense, x, high)
        clear = (below > 0) | (above < 0)
        axes.fill_between(dense, below, above, color=style.RULE, linewidth=0)
        axes.fill_between(dense, below, above, where=clear, color=style.MAIN, alpha=0.35, linewidth=0)
        axes.plot(x, y, color=style.MAIN, linewidth=1.8)
        axes.axhline(0, color=style.INK, linewidth=0.9)
        for bound in bounds:
            axes.axvline(bound, color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(apa.number(bound, lang), (bound, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                          textcoords="offset points", ha="center", fontsize=8.5, color=style.MUTED)  # fmt: skip
        axes.set_xlim(x.min(), x.max())
        axes.set_xlabel(name)
        level = result.info.get("conf_level")
        effect = {"nl": f"Helling van {term}", "en": f"Slope of {term}"}[lang]
        axes.set_ylabel(effect + (f" ({apa.level_name(level, lang)})" if level else ""))
        for axis in (axes.xaxis, axes.yaxis):
            style.decimals(axis, lang)
        style.quiet(axes, grid="y")
    alt = {}
    for one in ("nl", "en"):
        ends = ", ".join(apa.number(bound, one) for bound in bounds) or {"nl": "geen", "en": "none"}[one]
        alt[one] = {
            "nl": f"Helling van {term} bij moderatorwaarden van {apa.number(x[0], 'nl')} tot {apa.number(x[-1], 'nl')}: van "
            f"{apa.number(y[0], 'nl')} tot {apa.number(y[-1], 'nl')}. Grenzen van significantie: {ends}.",
            "en": f"Slope of {term} at moderator values from {apa.number(x[0], 'en')} to {apa.number(x[-1], 'en')}: from "
            f"{apa.number(y[0], 'en')} to {apa.number(y[-1], 'en')}. Bounds of significance: {ends}.",
        }[one]
    return style.finish(figure, result, alt)


ARROW = re.compile(r"^\s*(?P<a>.+?)\s*(?P<sign>->|=~|~~|~|→)\s*(?P<b>.+?)\s*$")


FEW, ROOMY = 3, 5.0  # with so few paths, in a figure so wide (inches), there is room for their intervals


def path_diagram(
    result: Result,
    *,
    lang: str = "nl",
    labels: Labels = None,
    column: str = "estimate",
    roles: tuple[str, str] = ("X", "Y"),
    width: str | float = "page",
) -> Figure:
    """Draw the paths of a model from left to right with their estimates; a dashed path's interval includes zero.

    In a figure of page width up to three paths, as of a mediation, have their intervals.

    Reads "a -> b" (PLS), "y ~ x" (SEM) and the terms of a mediation (a, b, d, direct; `roles` then names x and y).
    Loadings are left to a table. `column="standardized"` prints standardised estimates.
    """
    result = style.need(result, "term", column)
    edges = _edges(result, column, roles)
    if not edges:
        raise style.InputError(f"{result.kind} has no paths to draw")
    nodes = list(dict.fromkeys(name for edge in edges for name in edge[:2]))
    across = drawing.layers(nodes, [(a, b) for a, b, *_ in edges])
    places = drawing.turned(across, style.wide(width))
    down = places != across
    rows = np.ptp([y for _, y in places.values()]) + 1
    roomy = len(edges) <= FEW and style.wide(width) >= ROOMY
    height = 0.82 * rows + 0.3 if down else (1.45 if roomy else 1.05) * rows + 0.5
    with style.drawing():
        figure, axes = style.blank(width, max(2.2, height))
        drawing.boxes(axes, places, {name: wording.shown(name, labels, lang) for name in nodes})
        bounded = column == "standardized" or result.is_bounded("estimate", "path")
        taken: list[tuple[float, float]] = []
        for start, end, value, low, high in edges:
            text = apa.number(value, lang, bounded=bounded)
            if roomy and not np.isnan(low):
                text += f"\n{apa.interval(low, high, lang, bounded=bounded)}"
            firm = np.isnan(low) or low > 0 or high < 0
            drawing.arrow(axes, places, start, end, text, firm=firm, down=down, taken=taken)
        drawing.close(axes, places)
    told = {
        one: "; ".join(
            f"{wording.shown(a, labels, one)} → {wording.shown(b, labels, one)} {apa.number(value, one, bounded=bounded)}"
            + ("" if np.isnan(low) else f" {apa.interval(low, high, one, bounded=bounded)}")
            for a, b, value, low, high in edges
        )
        for one in ("nl", "en")
    }
    alt = {
        "nl": f"Padmodel met {len(edges)} paden: {told['nl']}.",
        "en": f"Path model with {len(edges)} paths: {told['en']}.",
    }
    return style.finish(figure, result, alt)


def _edges(result: Result, column: str, roles: tuple[str, str]) -> list[tuple[str, str, float, float, float]]:
    """Return (from, to, value, low, high) of each path; standardised values have no interval here."""
    table = result.table
    if "part" in table.columns and table["part"].isin(["path", "regression"]).any():
        table = table[table["part"].isin(["path", "regression"])]
    found = []
    for _, row in table.iterrows():
        ends = _ends(str(row["term"]), roles)
        if ends is None or pd.isna(row[column]):
            continue
        whole = column == "estimate" and "conf_low" in table.columns
        low, high = (float(row["conf_low"]), float(row["conf_high"])) if whole else (np.nan, np.nan)
        found.append((*ends, float(row[column]), low, high))
    return found


def _ends(term: str, roles: tuple[str, str]) -> tuple[str, str] | None:
    x, y = roles
    if term == "direct":
        return x, y
    kind, _, rest = term.partition(":")
    if kind in ("a", "b", "d") or term in ("a", "b"):
        middle = rest or "M"
        if kind == "d" and ">" in middle:
            first, second = middle.split(">", 1)
            return first, second
        return (x, middle) if kind == "a" else (middle, y)
    match = ARROW.match(term)
    if match is None or match["sign"] in ("~~", "=~"):
        return None
    return (match["b"], match["a"]) if match["sign"] == "~" else (match["a"], match["b"])
