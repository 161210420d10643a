"""Boxes and arrows of a path diagram: which box stands where, and arrows that stop at the edge of a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np

from klantstudie.present.figures import style

Places = Mapping[str, tuple[float, float]]
WIDE, HIGH = 0.86, 0.32  # half a box, in units of one column and one row
COLUMN, ROW = 2.65, 1.35


def layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Place each node in the column after its farthest cause, and centre each column; a circle ends in its own column."""
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for start, end in edges:
            if start != end and depth[end] <= depth[start] < len(nodes):
                depth[end] = depth[start] + 1
    most = max(depth.values())
    for node in nodes:  # a node without causes stands right before what it points to
        if not any(end == node for _, end in edges):
            after = [depth[end] for start, end in edges if start == node]
            depth[node] = min(after) - 1 if after else most
    places = {}
    for column in range(most + 1):
        inside = [node for node in nodes if depth[node] == column]
        for row, node in enumerate(inside):
            places[node] = (float(column), (len(inside) - 1) / 2 - row)
    return _apart(places, edges)


def _apart(
    places: dict[str, tuple[float, float]], edges: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """Lift a box that a straight arrow between two others would run through."""
    for start, end in edges:
        (x0, y0), (x1, y1) = places[start], places[end]
        for node, (x, y) in places.items():
            if min(x0, x1) < x < max(x0, x1):
                line = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
                if abs(line - y) < 0.45:
                    places[node] = (x, y + (0.8 if y >= line else -0.8))
    return places


def boxes(axes: style.Axes, places: Places, names: Mapping[str, str]) -> None:
    """Draw a named box at each place."""
    for node, (x, y) in places.items():
        box = style.matplotlib.patches.FancyBboxPatch(
            (x * COLUMN - WIDE, y * ROW - HIGH), 2 * WIDE, 2 * HIGH, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=style.WASH, edgecolor=style.MAIN, linewidth=1.2, zorder=3,
        )  # fmt: skip
        axes.add_patch(box)
        text = fill(style.plain_dollar(names[node]), 16)
        crowded = max(len(line) for line in text.split("\n")) > 14 or text.count("\n") > 1
        size = {True: 7.0, False: 8.5}[crowded] - (0.5 if len({x for x, _ in places.values()}) > 4 else 0)
        longest = max(len(line) for line in text.split("\n"))
        size = min(size, max(5.0, 2 * WIDE * 72 * _inch(axes, places) / (0.54 * longest)))
        axes.text(x * COLUMN, y * ROW, text, ha="center", va="center", fontsize=size, zorder=4)


def arrow(axes: style.Axes, places: Places, start: str, end: str, text: str, *, firm: bool) -> None:
    """Draw an arrow from box to box with its number; a path that may be zero is thin and dashed."""
    (x0, y0), (x1, y1) = ((x * COLUMN, y * ROW) for x, y in (places[start], places[end]))
    a, b = _edge(x0, y0, x1, y1), _edge(x1, y1, x0, y0)
    colour = style.MAIN if firm else style.MUTED
    short = abs(b[0] - a[0]) * _inch(axes, places) < 0.6  # no room for a number on the arrow itself
    axes.annotate(
        "", b, a, zorder=2,
        arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.7 if firm else 1.0,
                    "mutation_scale": 9 if short else 13,
                    "linestyle": "-" if firm else (0, (4, 3)), "shrinkA": 0, "shrinkB": 1},
    )  # fmt: skip
    far = abs(places[end][0] - places[start][0]) > 1
    level = abs(b[1] - a[1]) < 0.1
    at = 0.42 if far else 0.5 if level or not short else 0.3  # before the middle, where arrows cross
    place = a[0] + at * (b[0] - a[0]), a[1] + at * (b[1] - a[1])
    above = short and level
    paper = None if above else {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.6 if short else 1.5}
    axes.annotate(text, place, (0, 3 if above else 0), textcoords="offset points", ha="center",
                  va="bottom" if above else "center", fontsize=7.5 if short else 9, zorder=5, bbox=paper,
                  color=style.INK if firm else style.MUTED, fontweight="bold" if firm else "normal")  # fmt: skip


def _inch(axes: style.Axes, places: Places) -> float:
    """The inches that one unit of the drawing is wide."""
    across = [x for x, _ in places.values()]
    return axes.figure.get_figwidth() * 0.98 / ((max(across) - min(across)) * COLUMN + 2 * WIDE + 0.2)


def _edge(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
    """The point on the edge of the first box where a line to the second leaves it."""
    dx, dy = x1 - x0, y1 - y0
    ways = [WIDE / abs(dx) if dx else np.inf, HIGH / abs(dy) if dy else np.inf]
    return x0 + dx * min(ways), y0 + dy * min(ways)


def close(axes: style.Axes, places: Places) -> None:
    """Frame the drawing and take the axes away."""
    x, y = zip(*places.values(), strict=True)
    axes.set_xlim(min(x) * COLUMN - WIDE - 0.1, max(x) * COLUMN + WIDE + 0.1)
    axes.set_ylim(min(y) * ROW - HIGH - 0.15, max(y) * ROW + HIGH + 0.15)
    axes.set_axis_off()
