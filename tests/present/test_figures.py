"""Every figure draws, says in words what it shows, keeps its axes honest, and can be told apart by everyone."""

from __future__ import annotations

import inspect
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from klantstudie.errors import InputError, OptionError
from klantstudie.present import figures
from klantstudie.present.figures import style
from klantstudie.result import Result, build
from tests.present.examples import EXAMPLES

NAMES = sorted(figures.__all__)


def given(name):
    made = EXAMPLES[name]()
    return made if isinstance(made, tuple) else (made,)


def test_every_figure_has_an_example():
    assert sorted(EXAMPLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_figure_draws_and_says_what_it_shows(name, lang):
    before = dict(matplotlib.rcParams)
    result, *more = given(name)
    table = result.table.copy()
    figure = getattr(figures, name)(result, *more, lang=lang)
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    assert set(figure.klantstudie_alt) == {"nl", "en"}
    assert all(len(text) > 30 for text in figure.klantstudie_alt.values())
    assert figure.klantstudie_alt["nl"] != figure.klantstudie_alt["en"]
    assert result.table.equals(table), "a figure must not change its result"
    assert dict(matplotlib.rcParams) == before, "a figure must not change settings outside"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_documented_and_takes_a_language(name):
    function = getattr(figures, name)
    assert function.__doc__
    assert "lang" in inspect.signature(function).parameters


@pytest.mark.parametrize("name", NAMES)
def test_text_stays_inside_the_picture(name):
    figure = getattr(figures, name)(*given(name))
    figure.draw_without_rendering()
    wide, high = figure.get_size_inches() * figure.dpi
    for axes in (one for one in figure.axes if one.axison):
        texts = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label]
        for text in texts:
            box = text.get_window_extent()
            if text.get_visible() and text.get_text() and box.width and _on_axis(axes, text):
                assert box.x0 >= -2, text.get_text()
                assert box.y0 >= -2, text.get_text()
                assert box.x1 <= wide + 2, text.get_text()
                assert box.y1 <= high + 2, text.get_text()


def _on_axis(axes, text):
    """Tick labels outside the limits exist but are not drawn."""
    x, y = text.get_position()
    (low, high), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    return text in (axes.xaxis.label, axes.yaxis.label) or (low <= x <= high and bottom <= y <= top)


def test_bars_start_at_zero():
    rows = [{"term": name, "estimate": value} for name, value in (("a", 50.0), ("b", 52.0))]
    axes = figures.bars(made(rows)).axes[0]
    low, high = axes.get_xlim()
    assert low <= 0 <= high


def test_the_score_stands_on_its_own_scale():
    rows = [{"term": "nps", "estimate": 12.0, "conf_low": 3.0, "conf_high": 21.0}]
    assert figures.nps(made(rows)).axes[0].get_xlim() == (-100, 100)


def test_a_dollar_in_survey_text_is_no_formula():
    rows = [{"term": "a $x^ b$ {", "estimate": 1.0, "conf_low": 0.0, "conf_high": 2.0}]
    figures.forest(made(rows)).draw_without_rendering()


def test_names_beside_points_do_not_cover_each_other():
    figure = figures.priority(EXAMPLES["priority"]())
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [Text.get_window_extent(text) for text in axes.texts if hasattr(text, "xyann")]
    assert len(boxes) >= 8
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(wide, high) < 4


def test_the_outcome_of_a_priority_map_is_not_drawn():
    points = EXAMPLES["priority"]()
    outcome = points.table.iloc[[0]].assign(term="outcome", importance=float("nan"), quadrant="")
    more = points.__class__(
        points.kind, pd.concat([points.table, outcome], ignore_index=True), points.fit, points.info
    )
    drawn = [len(figures.priority(one).axes[0].collections[-1].get_offsets()) for one in (points, more)]
    assert drawn[0] == drawn[1]


def test_a_specification_curve_has_a_row_for_every_option_and_names_columns():
    rows = [
        {
            "term": "x",
            "universe": 1 + place,
            "choice": f"robust = {robust}, predictors = {listed}",
            "estimate": 0.1,
        }
        for place, (robust, listed) in enumerate(
            (robust, listed) for robust in ("hc3", "classic") for listed in ("x", "x + z")
        )
    ]
    drawn = figures.specification_curve(made(rows), labels={"x": "Excellence", "z": "Zeal"})
    told = [text.get_text() for text in drawn.axes[1].get_yticklabels()]
    assert told == [
        "standaardfouten: HC3",
        "standaardfouten: klassiek",
        "voorspellers: Excellence",
        "voorspellers: Excellence + Zeal",
    ]


def test_ranks_over_a_chain_stand_in_its_order():
    means = [
        {"term": term, "part": "group", "group": group, "estimate": value}
        for group, values in (("line", (2.0, 1.0)), ("shop", (1.0, 2.0)))
        for term, value in zip(("price", "ease"), values, strict=True)
    ]
    figure = figures.bump(made(means), part="group", order=["shop", "line"])
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["shop", "line"]
    with pytest.raises(InputError, match=r"has no group \['office'\]"):
        figures.bump(made(means), order=["shop", "office"])


def test_bounds_outside_the_data_are_not_drawn():
    curve = [
        {"term": "x", "part": "curve", "moderator": w, "estimate": 1.0, "conf_low": 0.5, "conf_high": 1.5}
        for w in (0.0, 1.0)
    ]
    outside = {"term": "x", "part": "bound", "moderator": 9.0, "estimate": 0.1}
    figure = figures.interaction(made([*curve, outside | {"conf_low": 0.0, "conf_high": 0.2}]))
    assert [text.get_text() for text in figure.axes[0].texts] == []


def test_wrong_results_and_settings_are_named():
    with pytest.raises(InputError, match=r"has no column \['gap'\]"):
        figures.gaps(made([{"term": "a", "estimate": 1.0}]))
    with pytest.raises(InputError, match="has no rows to draw"):
        figures.forest(
            made([{"term": "a", "estimate": 1.0}]).__class__(
                "x", made([{"term": "a", "estimate": 1.0}]).table.iloc[:0], {}, {}
            )
        )
    with pytest.raises(OptionError, match="width must be one of 'column', 'page', 'slide'"):
        figures.forest(made([{"term": "a", "estimate": 1.0}]), width="wide")


def made(rows: list[dict]) -> Result:
    return build("x", rows, n_total=10, n_used=10, method="m", reference="r", conf_level=0.95)


# How people with red-green blindness see a colour in linear RGB; Machado, Oliveira and Fernandes (2009), severity 1.
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def lab(colour: str, seen: list | None = None) -> np.ndarray:
    rgb = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(seen) @ linear, 0, 1) if seen else linear
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    scaled = xyz / np.array([0.95047, 1.0, 1.08883])
    f = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", [None, *BLIND], ids=str)
def test_colours_can_be_told_apart(seen):
    colours = [lab(colour, BLIND.get(seen)) for colour in style.PALETTE[:5]]
    apart = [np.linalg.norm(a - b) for place, a in enumerate(colours) for b in colours[place + 1 :]]
    assert min(apart) > 15


def test_text_on_coloured_fields_can_be_read():
    for steps in (3, 5, 7, 10, 11):
        for colour in style.diverging(steps):
            assert contrast(colour, style.ink_on(colour)) >= 3.5, colour


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        rgb = np.array(matplotlib.colors.to_rgb(colour))
        return float(
            np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        )

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


PAGE = Path(__file__).parents[2] / "docs" / "figures.md"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_documented_with_a_picture(name):
    remedy = "draw it in notebooks/_galerij.ipynb and run: python docs/figures.py"
    parts = PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")
    assert len(parts) == 2, f"docs/figures.md lacks {name}; {remedy}"
    mine = parts[1].split("\n## ")[0]
    told = " ".join(inspect.getdoc(getattr(figures, name)).split("\n\n", 1)[0].split())
    assert told in mine, f"docs/figures.md says something else of {name}; {remedy}"
    picture = PAGE.parent / mine.rsplit("](", 1)[1].split(")")[0]
    assert picture.stat().st_size > 1000


def test_the_ladder_does_not_blow_up_a_small_difference():
    rows = [{"term": step, "cfi": cfi, "rmsea": 0.05} for step, cfi in (("metric", 0.943), ("scalar", 0.946))]
    drawn = figures.ladder(build("sem.invariance", rows, n_total=9, n_used=9, method="m", reference="r"))
    low, high = drawn.axes[0].get_ylim()
    assert high - low >= 0.059


def test_an_axis_can_show_the_whole_answer_scale():
    waves = EXAMPLES["trend"]()
    low, high = figures.trend(waves, scale=(1, 7)).axes[0].get_ylim()
    assert low < 1 < 7 < high
    with pytest.raises(InputError, match="scale takes the lowest and the highest answer"):
        figures.trend(waves, scale=(7, 1))


def test_a_dumbbell_with_intervals_sets_each_point_on_its_own():
    rows = [
        {"term": "q1", "group": group, "estimate": x, "conf_low": x - 0.5, "conf_high": x + 0.5}
        for group, x in (("a", 1.0), ("b", 1.2))
    ]
    drawn = figures.dumbbell(
        build("x", rows, n_total=9, n_used=9, method="m", reference="r"), column="estimate"
    )
    heights = {float(line.get_ydata()[0]) for line in drawn.axes[0].get_lines()}
    assert len(heights) == 2


TEN = "Leiderschap Technologie Cultuur Processen Servicebeleving Klantgerichtheid Waarde Tevredenheid Vertrouwen Trouw"
LONG = "0>2 0>3 1>3 2>4 2>5 3>4 4>6 5>6 6>7 5>7 7>8 7>9 8>9"  # seven boxes behind each other
CHAIN = "0>1 1>2 2>3 3>4 4>5 5>6 6>7 7>8 8>9 0>2 3>6"  # ten
WIDE = "0>5 1>5 2>6 3>6 4>7 0>7 5>8 6>8 7>8 8>9 5>9"  # five beside each other


@pytest.mark.parametrize("steps", [LONG, CHAIN, WIDE])
def test_a_path_diagram_of_ten_boxes_can_be_read(steps):
    names = TEN.split()
    rows = [
        {
            "term": " -> ".join(names[int(end)] for end in step.split(">")),
            "part": "path",
            "estimate": 0.3 + k / 50,
            "conf_low": 0.1,
            "conf_high": 0.9,
        }
        for k, step in enumerate(steps.split())
    ]
    made = build(
        "paths.pls", rows, n_total=300, n_used=300, method="PLS", reference="Wold (1982)", conf_level=0.95
    )
    axes = figures.path_diagram(made).axes[0]
    axes.figure.draw_without_rendering()
    assert axes.figure.get_figheight() < 9  # inches: a page
    written = {text: Text.get_window_extent(text) for text in axes.texts if text.get_text()}
    assert min(text.get_fontsize() for text in written) >= 7.5
    numbers = [box for text, box in written.items() if text.get_text()[0].isdigit()]
    boxes = [box.get_window_extent() for box in axes.patches]
    assert (len(numbers), len(boxes)) == (len(rows), 10)
    for first, second in combinations(numbers, 2):
        assert not first.overlaps(second)
    for first, second in combinations(boxes, 2):
        assert not first.overlaps(second)
    for text, place in written.items():
        if not text.get_text()[0].isdigit():
            assert any(box.contains(*place.min) and box.contains(*place.max) for box in boxes)


def test_the_alternative_text_tells_the_interval_that_is_drawn():
    row = {"term": "a", "estimate": 0.64, "conf_low": 0.52, "conf_high": 0.75, "effect": 1.89}
    row |= {"effect_name": "odds ratio", "effect_low": 1.67, "effect_high": 2.13}
    result = build(
        "ordinal.cumulative", [row], n_total=9, n_used=9, method="m", reference="r", conf_level=0.95
    )
    told = figures.forest(result, column="effect", reference=1.0, lang="en").klantstudie_alt["en"]
    assert "1.89 [1.67, 2.13]" in told


def test_a_forest_leaves_an_intercept_out_beside_other_terms():
    rows = [
        {"term": name, "estimate": 1.0, "conf_low": 0.5, "conf_high": 1.5} for name in ("intercept", "a", "b")
    ]
    made = {"n_total": 9, "n_used": 9, "method": "m", "reference": "r", "conf_level": 0.95}
    ticks = [text.get_text() for text in figures.forest(build("k", rows, **made)).axes[0].get_yticklabels()]
    assert ticks == ["a", "b"]
    alone = figures.forest(build("k", rows[:1], **made)).axes[0].get_yticklabels()
    assert [text.get_text() for text in alone] == ["intercept"]


def test_the_map_and_the_bars_of_missing_answers_stay_on_a_page():
    many = [f"the question with the rather long name number {place}" for place in range(60)]
    rows = [{"term": name, "n": 50.0, "n_missing": 10.0 + place} for place, name in enumerate(many)]
    made = {"n_total": 99, "n_used": 99, "method": "m", "reference": "r"}
    bars = figures.missing(build("k", rows, **made), lang="en")
    assert bars.get_size_inches()[1] < 8.6 and "of 60" in bars.axes[0].get_xlabel()
    patterns = [
        {"term": f"{a}, {b}", "part": "pattern", "n": 5.0, "share": 0.1}
        for a, b in zip(many[:9], many[1:10], strict=True)
    ]
    items = [row | {"part": "item", "share": np.nan} for row in rows]
    drawn = figures.missing_map(build("k", [*patterns, *items], **made), lang="en").axes[0]
    assert [text.get_text() for text in drawn.get_xticklabels()] == many[:10]
    assert "50 items" in drawn.get_xlabel()


@pytest.mark.parametrize(("limits", "word"), [("t", "t-verdeling"), ("binomial", "binomiaal")])
def test_a_funnel_of_providers_says_which_limits_it_draws(limits, word):
    made = EXAMPLES["provider_funnel"]()
    result = replace(made, info={**made.info, "limits": limits})
    drawn = figures.provider_funnel(result, lang="nl")
    assert any(word in text.get_text() for text in drawn.findobj(Text))


def test_numbers_of_arrows_that_cross_stand_apart():
    steps = ("a -> b", "b -> c", "a -> d", "b -> d", "c -> d")
    rows = [
        {"term": step, "part": "path", "estimate": 0.19, "conf_low": 0.1, "conf_high": 0.3} for step in steps
    ]
    made = {"n_total": 9, "n_used": 9, "method": "m", "reference": "r", "conf_level": 0.95}
    axes = figures.path_diagram(build("paths.pls", rows, **made)).axes[0]
    axes.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text).padded(6) for text in axes.texts if text.get_text()[:1].isdigit()]
    assert len(boxes) == 5
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_a_meta_analysis_of_many_studies_stays_on_a_page():
    def drawn(count):
        rows = [
            {
                "term": f"study {k}",
                "part": "study",
                "estimate": 0.2,
                "conf_low": 0.1,
                "conf_high": 0.3,
                "weight": 1.0,
            }
            for k in range(count)
        ]
        rows.append(
            {"term": "pooled", "part": "pooled", "estimate": 0.2, "conf_low": 0.15, "conf_high": 0.25}
        )
        made = build(
            "meta.random_effects", rows, n_total=9, n_used=9, method="m", reference="r", conf_level=0.95
        )
        figure = figures.meta_forest(made)
        return figure.get_figheight(), figure.axes[0].get_yticklabels()[0].get_fontsize()

    assert drawn(10) == (pytest.approx(4.3), 9)
    tall, size = drawn(61)
    assert tall < 8.7 and size > 6


def test_one_question_is_not_called_questions():
    rows = [{"term": "q", "choice": name, "share": 0.5} for name in ("a", "b")]
    told = figures.answers(build("k", rows, n_total=9, n_used=9, method="m", reference="r")).klantstudie_alt
    assert told["nl"].startswith("Antwoorden op 1 vraag,") and told["en"].startswith("Answers to 1 item,")


def test_the_lines_of_a_surface_stay_within_its_span():
    figure = figures.surface(EXAMPLES["surface"](), span=(-2.0, 4.0))
    left, right = figure.axes[:2]
    assert left.get_ylim() == (-2.0, 4.0)
    apart = next(line for line in right.lines if line.get_label() == "tegenstelling")
    assert apart.get_xdata().min() == -2 and apart.get_xdata().max() == 2


def test_of_many_points_only_those_certain_of_their_field_are_named():
    one = EXAMPLES["priority"]()
    many = pd.concat(
        [one.table.assign(term=one.table["term"] + str(copy)) for copy in range(3)], ignore_index=True
    )
    figure = figures.priority(one.__class__(one.kind, many, one.fit, one.info))
    sure = int((many["decision"] == "supported").sum())
    assert 0 < sure < len(many)
    told = [text.get_text() for text in figure.axes[0].texts if hasattr(text, "xyann")]
    assert sorted(told, key=int) == [str(place + 1) for place in range(sure)]
    assert len(figure.texts) == sure  # the names below the plot


def test_the_name_of_the_lowest_point_stays_above_the_axis():
    seen = [(59.05, 0.371, 0.1), (60.45, 0.427, 0.1), (59.73, 0.023, 0.03), (58.98, 0.014, 0.03), (60.5, 0.165, 0.08),
            (59.1, 0.001, 0.01)]  # fmt: skip
    rows = [
        {"term": f"Prestatie: een lang onderdeel {place}", "importance": y, "importance_low": max(y - half, 0),
         "importance_high": y + half, "performance": x, "performance_low": x - 1.2, "performance_high": x + 1.2,
         "importance_line": 0.167, "performance_line": 59.64, "quadrant": "overkill", "decision": "inconclusive"}
        for place, (x, y, half) in enumerate(seen)
    ]  # fmt: skip
    figure = figures.priority(
        build("gaps.importance_performance", rows, n_total=9, n_used=9, method="m", reference="r")
    )
    figure.draw_without_rendering()
    axes = figure.axes[0]
    lowest = min(Text.get_window_extent(text).y0 for text in axes.texts if hasattr(text, "xyann"))
    assert lowest >= axes.get_window_extent().y0
