"""Tables against the rules of APA 7, item by item (chapter 7; numbers: 6.36 to 6.45)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import recheck
from klantstudie.errors import InputError, OptionError
from klantstudie.present import saving
from klantstudie.present.saving import save
from klantstudie.present.tables import to_html, to_latex, to_markdown
from klantstudie.present.tables.layout import lay_out
from klantstudie.present.tables.printed import write_typst
from klantstudie.result import build


def one(rows, **more):
    return build("x", rows, n_total=10, n_used=10, method="m", reference="r", **{"conf_level": 0.95, **more})


def cells(html):
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html)
    return [re.sub("<[^>]+>", "", cell).rstrip("\u2007\u2008") for cell in found]


def test_number_is_bold_and_title_italic_on_their_own_lines(gaps):
    html = to_html(gaps, number=2, title={"nl": "Kloof", "en": "Gap"})
    assert "<caption><strong>Tabel 2</strong><br><em>Kloof</em></caption>" in html
    assert "**Table 2**\n\n*Gap*" in to_markdown(
        gaps, number=2, title={"nl": "Kloof", "en": "Gap"}, lang="en"
    )


def test_headers_have_a_scope_and_numbers_are_aligned(gaps):
    html = to_html(gaps)
    assert '<th scope="col">Term</th>' in html
    assert '<th scope="row">q1</th>' in html
    assert '<th scope="rowgroup" colspan="' in html
    assert '<td class="num">−0,50</td>' in html


def test_statistic_symbols_are_italic_with_their_degrees_of_freedom(gaps):
    html = to_html(gaps)
    assert '<th scope="col" class="num"><em>t</em>(99)</th>' in html
    assert "<em>d</em><sub>z</sub>" in html
    assert "<em>p</em>" in html
    assert "<em>n</em> = 100" in html


def test_p_values_have_no_leading_zero_and_are_never_zero(gaps):
    assert "&lt; ,001" in to_html(gaps)
    assert "&lt; .001" in to_html(gaps, lang="en")
    assert ",020" in to_html(gaps)


def test_what_cannot_exceed_one_has_no_leading_zero():
    rows = [{"term": "a", "part": "x", "estimate": 0.5}, {"term": "b", "part": "y", "estimate": 0.5}]
    texts = cells(to_html(one(rows, bounded=("estimate@x",)), lang="en"))
    assert ".50" in texts
    assert "0.50" in texts


def test_intervals_are_one_column_in_brackets(gaps):
    assert "95%-BI" in cells(to_html(gaps))
    assert "[−0,70; −0,30]" in cells(to_html(gaps))
    assert "[−0.70, −0.30]" in cells(to_html(gaps, lang="en"))


def test_several_intervals_are_told_apart():
    row = {"term": "a", "importance": 2.0, "importance_low": 1.0, "importance_high": 3.0, "performance": 2.0}
    html = to_html(one([row | {"performance_low": 1.0, "performance_high": 3.0}]), lang="en")
    assert "95% CI Importance" in cells(html)
    assert "95% CI Performance" in cells(html)


def test_notes_are_general_and_specific(gaps):
    html = to_html(gaps, note="Schaal 1 tot 5.")
    assert "<em>Noot.</em> Schaal 1 tot 5." in html
    assert "(20 van 120 buiten beschouwing, alleen volledige gevallen)" in html
    assert "q2<sup>a</sup>" in html
    assert "<sup>a</sup>&nbsp;scale corrected." in html
    assert "<em>Note.</em>" in to_html(gaps, lang="en")


def test_the_method_stands_in_the_note_of_its_own_language(gaps):
    assert "paired t tests" in to_html(gaps, lang="en")
    assert "paired t tests" not in to_html(gaps, lang="nl")


def test_numbers_of_the_whole_model_stand_in_the_note(gaps):
    assert "<em>R²</em> = ,123" in to_html(gaps)


def test_empty_and_repeated_columns_are_left_out():
    rows = [
        {"term": "nps", "group": g, "n": 10, "estimate": 1.0, "std_error": np.nan, "note": ""} for g in "ab"
    ]
    heads = cells(to_html(one(rows)))[:3]
    assert heads == ["Groep", "Schatting", "a"]


def test_chosen_columns_are_printed_as_chosen(gaps):
    assert cells(to_html(gaps, columns=["term", "gap", "n"], lang="en"))[:3] == ["Term", "Gap", "n"]


def test_labels_replace_terms(gaps):
    assert "Snelheid" in cells(to_html(gaps, labels={"q1": "Snelheid"}))


def test_survey_text_is_text_everywhere(gaps):
    evil = "<script>alert(1)</script>|`x`*b*"
    html = to_html(gaps, labels={"q1": evil}, title=evil, note=evil)
    assert "<script>" not in html
    markdown = to_markdown(gaps, labels={"q1": evil}, title=evil, note=evil)
    assert "<script>" not in markdown.replace("\\<", "")
    row = next(line for line in markdown.splitlines() if "alert" in line and line.startswith("| "))
    assert row.replace("\\|", "").count("|") == markdown.splitlines()[2].count("|")


def test_degrees_of_freedom_with_decimals_align():
    rows = [
        {"term": t, "statistic": 1.0, "statistic_name": "t", "df": df}
        for t, df in (("a", 23.41), ("b", 40.0))
    ]
    texts = cells(to_html(one(rows), lang="en"))
    assert "23.41" in texts
    assert "40.00" in texts


def test_frames_are_tables_too():
    frame = pd.DataFrame({"item": ["a", None], "mean": [1.234, np.nan], "n": [1200, 3]})
    html = to_html(frame)
    assert cells(html) == ["item", "M", "n", "a", "1,23", "1.200", "", "", "3"]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_there_are_horizontal_rules_only(gaps, lang):
    style = to_html(gaps, lang=lang).split("</style>")[0]
    assert "border-left" not in style
    assert "border-right" not in style


def relations():
    rows = [
        {"term": "imago ~~ waarde", "estimate": 0.52, "p_value": 0.0001},
        {"term": "imago ~~ trouw", "estimate": -0.2, "p_value": 0.03},
        {"term": "waarde ~~ trouw", "estimate": 0.05, "p_value": 0.4},
    ]
    return one(rows, bounded=("estimate",))


def test_a_correlation_matrix_has_means_sds_and_reliabilities_on_the_diagonal():
    beside = {"imago": {"mean": 3.5, "sd": 0.9, "reliability": 0.81}, "waarde": {"mean": 4.0, "sd": 1.0}}
    html = to_html(relations(), shape="matrix", beside=beside, labels={"imago": "Imago"}, lang="en")
    texts = cells(html)
    assert texts[:6] == ["Term", "M", "SD", "1", "2", "3"]
    assert texts[6:12] == ["1. Imago", "3.50", "0.90", "(.81)", "", ""]
    assert texts[12:18] == ["2. waarde", "4.00", "1.00", ".52***", "—", ""]
    assert texts[18:24] == ["3. trouw", "", "", "−.20*", ".05", "—"]
    assert "Reliabilities are on the diagonal." in html
    assert "*<em>p</em> &lt; .05. **<em>p</em> &lt; .01. ***<em>p</em> &lt; .001." in html


def test_means_and_reliabilities_come_from_results():
    items = build(
        "describe.items",
        [{"term": "imago", "mean": 3.5, "sd": 0.9}],
        n_total=9,
        n_used=9,
        method="m",
        reference="r",
    )
    scale = build(
        "reliability.alpha",
        [{"term": "imago", "estimate": 0.81}],
        n_total=9,
        n_used=9,
        method="m",
        reference="r",
    )
    assert cells(to_html(relations(), shape="matrix", beside=[items, scale]))[6:10] == [
        "1. imago",
        "3,50",
        "0,90",
        "(,81)",
    ]


def test_models_stand_side_by_side():
    rows = [{"term": t, "group": g, "estimate": x, "conf_low": x - 1, "conf_high": x + 1}
            for t, g, x in (("a", "Model 1", 1.0), ("a", "Model 2", 2.0), ("b", "Model 2", 3.0))]  # fmt: skip
    texts = cells(to_html(one(rows), shape="wide"))
    assert texts[:3] == ["Term", "Model 1", "Model 2"]
    assert texts[3:7] == ["Schatting", "95%-BI", "Schatting", "95%-BI"]
    assert texts[7:12] == ["a", "1,00", "[0,00; 2,00]", "2,00", "[1,00; 3,00]"]
    assert texts[12:] == ["b", "", "", "3,00", "[2,00; 4,00]"]
    with pytest.raises(InputError, match="nothing to set side by side"):
        to_html(relations(), shape="wide")
    with pytest.raises(OptionError, match="shape must be one of 'rows', 'matrix', 'wide', 'loadings'"):
        to_html(relations(), shape="square")


def test_the_shape_is_kept_with_the_result(tmp_path):
    save(relations(), tmp_path, "r", shape="matrix", beside={"imago": {"mean": 3.5, "sd": 0.9}})
    entry = saving.read(tmp_path)["results"][0]
    assert "1. imago" in to_markdown(saving.restore(entry), **saving.printing(entry)).replace("\\", "")


def test_names_and_degrees_of_freedom_count_where_there_is_a_statistic():
    rows = [
        {"term": "a", "statistic": 2.0, "statistic_name": "t", "df": 20.0, "effect": 0.4, "effect_name": "d"},
        {"term": "b", "statistic_name": "", "estimate": 1.0, "effect_name": ""},
    ]
    assert cells(to_html(one(rows), lang="en"))[:5] == ["Term", "t(20)", "d", "Estimate", "a"]


def test_the_ends_of_a_fit_number_stand_after_it():
    fit = {"rmsea": 0.08, "rmsea_low": 0.06, "rmsea_high": 0.1}
    assert "RMSEA = 0.080 [0.060, 0.100]." in to_html(one([{"term": "a"}], fit=fit), lang="en")


def test_the_letter_of_an_effect_size_is_italic_and_its_author_is_not():
    rows = [{"term": t, "effect": 0.4, "effect_name": "Hedges g"} for t in "ab"]
    assert '<th scope="col" class="num">Hedges <em>g</em></th>' in to_html(one(rows))


def test_the_test_of_a_whole_model_is_named_with_its_degrees_of_freedom():
    fit = {"statistic": 34.24, "df": 2.0, "df2": 247.5, "p_value": 0.0001, "r_squared_adjusted": 0.307}
    told = to_html(one([{"term": "a"}], fit=fit), lang="nl")
    assert "<em>F</em>(2; 247,50) = 34,24; <em>p</em> &lt; ,001" in told and "df" not in told
    assert "<em>R²</em> (gecorrigeerd) = ,307" in told
    wald = {"statistic": 5.99, "df": 2.0, "df2": float("nan"), "p_value": 0.05}
    assert "χ²(2) = 5.99" in to_html(one([{"term": "a"}], fit=wald), lang="en")
    unknown = to_html(one([{"term": "a"}], fit=dict.fromkeys(fit, float("nan"))), lang="en")
    assert "F" not in unknown.partition("Note.")[2] and "–" not in unknown


def test_the_name_of_an_effect_size_is_in_the_language_of_the_table():
    rows = [{"term": "a", "estimate": 1.0, "effect": 2.7, "effect_name": "odds ratio"}]
    assert "Kansverhouding (odds ratio)" in to_html(one(rows), lang="nl")
    assert "Odds ratio" in to_html(one(rows), lang="en")
    mixed = to_html(one([*rows, {"term": "b", "effect": 0.2, "effect_name": "d"}]), lang="nl")
    assert ">kansverhouding (odds ratio)</td>" in mixed and "><em>d</em></td>" in mixed


def test_a_cell_with_a_symbol_is_set_as_a_heading_is():
    names = ("d_pre", "d_ppc2", "g")
    rows = [{"term": f"-{place}", "effect": 1.0, "effect_name": name} for place, name in enumerate(names)]
    made = one(rows)
    assert "<td><em>d</em><sub>ppc2</sub></td>" in to_html(made) and "−2" in cells(to_html(made))
    assert r"\textit{d}\textsubscript{pre}" in to_latex(made)
    assert "*d*<sub>pre</sub>" in to_markdown(made)
    named = one([{"term": "a", "effect": 0.4, "effect_name": "Cohen's h"}])
    assert "| Cohen's *h* |" in to_markdown(named)
    greek = one([{"term": "a", "effect": 0.4, "effect_name": "τ_b"}])
    assert ">τ<sub>b</sub></th>" in to_html(greek)
    assert '[#emph("d")#sub("pre")]' in write_typst(lay_out(made))


def test_the_note_of_a_structural_model_tells_what_it_is_judged_by():
    fit = {
        "chisq": 90.4,
        "df": 24.0,
        "p_value": 0.0001,
        "cfi": 0.943,
        "rmsea": 0.105,
        "rmsea_low": 0.08,
        "rmsea_high": 0.13,
    }
    fit |= {"srmr": 0.066, "loglik": -3634.2, "aic": 7310.3, "n": 10.0}
    plain = to_html(one([{"term": "a"}], fit=fit), lang="en")
    assert (
        "χ²(24) = 90.40" in plain
        and "df" not in plain
        and "CFI = .943" in plain
        and "RMSEA = 0.105 [0.080, 0.130]" in plain
    )
    assert "7310" not in plain and plain.count("<em>n</em>") == 1
    fit |= {
        "chisq_scaled": 71.9,
        "p_value_scaled": 0.0002,
        "cfi_scaled": 0.939,
        "rmsea_scaled": 0.089,
        "cfi_robust": 0.948,
    }
    fit |= {"rmsea_robust": 0.1, "rmsea_low_robust": 0.074, "rmsea_high_robust": 0.127}
    robust = to_html(one([{"term": "a"}], fit=fit), lang="en")
    assert "CFI (robust) = .948" in robust and "RMSEA (robust) = 0.100 [0.074, 0.127]" in robust
    assert (
        "χ²(24) (scaled) = 71.90" in robust
        and "90.40" not in robust
        and ".943" not in robust
        and ".939" not in robust
    )


def rows_of(result, lang="nl", **settings):
    """The rows of a table as text, without the spaces that align them."""
    return [
        [cell.strip("\u2007\u2008") for cell in row.cells]
        for row in lay_out(result, lang=lang, **settings).rows
    ]


def test_a_reported_number_stands_as_it_was_printed():
    told = recheck.p_values("t(249) = -9.02, p < .001 and r(28) = .31, p = .04 and z = 0.50, n.s.")
    wanted = ["reported", "recomputed"]
    assert rows_of(told, columns=wanted) == [["< ,001", "< ,0001"], [",04", ",095"], ["n.s.", ",617"]]
    assert rows_of(told, "en", columns=wanted)[:2] == [["< .001", "< .0001"], [".04", ".095"]]
    means = recheck.grim(["5.19", "-5.2"], [28, 30])
    assert [row[1:3] for row in rows_of(means)] == [["5,19", "5,179"], ["−5,2", "−5,200"]]
    pair = {"label": "a", "check": "grimmer", "inputs": "mean = 3.40; sd = 1.14; n = 5", "reported": ""}
    unread = pair | {"check": "grim"} | {"inputs": "mean = much; n = 5"}
    found = rows_of(recheck.table(pd.DataFrame([pair, unread])), columns=["reported"])
    assert found == [["M = 3,40, SD = 1,14"], [""]]


def test_a_number_that_differs_from_the_printed_one_is_seen_to_differ():
    ours = build(
        "demo", [{"term": "a", "estimate": 0.064943656}], n_total=9, n_used=9, method="m", reference="r"
    )
    printed = {"target": "T", "result": "demo", "term": "a", "column": "estimate", "reported": ".06494365"}
    found = recheck.against(
        {"demo": ours}, pd.DataFrame([printed | {"slack": "1e-7"}, printed | {"reported": ".065"}])
    )
    assert [row[1:3] for row in rows_of(found)][1:] == [[",06494365", ",064943656"], [",065", ",0649"]]
    assert "Nagerekende getallen: 2." in lay_out(found).general
    doubtful = replace(found, table=found.table[found.table["decision"] == "amber"])
    assert "1 van de 2 vergeleken getallen." in lay_out(doubtful).general
    assert "1 of the 2 compared numbers." in lay_out(doubtful, lang="en").general


def test_a_count_put_into_simulated_data_has_no_decimals():
    put_in = pd.DataFrame({"term": ["doubles", "share_careless"], "estimate": [3.0, 0.068]})
    rows = [tuple(cell.strip() for cell in row.cells) for row in lay_out(put_in, lang="nl").rows]
    assert rows == [("dubbele inzendingen", "3"), ("aandeel mensen dat onzorgvuldig antwoordt", "0,07")]


def test_a_number_of_universes_is_a_count():
    rows = [{"term": "median_estimate", "estimate": 0.4}, {"term": "n_significant", "estimate": 6.0}]
    found = rows_of(build("multiverse.inference", rows, n_total=9, n_used=9, method="m", reference="r"))
    assert [row[1] for row in found] == ["0,40", "6"]


def test_columns_of_a_frame_that_nobody_knows_have_their_decimals_in_common():
    frame = pd.DataFrame(
        {"voor": [0.7361, -0.0031], "na": [0.51, 0.25], "aantal": [3, 4], "mean": [1.25, 2.5]}
    )
    html_ = to_html(frame, lang="nl")
    for known in (">0,736<", ">−0,003<", ">0,510<", ">0,250<", ">3<", ">1,25<"):
        assert known in html_, known


def test_the_degrees_of_freedom_in_a_heading_stay_on_one_line_and_a_long_name_keeps_its_width():
    row = {"statistic": 3.1, "statistic_name": "F", "df": 48, "df2": 1993}
    made = to_html(
        one([{"term": "kort"} | row, {"term": "een heel lange naam van een specificatie " * 2} | row]),
        lang="en",
    )
    assert "<em>F</em>(48,\u00a01993)" in made
    assert re.findall(r'<th scope="row"([^>]*)>', made) == ["", ' class="long"']
