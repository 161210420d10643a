"""Boxes and arrows of a path diagram: which box stands where, and arrows that stop at the edge of a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from textwrap import fill

import numpy as np

from klantstudie.present.figures import style

Places = Mapping[str, tuple[float, float]]
WIDE, HIGH = 0.86, 0.32  # half a box, in units of one column and one row
COLUMN, ROW = 2.65, 1.35
CLEAR, BESIDE = 0.8, 0.45  # rows from box to box in one column, and from a box to an arrow that passes it
LONG = 0.3  # half a box along the paths, in columns
ASIDE = (
    -0.14,
    0.14,
    -0.22,
    0.22,
)  # how far a number moves along its arrow, as a share, when another is in its way
NARROW = 0.8  # inches: in a narrower box a name becomes too small to read


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


def _apart(places: Places, edges: Sequence[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Move boxes until no arrow between two others runs through one: the boxes in the way first, or the best one."""
    steps = [CLEAR * step / 2 for step in range(6, -7, -1)]

    def badness(tried: Places) -> tuple[int, float]:
        return _clashes(tried, edges), sum(y**2 for _, y in tried.values())

    def better(known: Places, nodes: Sequence[str]) -> dict[str, tuple[float, float]]:
        tried = [{**known, node: (known[node][0], known[node][1] + step)} for node in nodes for step in steps]
        return min(tried, key=badness)

    first, last = dict(places), max(x for x, _ in places.values())
    for node in (node for node, (x, _) in places.items() if 0 < x < last):
        first = better(first, [node])
    found = [first, dict(places)]
    for k, known in enumerate(found):
        while badness(new := better(known, list(places))) < badness(known):
            known = found[k] = new
    return min(found, key=badness)


def _clashes(places: Places, edges: Sequence[tuple[str, str]]) -> int:
    """How often an arrow runs through a box, or two boxes of a column stand too close."""
    found = 0
    for start, end in edges:
        (x0, y0), (x1, y1) = sorted((places[start], places[end]))
        for x, y in places.values():
            if x0 < x < x1:
                slope = (y1 - y0) / (x1 - x0)
                away = y0 + slope * (x - x0) - y
                found += abs(away) < BESIDE + abs(slope) * LONG
    for (x0, y0), (x1, y1) in combinations(places.values(), 2):
        found += 2 * (x0 == x1 and abs(y0 - y1) < CLEAR - 1e-9)
    return found


def turned(places: Places, width: float) -> dict[str, tuple[float, float]]:
    """Let the paths run from top to bottom when the boxes of that many columns would be too narrow for their names."""
    columns, rows = (np.ptp(ways) for ways in zip(*places.values(), strict=True))
    if rows >= columns or 2 * WIDE * _inch(width, places) >= NARROW:
        return dict(places)
    return {node: (-y, -x) for node, (x, y) in places.items()}


def boxes(axes: style.Axes, places: Places, names: Mapping[str, str]) -> None:
    """Draw a named box at each place."""
    for node, (x, y) in places.items():
        box = style.matplotlib.patches.FancyBboxPatch(
            (x * COLUMN - WIDE, y * ROW - HIGH), 2 * WIDE, 2 * HIGH, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=style.WASH, edgecolor=style.MAIN, linewidth=1.2, zorder=3,
        )  # fmt: skip
        axes.add_patch(box)
        text = fill(style.plain_dollar(names[node]), 16, break_long_words=False)
        crowded = max(len(line) for line in text.split("\n")) > 14 or text.count("\n") > 1
        size = 7.5 if crowded else 8.5
        longest = max(len(line) for line in text.split("\n"))
        room = 2 * WIDE * _inch(axes.figure.get_figwidth(), places)
        size = min(size, max(5.0, 72 * room / (0.54 * longest)))
        axes.text(x * COLUMN, y * ROW, text, ha="center", va="center", fontsize=size, zorder=4)


def arrow(
    axes: style.Axes, places: Places, start: str, end: str, text: str, *, firm: bool, down: bool, taken: list
) -> None:
    """Draw an arrow from box to box with its number, clear of the numbers in `taken`, where its place is added; a path
    that may be zero is thin and dashed.
    """
    (x0, y0), (x1, y1) = ((x * COLUMN, y * ROW) for x, y in (places[start], places[end]))
    a, b = _edge(x0, y0, x1, y1, down), _edge(x1, y1, x0, y0, down)
    colour = style.MAIN if firm else style.MUTED
    # whether there is no room for a number on the arrow itself
    short = not down and abs(b[0] - a[0]) * _inch(axes.figure.get_figwidth(), places) < 0.6
    axes.annotate(
        "", b, a, zorder=2,
        arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.7 if firm else 1.0,
                    "mutation_scale": 9 if short else 13,
                    "linestyle": "-" if firm else (0, (4, 3)), "shrinkA": 0, "shrinkB": 1},
    )  # fmt: skip
    far = abs(places[end][down] - places[start][down]) > 1
    level = abs(b[1] - a[1]) < 0.1
    slanted = down and a[0] != b[0]
    at = (
        0.42 if far else 0.36 if slanted else 0.5 if level or not short else 0.3
    )  # before the middle, where arrows cross
    tried = [
        (a[0] + one * (b[0] - a[0]), a[1] + one * (b[1] - a[1]))
        for one in (at, *(at + step for step in ASIDE))
    ]
    inches = _inches(axes.figure, places)
    place = next((one for one in tried if not any(_near(one, other, inches) for other in taken)), tried[0])
    taken.append(place)
    above = short and level
    paper = None if above else {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.6 if short else 1.5}
    axes.annotate(text, place, (0, 3 if above else 0), textcoords="offset points", ha="center",
                  va="bottom" if above else "center", fontsize=7.5 if short else 8 if "\n" in text else 9, zorder=5, bbox=paper,
                  color=style.INK if firm else style.MUTED, fontweight="bold" if firm else "normal")  # fmt: skip


def _near(one: tuple[float, float], other: tuple[float, float], inches: tuple[float, float]) -> bool:
    """Whether two numbers would touch."""
    return all(
        abs(x - y) * inch < least for x, y, inch, least in zip(one, other, inches, (0.45, 0.2), strict=True)
    )


def _inches(figure: style.Figure, places: Places) -> tuple[float, float]:
    """The inches that one unit of the drawing is wide and tall."""
    up = [y for _, y in places.values()]
    tall = figure.get_figheight() / (np.ptp(up) * ROW + 2 * HIGH + 0.3)
    return _inch(figure.get_figwidth(), places), tall


def _inch(width: float, places: Places) -> float:
    """The inches that one unit of a drawing of this width is wide."""
    across = [x for x, _ in places.values()]
    return width * 0.98 / ((max(across) - min(across)) * COLUMN + 2 * WIDE + 0.2)


def _edge(x0: float, y0: float, x1: float, y1: float, down: bool) -> tuple[float, float]:
    """The point where a line to the second box leaves the first, on the side that faces the next column or row."""
    dx, dy = x1 - x0, y1 - y0
    if dy and (down or not dx):
        return x0 + float(np.clip(dx * HIGH / abs(dy), -WIDE, WIDE)), y0 + np.sign(dy) * HIGH
    return x0 + np.sign(dx) * WIDE, y0 + float(np.clip(dy * WIDE / max(abs(dx), 1e-9), -HIGH, HIGH))


def close(axes: style.Axes, places: Places) -> None:
    """Frame the drawing and take the axes away."""
    x, y = zip(*places.values(), strict=True)
    axes.set_xlim(min(x) * COLUMN - WIDE - 0.1, max(x) * COLUMN + WIDE + 0.1)
    axes.set_ylim(min(y) * ROW - HIGH - 0.15, max(y) * ROW + HIGH + 0.15)
    axes.set_axis_off()
