"""Places names beside points so that they cover neither each other nor the points; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from klantstudie.present.figures import style

# Where a name may stand around its point: right, left, above, below, and the four corners, nearest first.
SPOTS = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def names(
    axes: style.Axes,
    x: Sequence[float],
    y: Sequence[float],
    texts: Sequence[str],
    *,
    lines: Sequence[tuple[float, float, float, float]] = (),
    size: float = 8.5,
) -> None:
    """Write a name at each point in the free spot with the least overlap; the same input gives the same picture.

    A point with an empty name gets none. `lines` are segments (x, y, x, y) in data units that a name should not
    cross, such as intervals.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    points = axes.transData.transform(np.column_stack([x, y]))
    frame = axes.get_window_extent()
    scale = figure.dpi / 72
    taken: list[tuple[float, float, float, float]] = [
        tuple(text.get_window_extent().extents) for text in axes.texts if text.get_text()
    ]
    radius = 4.5 * scale
    walls = _walls(axes, lines)
    dots = [(px - radius, py - radius, px + radius, py + radius) for px, py in points]
    for place in (one for one in np.lexsort((x, -y)) if texts[one]):
        lines = texts[place].split("\n")
        wide = max(len(line) for line in lines) * size * 0.52 * scale
        high = len(lines) * size * 1.25 * scale
        best, cost = None, np.inf
        for step in (7.0, 12.0, 20.0, 30.0):
            for order, (right, up) in enumerate(SPOTS):
                box = _box(points[place], right, up, wide, high, step * scale)
                price = (
                    _led(points[place], box, step, taken)
                    + _overlap(box, taken, dots, place)
                    + _crossed(box, walls)
                    + _outside(box, frame)
                    + order * 2.0
                    + step * 3.0
                )
                if price < cost:
                    best, cost = (right, up, step, box), price
        right, up, step, box = best
        taken.append(box)
        axes.annotate(
            texts[place], (x[place], y[place]), xytext=(right * step, up * step), textcoords="offset points",
            ha={1: "left", 0: "center", -1: "right"}[right], va={1: "bottom", 0: "center", -1: "top"}[up],
            fontsize=size, zorder=5, linespacing=1.05,
            arrowprops={"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "shrinkB": 3} if step > 12 else None,
        ).set_in_layout(False)  # fmt: skip


def _box(
    point: np.ndarray, right: int, up: int, wide: float, high: float, step: float
) -> tuple[float, float, float, float]:
    left = point[0] + right * step - {1: 0, 0: wide / 2, -1: wide}[right]
    low = point[1] + up * step - {1: 0, 0: high / 2, -1: high}[up]
    return left, low, left + wide, low + high


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _overlap(box: Sequence[float], taken: Sequence, dots: Sequence, own: int) -> float:
    return sum(_shared(box, other) for other in taken) + 4 * sum(
        _shared(box, dot) for place, dot in enumerate(dots) if place != own
    )


def _walls(axes: style.Axes, lines: Sequence[tuple[float, float, float, float]]) -> list[tuple[float, ...]]:
    ends = np.asarray(lines, dtype=float).reshape(-1, 4)
    ends = ends[~np.isnan(ends).any(axis=1)]
    first, last = (
        axes.transData.transform(ends[:, :2]),
        axes.transData.transform(ends[:, 2:]),
    )
    low, high = np.minimum(first, last) - 0.5, np.maximum(first, last) + 0.5
    return [(*one, *other) for one, other in zip(low, high, strict=True)]


def _crossed(box: Sequence[float], walls: Sequence[Sequence[float]]) -> float:
    """The length of the lines inside the box, weighted: a line through a name makes it hard to read."""
    return sum(3.0 * _shared(box, wall) for wall in walls)


def _led(point: np.ndarray, box: Sequence[float], step: float, taken: Sequence) -> float:
    """The price of a leader line that runs through a name."""
    if step <= 12:
        return 0.0
    end = np.array([np.clip(point[0], box[0], box[2]), np.clip(point[1], box[1], box[3])])
    way = point + np.linspace(0.1, 0.9, 9)[:, None] * (end - point)
    hits = sum(one[0] <= x <= one[2] and one[1] <= y <= one[3] for x, y in way for one in taken)
    return 150.0 * hits


def _outside(box: Sequence[float], frame: object) -> float:
    over = max(frame.x0 - box[0], 0) + max(box[2] - frame.x1, 0)
    over += max(frame.y0 - box[1], 0) + max(box[3] - frame.y1, 0)
    return 120 * over
