"""PDF, Word and LaTeX: complete, accessible, safe with any text, the same bytes twice; a clear message without the extra."""

from __future__ import annotations

import builtins
import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from klantstudie.errors import RunError
from klantstudie.present import documents
from klantstudie.present.documents import fitting, paper
from klantstudie.present.documents.paper import Paper
from klantstudie.present.documents.reading import read
from klantstudie.present.tables import openxml, printed, to_docx, to_latex
from klantstudie.present.tables.layout import Column, Layout, Row, lay_out
from klantstudie.present.tables.printed import literal
from klantstudie.result import build
from tests.present.conftest import cell, finished_run, gap_result, shown, story

docx = pytest.importorskip("docx", reason="the extra 'rapport' is not installed")
typst = pytest.importorskip("typst", reason="the extra 'rapport' is not installed")
pytest.importorskip("pypandoc", reason="the extra 'rapport' is not installed")

EVIL = '#panic("x") $x$ \\ "quoted" <script> `raw`{=typst} @parasuraman1988 [x](y) *b* _i_ =1+1'


def built(folder, kind, **settings):
    (path,) = documents.build(folder, to=(kind,), **settings)
    return path.read_bytes()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_pdf_meets_both_standards(tmp_path, lang):
    made = built(finished_run(tmp_path), "pdf", lang=lang)  # typst refuses what breaks PDF/UA-1 or PDF/A-2a
    assert made.startswith(b"%PDF-1.7")
    assert b"pdfuaid:part" in made
    assert b"pdfaid:part" in made


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_the_same_run_gives_the_same_bytes(tmp_path, kind):
    assert built(finished_run(tmp_path / "a"), kind) == built(finished_run(tmp_path / "b"), kind)


def test_nothing_is_left_behind(tmp_path):
    finished_run(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    built(tmp_path, "pdf")
    assert {path.name for path in tmp_path.iterdir()} == before | {"report.pdf"}


def test_word_has_native_tables_captions_formulas_and_alternative_texts(tmp_path):
    made = docx.Document(io.BytesIO(built(finished_run(tmp_path), "docx")))
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert "Schiet de ervaring tekort?" in texts
    assert "Kloof per kenmerk" in texts
    assert any("Parasuraman et al., 1988, p. 12" in text for text in texts)
    assert made.tables[0].rows[0].cells[0].text == "Term"
    assert made.tables[0].rows[2].cells[0].text == "q1"
    xml = made.element.xml
    assert 'w:instrText xml:space="preserve"> SEQ Tabel ' in xml
    assert "<m:oMath" in xml
    assert re.search(r'descr="[^"]*kloven', xml)
    assert xml.count("<w:tblHeader") >= 1
    assert made.core_properties.title == "Schiet de ervaring tekort?"


def test_every_table_is_a_word_file_too(tmp_path):
    built(finished_run(tmp_path), "docx")
    assert docx.Document(tmp_path / "tables" / "kloof.docx").tables[0].rows[0].cells[0].text == "Term"
    (page,) = documents.build(tmp_path)
    assert 'href="tables/kloof.docx"' in page.read_text(encoding="utf-8")


def test_the_zip_of_word_has_fixed_times(tmp_path):
    with zipfile.ZipFile(io.BytesIO(built(finished_run(tmp_path), "docx"))) as made:
        assert {about.date_time for about in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_survey_text_is_text(tmp_path, kind):
    from klantstudie.present.saving import save

    cells = [
        cell("markdown", "# Titel"),
        cell("code", "x", outputs=(shown("table", "evil"), shown("figure", "kloof"))),
    ]
    study = {"name": EVIL, "title": EVIL, "authors": [EVIL]}
    finished_run(tmp_path, cells, study=study)
    result = gap_result()
    save(result, tmp_path, "evil", caption=EVIL, labels={"q1": EVIL, "q2": "```\n{=typst}"})
    made = built(tmp_path, kind)
    if kind == "docx":
        texts = [one.text for row in docx.Document(io.BytesIO(made)).tables[0].rows for one in row.cells]
        assert EVIL in texts


def test_bold_that_touches_the_next_sentence_is_no_field_of_typst(tmp_path):
    finished_run(
        tmp_path, [cell("markdown", "# Titel\n\nBesluit: **ondersteund**.De weg. Zo *kan*.het ook.")]
    )
    assert built(tmp_path, "pdf").startswith(b"%PDF")


def test_a_failed_run_has_a_pdf_too(tmp_path):
    error = {"output_type": "error", "ename": "InputError", "evalue": EVIL, "traceback": []}
    made = built(
        finished_run(tmp_path, [*story()[:5], cell("code", "x", outputs=(error,))], status="failed"), "pdf"
    )
    assert made.startswith(b"%PDF")


@pytest.mark.parametrize(("kind", "library"), [("pdf", "typst"), ("docx", "docx"), ("pdf", "pypandoc")])
def test_without_the_extra_the_message_says_what_to_install(tmp_path, monkeypatch, kind, library):
    from klantstudie.present.documents import word

    word._model.cache_clear()
    real = builtins.__import__

    def missing(name, *more, **named):
        if name.split(".")[0] == library:
            raise ImportError(name)
        return real(name, *more, **named)

    finished_run(tmp_path)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(RunError, match=r"pip install 'klantstudie\[rapport\]'"):
        documents.build(tmp_path, to=(kind,))


def test_one_table_as_a_word_file(tmp_path):
    path = to_docx(gap_result(), tmp_path / "table.docx", title="Kloof", labels={"q1": "Snelheid"})
    made = docx.Document(path)
    assert [paragraph.text for paragraph in made.paragraphs][:2] == ["Tabel 1", "Kloof"]
    assert "Snelheid" in [one.text for row in made.tables[0].rows for one in row.cells]


def test_latex_is_booktabs_with_notes():
    text = to_latex(gap_result(), title="Kloof & meer", label="tab:kloof")
    assert r"\caption{\textit{Kloof \& meer}}" in text
    assert r"\label{tab:kloof}" in text
    assert r"\textit{t}(99)" in text
    assert r"$-$0,50" in text
    assert r"\textless{} ,001" in text
    assert r"q2\tnote{a}" in text
    assert r"\vline" not in text
    assert "|" not in text.split(r"\begin{tabular}")[1].split("\n")[0]
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") == 1


def test_a_typst_string_cannot_be_left():
    assert literal('a "b" \\ #c\n\x07') == '"a \\"b\\" \\\\ #c\\n"'


def test_answers_that_are_folded_on_screen_stand_open_on_paper(tmp_path):
    cells = [
        *story(),
        cell(
            "markdown",
            "## Oefeningen\n\n1. Waarom?\n\n<details><summary>Antwoorden</summary>\n\n1. Daarom.\n\n</details>",
        ),
    ]
    body = Paper(read(finished_run(tmp_path, cells)), "typst").write()
    assert "**Antwoorden**\n\n" in body
    assert "details" not in body


@pytest.mark.parametrize(
    ("kind", "form"), [("openxml", r"\{width=([\d.]+)in\}"), ("typst", r"width: scale \* ([\d.]+)in")]
)
def test_a_tall_figure_fits_the_page(tmp_path, kind, form):
    finished_run(tmp_path)
    about = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    about["figures"][0] |= {"width": 6.7, "height": 13.4}
    (tmp_path / "results.json").write_text(json.dumps(about), encoding="utf-8")
    (found,) = re.findall(form, Paper(read(tmp_path), kind).write())
    assert float(found) == pytest.approx(4.2)


def test_a_long_table_begins_where_some_rows_fit():
    def written(count):
        rows = [{"term": f"t{k}", "estimate": 1.0} for k in range(count)]
        made = build("x", rows, n_total=9, n_used=9, method="m", reference="r")
        return printed.write_typst(lay_out(made))

    assert "breakable: true" in written(40) and written(40).startswith("#start")
    assert "height: 11em, breakable: false" in fitting.TYPST
    assert written(10).startswith('#fit("') and "#start" not in written(10)


def test_the_last_paragraph_stays_with_the_table_that_it_introduces(tmp_path):
    cells = [
        cell("markdown", "# T\n\nInleiding."),
        cell("markdown", "## Deel\n\nEen eerste alinea.\n\nHoe groot is de kloof?"),
        cell("code", "x", outputs=(shown("table", "kloof"),)),
        cell("markdown", "## Slot\n\nTot zover."),
    ]
    document = read(finished_run(tmp_path, cells))
    made = Paper(document, "typst").write()
    assert made.count("#lead(") == 2  # the other leads to the table of the run
    assert "Een eerste alinea." in made.partition("#lead(")[0]
    assert "Hoe groot is de kloof?" in made.partition("#lead(")[2].partition("Tabel")[0]
    documents.build(tmp_path, to=("docx",))
    word = docx.Document(tmp_path / "report.docx")
    kept, _ = [one.text for one in word.paragraphs if one.style.name == "Lead"]
    assert kept == "Hoe groot is de kloof?" and word.styles["Lead"].paragraph_format.keep_with_next


def test_a_list_or_code_before_a_table_is_left_whole(tmp_path):
    for before in ("- een\n- twee", "```\na\n\nb\n```", "| a |\n|---|\n| 1 |", "woord " * 120):
        cells = [
            cell("markdown", "# T\n\n## Deel"),
            cell("markdown", before),
            cell("code", "x", outputs=(shown("table", "kloof"),)),
        ]
        body, _, card = (
            Paper(read(finished_run(tmp_path, cells)), "openxml").write().partition("# Controleerbaarheid")
        )
        assert card and "Lead" not in body


def test_an_interval_in_a_sentence_stays_on_one_line(tmp_path):
    said = {
        "output_type": "display_data",
        "data": {"text/markdown": "Het verschil is 0,07 [−0,02; 0,16], *p* = ,021, van de [a; b]."},
        "metadata": {"klantstudie": {"type": "prose"}},
    }
    document = read(
        finished_run(tmp_path, [cell("markdown", "# T\n\n## Deel"), cell("code", "x", outputs=(said,))])
    )
    (spoken,) = [block.text for block in document.blocks if block.extra == "said"]
    assert "[−0,02;\u00a00,16], *p* =\u00a0,021, van de [a; b]." in spoken


def test_long_words_and_paths_of_the_card_fit_their_column():
    row = Row(("n_imputations", "5", "data/raw/een_map/een_heel_lange_naam.csv " * 3))
    layout = Layout(tuple(Column(name, name, False) for name in "abc"), (row,))
    first = int(re.findall(r'<w:tcW w:w="(\d+)"', openxml.write_openxml(layout, fill=True))[0])
    assert first > 13 * 110  # at 8.5 points a letter takes about 90 twentieths of a point
    assert paper._broken("data/raw/x.csv") == "data/\u200braw/\u200bx.csv"
    assert paper._broken("ja / nee") == "ja / nee"


def test_a_closing_quote_stays_one_in_the_pdf(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(
        typst, "compile", lambda path, **_: kept.append(Path(path).read_text("utf-8")) or b"%PDF"
    )
    cells = [cell("markdown", "# Titel\n\nIn ‘de winkel (Oost)’ en zo’n ‘ja?’ erbij.", "nl"), *story()]
    built(finished_run(tmp_path, cells), "pdf")
    assert "In ‘de winkel (Oost)’ en zo’n ‘ja?’ erbij." in kept[0]


def test_a_group_of_rows_is_never_a_heading_alone():
    rows = [
        {"term": f"t{k % 20}", "part": part, "estimate": 1.0}
        for part in ("loading", "variance")
        for k in range(20)
    ]
    made = printed.write_typst(
        lay_out(build("x", rows, n_total=9, n_used=9, method="m", reference="r"), lang="en")
    )
    assert made.count("table.header(level: 2") == 2


MARKS = {
    "text": ["", "end", 1, 400.0],
    "start": ["fig-a", "start", 2, 73.7],
    "end": ["fig-a", "end", 2, 473.7],
}


def better(marks=MARKS, order=("fig-a",), heights=None, fitted=None, breaks=()):
    return fitting.better(
        list(marks.values()), list(order), heights or {"fig-a": 350.0}, breaks, fitted or {}
    )


def test_a_figure_that_almost_fits_becomes_smaller_and_one_that_does_not_floats():
    found = better()["fig-a"]  # 400 points and the space above it, where 371 are left
    assert found == pytest.approx(1 - (400 + fitting.ABOVE - 371) / 350 - 0.005, abs=0.001)
    assert better(fitted={"fig-a": found})["fig-a"] == fitting.FLOATS
    assert better(MARKS | {"text": ["", "end", 1, 500.0]})["fig-a"] == fitting.FLOATS
    assert better(heights={"fig-a": 0.0})["fig-a"] == fitting.FLOATS  # a table has one size
    assert (
        better(heights={"fig-a": 0.0}, breaks={"fig-a"})["fig-a"] == fitting.FLOATS
    )  # only its note would go over
    short = MARKS | {"text": ["", "end", 1, 500.0]}
    assert better(short, heights={"fig-a": 0.0}, breaks={"fig-a"})["fig-a"] == fitting.BREAKS
    assert better(fitted={"fig-a": fitting.BREAKS}) is None
    assert better(fitted={"fig-a": fitting.STAYS}) is None


def test_a_page_that_is_almost_full_or_lies_on_its_side_stays_as_it_is():
    assert better(MARKS | {"text": ["", "end", 1, 700.0]}) is None
    assert better(MARKS | {"text": ["tbl-b", "turned", 1, 400.0]}) is None
    assert better(MARKS | {"more": ["", "end", 2, 73.0]}) is None  # text before it on its page
    led = MARKS | {"text": ["", "end", 1, 600.0], "start": ["fig-a", "start", 2, 140.0]}
    assert better(led) is None  # what leads to it fills the page
    assert better(MARKS | {"text": ["", "end", 1, 600.0]}) and not better(
        MARKS | {"text": ["", "end", 1, 600.0]}, heights={"fig-a": 0.0}
    )  # a table stays with its sentence unless the hole is large
    assert better({"start": MARKS["start"], "end": MARKS["end"]}) is None


def test_what_floats_is_not_passed_by_the_next_of_its_kind():
    later = {"one": ["fig-b", "start", 1, 450.0], "two": ["fig-b", "end", 1, 600.0]}
    settings = {"order": ("fig-a", "fig-b"), "fitted": {"fig-a": fitting.FLOATS}}
    assert (
        better(MARKS | later, heights={"fig-a": 350.0, "fig-b": 150.0}, **settings)["fig-b"] == fitting.FLOATS
    )
    assert (
        better(MARKS | later, heights={"fig-a": 350.0}, **settings)["fig-a"] == fitting.STAYS
    )  # fig-b cannot move
    other = {"one": ["tbl-b", "start", 1, 450.0], "two": ["tbl-b", "end", 1, 600.0]}
    settings["order"] = ("fig-a", "tbl-b")
    assert better(MARKS | other, heights={"fig-a": 350.0, "tbl-b": 0.0}, **settings) is None


def test_text_fills_the_page_that_a_tall_figure_leaves(tmp_path):
    text = " ".join(["Dit is een zin van acht gewone woorden."] * 45)
    cells = [cell("markdown", f"# T\n\n## Deel\n\n{text}"), cell("code", "x", outputs=(shown("figure", "kloof"),)),
             cell("markdown", text), cell("markdown", "## Slot\n\nTot zover.")]  # fmt: skip
    finished_run(tmp_path, cells)
    about = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    about["figures"][0] |= {"width": 6.7, "height": 8.0}
    (tmp_path / "results.json").write_text(json.dumps(about), encoding="utf-8")
    size = 'width="482pt" height="576pt" viewBox="0 0 482 576"'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="482" height="576" fill="#0b6477"/></svg>'
    (tmp_path / "figures" / "kloof.svg").write_text(drawn, encoding="utf-8")
    told = []
    compiled = typst.compile
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            typst, "compile", lambda *args, **more: told.append(more["sys_inputs"]) or compiled(*args, **more)
        )
        assert built(tmp_path, "pdf").startswith(b"%PDF")
    assert json.loads(told[0]["fitted"]) == {"fig-kloof": fitting.FLOATS}


def test_a_heading_is_never_left_without_its_only_figure(tmp_path):
    cells = [cell("markdown", "# T\n\n## Met woorden\n\nEen zin."), cell("code", "x", outputs=(shown("table", "kloof"),)),
             cell("markdown", "## Zonder"), cell("code", "x", outputs=(shown("figure", "kloof"),)), cell("markdown", "## Slot\n\nEinde.")]  # fmt: skip
    made = Paper(read(finished_run(tmp_path, cells)), "typst")
    made.write()
    assert list(made.heights) == ["tbl-kloof"] and made.order == ["tbl-kloof", "fig-kloof"]


def test_a_run_that_stopped_says_which_table_its_text_names_is_missing(tmp_path):
    cells = [
        cell("markdown", "# T\n\n## Deel\n\nZie @tbl-kloof, @tbl-later en @fig-later."),
        cell("code", "x", outputs=(shown("table", "kloof"),)),
    ]
    folder = finished_run(tmp_path, cells, status="failed", cause="stop")
    (said,) = [block.text for block in read(folder).blocks if block.kind == "prose"]
    assert said == "Zie @tbl-kloof, Tabel (ontbreekt) en Figuur (ontbreekt)."
