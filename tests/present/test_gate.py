"""Small groups stay out of every table, also by subtraction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from klantstudie import inputs
from klantstudie.errors import OptionError
from klantstudie.present import figures
from klantstudie.present.gate import gate, gate_display, gate_frame
from klantstudie.present.prose import say, statement
from klantstudie.present.saving import save
from klantstudie.result import build


def counts(n, **more):
    rows = [{"term": "q1", "group": f"g{k}", "n": x, "mean": 3.0 + k} for k, x in enumerate(n)]
    return build("x", rows, n_total=sum(n), n_used=sum(n), method="m", reference="r", **more)


def hidden(result):
    return [
        group
        for group, mean in zip(result.table["group"], result.table["mean"], strict=True)
        if np.isnan(mean)
    ]


def test_a_small_group_and_the_next_smallest_are_hidden():
    masked = gate(counts([3, 40, 12, 60]), 5)
    assert hidden(masked) == ["g0", "g2"]
    assert list(masked.table["n"].isna()) == [True, False, True, False]
    assert list(masked.table["note"]) == ["suppressed", "", "suppressed", ""]
    assert masked.info["suppressed"] == 2


def test_two_small_groups_hide_each_other():
    assert hidden(gate(counts([3, 40, 2, 60]), 5)) == ["g0", "g2"]


def test_a_cross_table_is_hidden_in_both_directions():
    n = {("a", "x"): 2, ("a", "y"): 30, ("b", "x"): 20, ("b", "y"): 25, ("c", "x"): 40, ("c", "y"): 50}
    rows = [{"term": t, "group": g, "n": x, "share": 0.1} for (t, g), x in n.items()]
    masked = gate(build("x", rows, n_total=167, n_used=167, method="m", reference="r"), 5).table
    kept = {
        (t, g)
        for t, g, x in zip(masked["term"], masked["group"], masked["n"], strict=True)
        if not np.isnan(x)
    }
    for key in ("term", "group"):
        place = ("term", "group").index(key)
        for value in {pair[place] for pair in n}:
            lost = [pair for pair in n if pair[place] == value and pair not in kept]
            assert len(lost) != 1


def test_counts_side_by_side_are_hidden_cell_by_cell():
    row = {"term": "a", "must_be": 2, "one_dimensional": 30, "attractive": 9, "indifferent": 0, "better": 0.5}
    masked = gate(build("x", [row], n_total=41, n_used=41, method="m", reference="r"), 5).table.iloc[0]
    assert np.isnan(masked["must_be"])
    assert np.isnan(masked["attractive"])
    assert (masked["one_dimensional"], masked["indifferent"], masked["better"]) == (30, 0, 0.5)


def test_nothing_changes_without_small_cells_or_without_a_minimum():
    result = counts([10, 20])
    assert gate(result, 5) is result
    small = counts([2, 20])
    assert gate(small) is small


def test_the_study_brings_its_own_minimum(tmp_path):
    small = counts([2, 20, 30], min_cell=5)
    assert hidden(save(small, tmp_path, "x")) == ["g0", "g1"]
    assert "2.0" not in (tmp_path / "tables" / "x.csv").read_text(encoding="utf-8")
    assert save(small, tmp_path, "x", min_cell=0) is small


def test_the_minimum_is_a_whole_number():
    with pytest.raises(OptionError, match="min_cell must be a whole number"):
        gate(counts([2, 20]), -1)


def test_in_a_run_the_codebook_sets_the_minimum_for_groups(tmp_path, monkeypatch):
    book = tmp_path / "codebook.toml"
    book.write_text('[study]\ntitle = "x"\nmin_cell = 8\n', encoding="utf-8")
    monkeypatch.setenv("KLANTSTUDIE_OUT", str(tmp_path / "run"))
    assert gate(counts([2, 20])).info.get("suppressed") is None
    inputs.record(book, "codebook")
    assert hidden(gate(counts([7, 20, 30]))) == ["g0", "g1"]
    rows = [{"term": "q1", "answer": str(k), "n": n, "share": 0.5} for k, n in enumerate((2, 3, 90))]
    alone = build("describe.answers", rows, n_total=95, n_used=95, method="m", reference="r")
    assert gate(alone) is alone
    book.write_text('[study]\ntitle = "x"\nsimulated = true\n', encoding="utf-8")
    assert hidden(gate(counts([2, 20]))) == []
    book.write_text("[study]\n", encoding="utf-8")
    assert hidden(gate(counts([4, 20]))) == ["g0", "g1"]


@pytest.fixture
def small():
    """A study was loaded in which `south` is too small, and `west` goes with it."""
    inputs.protect("klein", 5, frozenset({"south", "west"}))


def differences():
    pairs = [("north", "east"), ("north", "south"), ("west", "east")]
    rows = [{"term": "q1", "group": a, "reference_group": b, "n": 60, "estimate": 0.5} for a, b in pairs]
    return build("groups.pairwise", rows, n_total=90, n_used=90, method="m", reference="r")


def test_a_difference_from_a_group_that_is_too_small_is_hidden_too(small):
    masked = gate(differences())
    assert list(masked.table["estimate"].isna()) == [False, True, True]
    assert masked.info["suppressed"] == 2
    terms = ["north − east", "north − south", "north − southern"]
    rows = [{"term": term, "part": "difference", "estimate": 0.5} for term in terms]
    made = build("equivalence.means", rows, n_total=90, n_used=90, method="m", reference="r")
    assert list(gate(made).table["estimate"].isna()) == [False, True, False]
    assert gate(differences(), 0).info.get("suppressed") is None


def test_hiding_twice_hides_no_more(small):
    once = gate(counts([40, 3, 50, 12, 60]))
    assert hidden(once) == ["g1", "g3"]
    assert hidden(gate(once)) == ["g1", "g3"]
    twice = gate(gate(differences()))
    assert list(twice.table["estimate"].isna()) == [False, True, True]


def test_a_plain_table_loses_the_numbers_of_such_a_group(small, tmp_path):
    frame = pd.DataFrame({"where": ["north", "south", "west"], "n": [40, 3, 9], "mean": [3.5, 2.25, 3.0]})
    masked = save(frame, tmp_path, "plain")
    assert masked["mean"].isna().tolist() == [False, True, True]
    text = (tmp_path / "tables/plain.csv").read_text(encoding="utf-8")
    assert text.splitlines()[2:] == ["south,,", "west,,"]
    assert gate_frame(frame.set_index("where"))["n"].isna().tolist() == [False, True, True]
    twice = pd.DataFrame([["north", 1.0, 2.0], ["south", 3.0, 4.0]], columns=["where", "x", "x"])
    assert gate_frame(twice)["x"].isna().to_numpy().tolist() == [[False, False], [True, True]]
    other = pd.DataFrame({"where": ["north", "east"], "n": [40, 50]})
    assert gate_frame(other) is other


def test_a_figure_and_a_sentence_keep_quiet_about_it(small):
    rows = [
        {"term": "r", "group": name, "n": n, "estimate": x, "conf_low": x - 5, "conf_high": x + 5}
        for name, n, x in (("north", 40, 10.0), ("east", 50, 20.0), ("south", 3, -73.0), ("west", 9, 30.0))
    ]
    made = build("loyalty.nps", rows, n_total=102, n_used=102, method="m", reference="r", conf_level=0.95)
    figure = figures.nps(made, lang="nl")
    assert "10" in figure.klantstudie_alt["nl"]
    assert "73" not in figure.klantstudie_alt["nl"]
    assert not any("73" in text.get_text() for text in figure.findobj(match=lambda x: hasattr(x, "get_text")))
    spoken = say(
        nl="{a} en {b}, {c}", en="{a} and {b}, {c}", lang="en",
        a=made.value("r", group="north"),
        b=made.value("r", group="south"),
        c=(made.value("r", "conf_low", group="west"), made.value("r", "conf_high", group="west")),
    )  # fmt: skip
    assert spoken == "10.00 and (not shown: too few answers), (not shown: too few answers)"
    assert "73" not in statement(made, "r", group="south").texts["en"]


def test_a_result_that_a_cell_only_shows_keeps_quiet_too(small):
    shown = counts([40, 3, 50])._repr_html_()
    assert "<td>g1</td><td></td><td></td>" in shown
    assert "<td>g0</td><td>40</td><td>3.00</td>" in shown
    assert differences()._repr_html_().count("<td>0.50</td>") == 1
    for told in ("\n".join(differences().apa("en")), repr(differences())):
        assert told.count("0.50") == 1 and "q1 / west / east" in told


def test_a_frame_that_a_cell_only_shows_keeps_quiet_too(small):
    table = counts([40, 3, 50]).table
    assert gate_display(table)["n"].isna().tolist() == [False, True, False]
    assert gate_display(differences().table)["estimate"].isna().tolist() == [False, True, True]
    assert gate_display(table.set_index("group")["mean"]).notna().all()
    west = differences().table.iloc[2]
    assert gate_display(west)["group"] == "west" and np.isnan(gate_display(west)["estimate"])
    means = pd.Series({"north": 3.5, "south": 2.25}, name="mean")
    assert gate_display(means).isna().tolist() == [False, True] and gate_display(means).name == "mean"
    other = pd.DataFrame({"a": [1, 2]})
    assert gate_display(other) is other
