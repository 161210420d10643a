"""The table rules of APA 7, one test a rule, in every format.

The rules are those of the Publication Manual of the American Psychological Association (7th ed., 2020); the number in
each docstring is its section there. Dutch follows the conventions of Dutch print: decimal comma, "Noot.", "BI".
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from importlib.resources import files

import pytest

from klantstudie import apa
from klantstudie.present import prose, tables
from klantstudie.present.tables import aligning, openxml, printed
from klantstudie.present.tables.layout import lay_out
from klantstudie.result import build

FORMATS = ("html", "markdown", "latex", "word", "typst")
SPACES = "\u2007\u2008"


def written(thing, form: str, **settings) -> str:
    """The table in one format, as its source."""
    settings = {"number": 1, "title": {"nl": "Kloof per kenmerk", "en": "Gap by attribute"}} | settings
    if form in ("html", "markdown", "latex"):
        return getattr(tables, f"to_{form}")(thing, **settings)
    write = printed.write_typst if form == "typst" else openxml.write_openxml
    return write(lay_out(thing, **settings))


def told(source: str, form: str) -> str:
    """The source without its markup, so that one expectation serves every format."""
    if form == "html":
        source = re.sub(r"<br>|<(?=t[dh][ >])", "\n<", source.split("</style>")[-1])
        source = re.sub("<[^>]*>", "", source)
    elif form == "word":
        source = re.sub("<[^>]+>", "", re.sub("</w:p>", "\n", source))
    elif form == "latex":
        source = re.sub(r"\\(?:textit|textsubscript|caption|tnote)\{", "", source)
        source = (
            source.replace("$-$", "−").replace(r"\textless{}", "<").replace("$^2$", "²").replace(r"\%", "%")
        )
        source = re.sub(r"\\phantom\{.\}", "", source).replace("}", "")
    elif form == "typst":
        source = re.sub(r'"\)?#(?:emph\(|super\()?"', "", source)
        source = "\n".join(re.findall(r'"((?:[^"\\]|\\.)*)"', source))
    elif form == "markdown":
        source = re.sub(r"(?<![*\\])\*(?![*<\\ ])([A-Za-z²]+)\*(?!\*)", r"\1", source)
    plain = html.unescape(re.sub(r"\\(?=[*<>\[\]|_])", "", source)).replace("\u00a0", " ")
    return plain.translate({ord(space): None for space in SPACES})


def regression(**more):
    rows = [
        {"term": "kwaliteit", "estimate": 0.512, "std_error": 0.061, "statistic": 8.39, "statistic_name": "t",
         "df": 1246, "p_value": 0.0000004, "conf_low": 0.392, "conf_high": 0.632, "note": "robust"},
        {"term": "prijs", "estimate": -0.04, "std_error": 0.05, "statistic": -0.8, "statistic_name": "t",
         "df": 1246, "p_value": 0.424, "conf_low": -0.138, "conf_high": 0.058, "note": ""},
    ]  # fmt: skip
    settings = {"n_total": 1300, "n_used": 1250, "method": "least squares, hc3 errors", "reference": "r"}
    return build(
        "drivers.regression", rows, conf_level=0.95, **settings | {"fit": {"r_squared": 0.31}} | more
    )


def correlations():
    pairs = (
        ("imago", "waarde", 0.52, 0.0001),
        ("imago", "trouw", -0.2, 0.03),
        ("waarde", "trouw", 0.05, 0.4),
    )
    rows = [{"term": f"{a} ~~ {b}", "estimate": r, "p_value": p} for a, b, r, p in pairs]
    settings = {"n_total": 99, "n_used": 99, "method": "pearson correlation", "reference": "r"}
    return build("describe.correlations", rows, bounded=("estimate",), **settings)


BESIDE = {"imago": {"mean": 3.5, "sd": 0.9, "reliability": 0.81}, "waarde": {"mean": 4.0, "sd": 1.0}}


def matrix(form: str, lang: str = "en") -> str:
    return written(correlations(), form, shape="matrix", beside=BESIDE, lang=lang)


@pytest.mark.parametrize("form", FORMATS)
def test_the_number_is_bold_and_stands_on_a_line_of_its_own(form):
    """7.10: an arabic numeral, bold, flush left, above the title; in LaTeX and typst the counter of the document."""
    source = written(regression(), form, lang="en", number=3)
    expected = {
        "html": "<caption><strong>Table 3</strong><br>",
        "markdown": "**Table 3**\n\n",
        "latex": "\\caption{",
        "word": '<w:b/></w:rPr><w:t xml:space="preserve">Table <',
        "typst": 'supplement: "Table"',
    }
    assert expected[form] in source


@pytest.mark.parametrize("form", FORMATS)
def test_the_title_is_italic_below_the_number(form):
    """7.11: a brief title in italic title case (English), on the line after the number."""
    source = written(regression(), form, lang="en")
    expected = {
        "html": "<em>Gap by Attribute</em></caption>",
        "markdown": "\n\n*Gap by Attribute*\n",
        "latex": "\\caption{\\textit{Gap by Attribute}}",
        "word": '<w:i/></w:rPr><w:t xml:space="preserve">Gap by Attribute<',
        "typst": '#emph("Gap by Attribute")',
    }
    assert expected[form] in source


def test_title_case_is_for_english_only():
    """6.17: major words and words of four letters or more get a capital; symbols and names keep their own."""
    assert apa.title("From file to analysis", "en") == "From File to Analysis"
    assert (
        apa.title("Paired t tests of r_wg: a first-order check", "en")
        == "Paired t Tests of r_wg: A First-Order Check"
    )
    assert apa.title("Van bestand tot analyse", "nl") == "Van bestand tot analyse"


@pytest.mark.parametrize("form", FORMATS)
def test_every_column_has_a_heading(form):
    """7.12: every column has a heading, the first one too."""
    layout = lay_out(regression(), lang="en")
    assert all(column.heading for column in layout.columns)
    heads = ["Term", "Estimate", "SE", "95% CI", "t(1246)", "p"]
    text = told(written(regression(), form, lang="en"), form)
    for heading in heads:
        assert heading in text.replace("*", "").replace("</em>", "")


@pytest.mark.parametrize("form", FORMATS)
def test_there_are_horizontal_rules_only(form):
    """7.17: rules above and below the table and below the headings; no vertical ones, none around cells."""
    source = written(regression(), form)
    if form == "html":
        style = source.split("</style>")[0]
        assert "border-top" in style and "border-bottom" in style
        assert not re.search("border-(?:left|right)|border:[1-9]", style)
    elif form == "latex":
        assert [source.count(rule) for rule in ("\\toprule", "\\midrule", "\\bottomrule")] == [1, 1, 1]
        assert "|" not in source.split("\\begin{tabular}")[1].split("\n")[0]
    elif form == "word":
        assert not re.search("<w:(?:left|right|insideV|insideH) w:val=", source)
        assert source.count('<w:top w:val="single"') == 1
    elif form == "typst":
        assert "stroke: none" in source and "vline" not in source and source.count("table.hline") == 3


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("lang", "word"), [("nl", "Noot."), ("en", "Note.")])
def test_notes_come_in_the_order_general_specific_probability(form, lang, word):
    """7.14: the general note begins with Note. in italics; letters point from cells; each kind on its own line."""
    source = written(regression(), form, lang=lang)
    italic = {"html": f"<em>{word}</em>", "markdown": f"*{word}*", "latex": f"\\textit{{{word}}}",
              "word": f'<w:i/></w:rPr><w:t xml:space="preserve">{word} <', "typst": f'#emph("{word}")'}  # fmt: skip
    assert italic[form] in source
    marks = {"html": "kwaliteit<sup>a</sup>", "markdown": "kwaliteit<sup>a</sup>", "latex": "kwaliteit\\tnote{a}",
             "word": 'superscript"/>', "typst": '#"kwaliteit"#super("a")'}  # fmt: skip
    assert marks[form] in source
    assert source.index(word) < source.rindex("robust.")
    bare = matrix(form, lang).replace("\\", "")
    assert bare.index(word) < bare.rindex("***")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_stars_are_explained_in_a_probability_note(form, lang):
    """7.14: asterisks stand for levels of p that the last note names, *p < .05. **p < .01. ***p < .001."""
    text = told(matrix(form, lang), form).replace("</em>", "").replace("#", "")
    bare = re.sub(r"[\s\"()]", "", text).replace("*p*", "*p").replace("p*<", "p<")
    point = {"nl": ",", "en": "."}[lang]
    assert f"p<{point}05." in bare and f"p<{point}01." in bare and f"p<{point}001." in bare
    assert lay_out(correlations(), lang=lang, shape="matrix").probability.startswith("*p <")


@pytest.mark.parametrize("form", FORMATS)
def test_decimal_marks_stand_below_each_other(form):
    """7.13: numbers of a column have the same decimals and stand right; what is shorter is filled up."""
    rows = [{"term": name, "df": df, "estimate": 1.0} for name, df in (("a", 23.41), ("b", 1040.0))]
    source = written(build("x", rows, n_total=2, n_used=2, method="m", reference="r"), form, lang="en")
    assert "23.41" in source and "1040.00" in source
    starred = matrix(form)
    if form in ("html", "word", "typst"):
        assert "−.20*\u2007\u2007" in starred
    if form == "latex":
        assert ".20*" + 2 * "\\phantom{0}" in starred
    right = {
        "html": 'class="num"',
        "markdown": "---:",
        "latex": "{l",
        "word": '<w:jc w:val="right"/>',
        "typst": "right",
    }
    assert right[form] in starred


def test_filling_up_knows_decimals_and_what_follows():
    assert aligning._ends("−1.234,5*", ",") == ("5", "*")
    assert aligning._ends("(.81)", ".") == ("81", ")")
    assert aligning._ends("1,681", ".") == ("", "")
    assert aligning._ends("—", ".") is None
    assert aligning._ends("[0.1, 0.2]", ".") is None


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("lang", "bounded", "free"), [("nl", ",52", "0,51"), ("en", ".52", "0.51")])
def test_no_zero_before_the_mark_where_one_cannot_be_passed(form, lang, bounded, free):
    """6.36: correlations, p values and reliabilities have no leading zero; coefficients have."""
    assert re.search(rf"(?<!\d){re.escape(bounded)}", told(matrix(form, lang), form))
    assert f"0{bounded}" not in told(matrix(form, lang), form)
    assert free in told(written(regression(), form, lang=lang), form)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("lang", "least", "exact"), [("nl", "< ,001", ",424"), ("en", "< .001", ".424")])
def test_p_values_are_exact_to_three_decimals_and_never_zero(form, lang, least, exact):
    """6.36: exact p to two or three decimals; p < .001 below that."""
    text = told(written(regression(), form, lang=lang), form)
    assert least in text and exact in text and "0000" not in text


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("lang", "interval", "level", "meaning"),
    [("nl", "[0,39; 0,63]", "95%-BI", "BI = betrouwbaarheidsinterval."), ("en", "[0.39, 0.63]", "95% CI", "CI = confidence interval.")],
)  # fmt: skip
def test_intervals_stand_in_brackets_under_their_level(form, lang, interval, level, meaning):
    """7.16: limits in brackets in one column, the level in the heading; 7.15: the abbreviation is explained."""
    text = told(written(regression(), form, lang=lang), form)
    assert interval in text and level in text and meaning in text


def equivalence():
    rows = [
        {"term": "a - b", "part": "difference", "estimate": 0.1, "conf_low": -0.11, "conf_high": 0.31},
        {"term": "a - b", "part": "equivalence", "estimate": 0.1, "conf_low": -0.08, "conf_high": 0.28},
        {"term": "a - b", "part": "lower", "estimate": -0.5, "conf_low": None, "conf_high": None},
    ]
    settings = {"n_total": 99, "n_used": 99, "method": "m", "reference": "r"}
    return build("equivalence.paired", rows, conf_level=0.95, conf_level_equivalence=0.9, **settings)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("lang", "narrow"), [("nl", "90%-BI."), ("en", "90% CI.")])
def test_an_interval_of_another_level_than_the_heading_says_so(form, lang, narrow):
    """7.14: what holds for one cell stands in a specific note, its letter on that cell; no other row has it."""
    source = written(equivalence(), form, lang=lang)
    ends = {"nl": "[−0,08; 0,28]", "en": "[−0.08, 0.28]"}[lang]
    mark = {"html": "<sup>a</sup>", "markdown": "<sup>a</sup>", "latex": r"\tnote{a}", "typst": '#super("a")',
            "word": '<w:vertAlign w:val="superscript"/><w:sz w:val="17"/><w:szCs w:val="17"/></w:rPr><w:t xml:space="preserve">a<'}  # fmt: skip
    written_ends = {"markdown": rf"\[{ends[1:-1]}\]", "latex": ends.replace("−", "$-$"), "typst": ends.replace(" ", "\u00a0")}  # fmt: skip
    assert narrow in told(source, form)
    after = source.split(written_ends.get(form, ends))
    assert len(after) == 2 and mark[form] in after[1][:190]
    marks = {row.cells[1]: row.marks for row in lay_out(equivalence(), lang=lang).rows}
    assert [bool(found) for found in marks.values()] == [False, True, False]


def test_every_place_names_the_level_of_the_interval_it_shows():
    """7.14: side by side each part has its level in its heading, and a line of text names that of its own row."""
    heads = [column.heading for column in lay_out(equivalence(), lang="en", shape="wide").columns]
    assert heads == ["Term", "Estimate", "95% CI", "Estimate", "90% CI", "Estimate", "95% CI"]
    assert "95% CI [−0.11, 0.31]" in str(equivalence()) and "90% CI [−0.08, 0.28]" in str(equivalence())
    assert "90%-BI [−0,08; 0,28]" in prose.statement(equivalence(), "a - b", part="equivalence")


@pytest.mark.parametrize("form", FORMATS)
def test_counts_have_a_separator_and_degrees_of_freedom_none(form):
    """6.38: thousands are separated, but not in degrees of freedom."""
    text = told(written(regression(), form, lang="en"), form)
    assert "1,250" in text and "(1246)" in text
    rows = [
        {"term": "a", "bic": 237615.04, "df": 1994.87},
        {"term": "b", "bic": 1.5, "df": 2000},
    ]
    table = build("x", rows, n_total=2, n_used=2, method="m", reference="r")
    for lang, known in {
        "nl": ("237.615,0", "1994,87", "2000,00"),
        "en": ("237,615.0", "1994.87", "2000.00"),
    }.items():
        text = told(written(table, form, lang=lang), form)
        assert all(number in text for number in known)


def test_a_threshold_has_the_decimals_it_needs():
    rows = [{"term": "a", "threshold": 18}, {"term": "b", "threshold": 0.001}]
    layout = lay_out(build("x", rows, n_total=2, n_used=2, method="m", reference="r"), lang="en")
    assert [row.cells[1].rstrip(SPACES) for row in layout.rows] == ["18", "0.001"]


@pytest.mark.parametrize("form", FORMATS)
def test_symbols_are_italic_and_greek_and_words_are_not(form):
    """6.44: Latin letters that stand for a statistic are italic, Greek letters and subscripts are not."""
    source = written(regression(), form, lang="en")
    italic = {"html": "<em>t</em>(1246)", "markdown": "*t*(1246)", "latex": "\\textit{t}(1246)",
              "word": '<w:i/>', "typst": '#emph("t")#"(1246)"'}  # fmt: skip
    assert italic[form] in source
    assert "<em>χ" not in written(regression(fit={"chisq": 3.0}), "html")


@pytest.mark.parametrize("form", FORMATS)
def test_a_correlation_matrix_is_a_triangle_with_means_sds_and_reliabilities(form):
    """7.21: numbered variables, M and SD, the lower half, reliabilities or dashes on the diagonal."""
    text = told(matrix(form), form)
    for known in ("1. imago", "2. waarde", "3.50", "0.90", "(.81)", ".52***", "−.20*", "—"):
        assert known in text.replace("\\", "").replace("textbackslash", ""), known
    assert "Reliabilities are on the diagonal." in text


def models():
    second = regression(fit={"r_squared": 0.22, "df": 1246.0}, n_used=1200)
    return tables.together(
        {"Tevredenheid": regression(fit={"r_squared": 0.31, "df": 1246.0}), "Trouw": second}
    )


@pytest.mark.parametrize("form", FORMATS)
def test_regressions_stand_side_by_side_under_their_own_headings(form):
    """7.12 and 7.21: a heading over the columns of each model with a rule below it, fit and n at the foot."""
    source = written(models(), form, shape="wide", lang="en")
    over = {"html": '<th scope="colgroup" colspan="3" class="over">Trouw</th>', "markdown": "| Trouw: Estimate |",
            "latex": "\\multicolumn{3}{c}{Trouw}", "word": '<w:gridSpan w:val="3"/>',
            "typst": 'table.cell(colspan: 3, align: center)[#"Trouw"]'}  # fmt: skip
    assert over[form] in source
    text = told(source, form)
    assert ".310" in text and ".220" in text and "1,200" in text and "df" in text
    rule = {"html": 'class="rule"', "markdown": "R²", "latex": "\\cmidrule(lr){5-7}", "word": '<w:top w:val="single" w:sz="4"',
            "typst": "table.hline(start: 4, end: 7"}  # fmt: skip
    assert rule[form] in source


def explored():
    loadings = {("a1", "F1"): 0.81, ("a1", "F2"): 0.02, ("b1", "F1"): -0.05, ("b1", "F2"): 0.77}
    rows = [{"term": item, "part": "loading", "group": f, "estimate": x} for (item, f), x in loadings.items()]
    rows += [{"term": item, "part": "uniqueness", "estimate": 0.4} for item in ("a1", "b1")]
    rows += [{"term": "F1 ~~ F2", "part": "factor_correlation", "estimate": 0.31}]
    rows += [{"term": f, "part": "variance", "estimate": 0.6, "share": 0.3} for f in ("F1", "F2")]
    return build(
        "factors.explore", rows, n_total=9, n_used=9, method="minres, oblimin rotation", reference="r"
    )


@pytest.mark.parametrize("form", FORMATS)
def test_loadings_stand_by_item_and_factor(form):
    """7.21: items in rows, factors in columns, variance and correlations of the factors below."""
    text = told(written(explored(), form, shape="loadings", lang="en"), form)
    for known in (
        "F1",
        "F2",
        "0.81",
        "−0.05",
        "Share of the variance",
        "30.0%",
        "Correlation with F2",
        ".31",
    ):
        assert known in text, known


@pytest.mark.parametrize("form", FORMATS)
def test_a_measurement_model_stands_by_factor(form):
    rows = [
        {"term": f"imago =~ i{k}", "part": "loading", "estimate": 1.0, "std_error": 0.1, "standardized": 0.7}
        for k in (1, 2)
    ]
    rows += [{"term": f"i{k}", "part": "r_squared", "estimate": 0.49} for k in (1, 2)]
    model = build(
        "sem.fit", rows, n_total=9, n_used=9, method="maximum likelihood (normal likelihood)", reference="r"
    )
    text = told(written(model, form, shape="loadings", labels={"imago": "Imago"}, lang="en"), form)
    for known in ("Imago", "i2", "0.70", ".49"):
        assert known in text, known


def ladder():
    rows = [
        {"term": step, "chisq": 115.9 + k, "df": 48.0 + k, "cfi": 0.92, "rmsea": 0.09, "delta_chisq": 8.2 if k else None,
         "delta_df": 6.0 if k else None, "p_value": 0.22 if k else None, "delta_cfi": -0.002 if k else None,
         "decision": "supported" if k else ""}
        for k, step in enumerate(("configural", "metric", "scalar"))
    ]  # fmt: skip
    return build(
        "sem.invariance",
        rows,
        n_total=301,
        n_used=301,
        method="maximum likelihood (normal likelihood)",
        reference="r",
    )


@pytest.mark.parametrize("form", FORMATS)
def test_an_invariance_ladder_has_a_step_in_each_row(form):
    """7.21: models in rows with their fit and the difference with the step before; what does not exist stays empty."""
    text = told(written(ladder(), form, lang="en"), form)
    assert "CFI = comparative fit index" in text
    for known in ("configural", "metric", "115.90", ".920", "8.20", "−.002", "supported"):
        assert known in text, known


def wide():
    columns = ("mean", "sd", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "standardized", "gap",
               "importance", "performance", "weight", "effect")  # fmt: skip
    rows = [
        {"term": f"een lange naam van een kenmerk {k}", "part": "pair"} | dict.fromkeys(columns, 0.5 + k)
        for k in range(3)
    ]
    return build("x", rows, n_total=9, n_used=9, method="m", reference="r", conf_level=0.95)


def test_a_wide_table_gets_a_page_on_its_side():
    """7.18: a table too wide for the page may be turned; one that fits is not."""
    assert "#page(flipped: true)" in written(wide(), "typst")
    assert 'w:orient="landscape"' in written(wide(), "word")
    assert "flipped" not in written(regression(), "typst")
    assert "landscape" not in written(regression(), "word")


def test_headings_repeat_on_the_next_page_of_a_long_table():
    """7.18: the heading row is repeated on every page."""
    assert "table.header(" in written(regression(), "typst")
    assert written(models(), "word", shape="wide").count("<w:tblHeader/>") == 2
    style = (files("klantstudie.present") / "styles" / "report.css").read_text(encoding="utf-8")
    assert "display: table-header-group" in style


def test_a_wide_table_alone_in_a_word_file_lies_on_its_side(tmp_path):
    path = tables.to_docx(wide(), tmp_path / "t.docx")
    document = zipfile.ZipFile(io.BytesIO(path.read_bytes())).read("word/document.xml").decode("utf-8")
    assert re.search(r'<w:pgSz[^>]*w:orient="landscape"', document)
    assert document.count("<w:sectPr") == 1


def test_together_says_what_it_cannot_set_side_by_side():
    with pytest.raises(Exception, match="two models or more; given: 1"):
        tables.together({"a": regression()})
    with pytest.raises(
        Exception, match="results of one kind; given: describe.correlations, drivers.regression"
    ):
        tables.together({"a": regression(), "b": correlations()})
