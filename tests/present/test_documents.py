"""Reports from finished runs: complete, in one language, self-contained, safe, the same bytes twice."""

from __future__ import annotations

import json
import re

import pytest

from klantstudie.errors import OptionError, RunError
from klantstudie.present import documents
from klantstudie.present.documents import cleaning, formulas
from tests.present.conftest import cell, finished_run, shown, story


def report(folder, **settings):
    (path,) = documents.build(folder, **settings)
    return path.read_text(encoding="utf-8")


def text_of(html):
    return re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)


def test_a_report_has_title_study_date_authors_and_summary(tmp_path):
    html = report(finished_run(tmp_path))
    assert "<h1>Schiet de ervaring tekort?</h1>" in html
    assert "De ABC-studie" in html
    assert "23 november 2026" in html
    assert "A. Jansen" in html
    summary = html.split('class="summary"')[1].split("</section>")[0]
    assert "Hoe groot is de kloof?" in summary
    assert "ondersteund" in summary
    assert "De kloof is <strong>−0,50</strong>." in summary


def test_authors_of_data_from_a_publication_are_not_the_authors_of_the_report(tmp_path):
    study = {"name": "abc", "title": {"nl": "T", "en": "T"}, "authors": ["A. Jansen", "B. Smit"]}
    own, cited = (
        finished_run(tmp_path / "own", study=study),
        finished_run(tmp_path / "cited", study=study | {"citation": "Jansen, A., & Smit, B. (2001). Boek."}),
    )
    assert "<span>A. Jansen en B. Smit</span>" in report(own)
    assert "<span>Gegevens: A. Jansen en B. Smit</span>" in report(cited)


def test_tables_and_figures_are_numbered_and_referred_to(tmp_path):
    html = report(finished_run(tmp_path))
    assert '<a href="#tbl-kloof">Tabel 1</a>' in html
    assert '<a href="#fig-kloof">Figuur 1</a>' in html
    assert 'id="tbl-kloof"' in html
    assert "<strong>Tabel 1</strong><br><em>Kloof per kenmerk</em>" in html
    assert 'href="tables/kloof.csv"' in html
    assert 'href="figures/kloof.png"' in html


def test_a_report_keeps_one_language(tmp_path):
    dutch, english = report(finished_run(tmp_path)), report(finished_run(tmp_path), lang="en")
    assert 'lang="nl"' in dutch
    assert "How large is the gap?" not in dutch
    assert 'lang="en"' in english
    assert "Hoe groot is de kloof?" not in english
    assert "Table 1" in english
    assert "The ABC study" in english


def test_citations_become_a_reference_list(tmp_path):
    html = report(finished_run(tmp_path))
    assert '(<a class="cite" href="#ref-parasuraman1988">Parasuraman et al.</a>, 1988, p. 12)' in html
    assert "<em>Journal of Retailing</em>, <em>64</em>(1), 12–40." in html


def test_nothing_is_asked_from_outside(tmp_path):
    html = report(finished_run(tmp_path))
    for match in re.findall(r'(?:src|href)="([^"]+)"|url\(\s*"?([^")]+)', html):
        address = "".join(match)
        assert address.startswith(("data:", "#", "tables/", "figures/", "https://doi.org/")), address[:80]
    assert "<script src" not in html
    assert "@import" not in html


def test_the_same_run_gives_the_same_bytes(tmp_path):
    assert report(finished_run(tmp_path / "a")) == report(finished_run(tmp_path / "b"))


def test_the_reproducibility_card_holds_what_the_run_recorded(tmp_path):
    html = report(finished_run(tmp_path))
    card = html.split('class="card"')[1]
    for known in (
        "0" * 64,
        "pandas",
        "3.1.1",
        "c70b49e6f2a8",
        "zonder wijzigingen",
        "gepaarde t-toetsen",
        "Parasuraman (1988)",
    ):
        assert known in card


def test_a_failed_run_says_so_and_shows_where(tmp_path):
    error = {
        "output_type": "error",
        "ename": "InputError",
        "evalue": "no column 'q9' <b>",
        "traceback": ["\x1b[31mline 3\x1b[0m"],
    }
    html = report(
        finished_run(tmp_path, [*story()[:5], cell("code", "x", outputs=(error,))], status="failed")
    )
    assert 'class="banner failed"' in html
    assert "InputError: no column &#x27;q9&#x27; &lt;b&gt;" in html
    assert '<pre tabindex="0">line 3</pre>' in html


def test_simulated_data_have_a_banner(tmp_path):
    assert "Gesimuleerde gegevens." in report(finished_run(tmp_path, study={"name": "gesimuleerd-03"}))
    assert 'class="banner simulated"' not in report(finished_run(tmp_path))


def test_survey_text_cannot_do_anything(tmp_path):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    frame = f"<table onclick='x()'><tr><td style='x'>{evil}</td></tr></table>"
    cells = [
        cell("markdown", f"# {evil}\n\n{evil} [x](javascript:alert(1)) ![x](http://example.org/x.png)"),
        cell("code", "x", outputs=(shown("", text_html=frame), shown("prose", text_markdown=evil))),
        cell("code", "y", outputs=({"output_type": "stream", "name": "stdout", "text": evil},)),
    ]
    html = text_of(
        report(finished_run(tmp_path, cells, study={"name": evil, "title": evil, "authors": [evil]}))
    )
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert "onclick" not in html
    assert 'href="javascript:' not in html
    assert 'src="http' not in html


def test_what_was_not_saved_is_shown_too(tmp_path):
    cells = [
        cell("code", "x", outputs=(shown("", text_plain="42"), shown("", image_png="AAAA"))),
        cell("code", "y", outputs=({"output_type": "stream", "name": "stderr", "text": "let op"},)),
    ]
    html = report(finished_run(tmp_path, cells))
    assert '<pre class="output">42</pre>' in html
    assert 'src="data:image/png;base64,AAAA"' in html
    assert "Meldingen" in html


def test_code_is_folded_and_highlighted(tmp_path):
    html = report(finished_run(tmp_path))
    assert '<details class="code"><summary>Code</summary><pre tabindex="0"><code>' in html


def test_wrong_calls_are_named(tmp_path):
    with pytest.raises(RunError, match=r"notebook\.ipynb is missing"):
        documents.build(tmp_path)
    with pytest.raises(OptionError, match="to must be one of"):
        documents.build(tmp_path, to=("htm",))
    with pytest.raises(OptionError, match="lang must be one of"):
        documents.build(tmp_path, lang="fr")


def test_headings_in_code_blocks_are_code(tmp_path):
    html = report(
        finished_run(tmp_path, [cell("markdown", "# A\n\n```\n# not a heading\n```\n\n## B\n\n## B")])
    )
    assert "# not a heading" in html
    assert 'id="b"' in html
    assert 'id="b-2"' in html


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        (r"\sum_{i=1}^k x", "<munderover><mo>∑</mo>"),
        (r"\sqrt[3]{x}", "<mroot>"),
        (r"\hat{y}", '<mover accent="true">'),
        (r"\alpha \le 0{,}70", "<mi>α</mi><mo>≤</mo>"),
        (r"\text{hoe zo}", "<mtext>hoe zo</mtext>"),
        (r"\left(\frac12\right]", '<mo stretchy="true">(</mo>'),
        (r"\begin{cases} 1 & x>0 \\ 0 & x<0 \end{cases}", "<mtable><mtr><mtd>"),
        (r"f'(x)", "<msup><mi>f</mi><mo>′</mo></msup>"),
    ],
)
def test_formulas_become_mathml(tex, part):
    assert part in formulas.to_mathml(tex)


def test_a_formula_that_is_not_understood_stands_as_it_was_written():
    assert formulas.to_mathml(r"\weird{<x>}") == '<code class="tex">\\weird{&lt;x&gt;}</code>'
    assert "tex" in formulas.to_mathml(r"\frac{a}")
    assert "tex" in formulas.to_mathml("{a")


def test_foreign_tables_keep_cells_only():
    given = "<style>x</style><div><table border=1><thead><tr><th scope='col' onclick='x'>a</th></tr></thead></table>"
    assert cleaning.table(given) == '<table><thead><tr><th scope="col">a</th></tr></thead></table>'


def test_the_record_may_be_missing(tmp_path):
    finished_run(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({}), encoding="utf-8")
    assert "<h1>" in report(tmp_path)


def test_a_parameter_without_a_word_of_its_own_has_the_comment_of_the_notebook(tmp_path):
    cells = [
        cell(
            "code",
            'study: str = "abc"  # Map\nhaste: float = 2.0  # Hoe gehaast de klant is [0, 5]',
            "parameters",
        ),
        *story(),
    ]
    run = finished_run(tmp_path, cells, parameters={"haste": 2.0})
    assert "Hoe gehaast de klant is<" in report(run)


def test_a_report_outside_the_project_still_knows_its_study(tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "data" / "raw" / "abc").mkdir(parents=True)
    book = project / "data" / "raw" / "abc" / "codebook.toml"
    book.write_text('[study]\ntitle = {nl = "De titel van het codeboek", en = "T"}\n', encoding="utf-8")
    inputs = [{"path": "data/raw/abc/codebook.toml", "role": "codebook", "sha256": "0" * 64}]
    run = finished_run(tmp_path / "elsewhere", inputs=inputs, study="abc")
    monkeypatch.chdir(project)
    assert "De titel van het codeboek" in report(run)


def test_a_report_that_reads_several_studies_is_titled_after_its_own_or_after_none(tmp_path, monkeypatch):
    for name in ("abc", "xyz"):
        folder = tmp_path / "data" / "raw" / name
        folder.mkdir(parents=True)
        told = f'[study]\ntitle = {{nl = "Titel van {name}", en = "T"}}\nauthors = ["Auteur van {name}"]\n'
        (folder / "codebook.toml").write_text(told, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    read = [{"path": f"data/raw/{name}/codebook.toml", "role": "codebook"} for name in ("abc", "xyz")]
    own = report(finished_run(tmp_path / "own", inputs=read, study="xyz"))
    assert "Titel van xyz" in own and "Auteur van xyz" in own and "van abc" not in own
    several = report(finished_run(tmp_path / "several", inputs=read, study="algemeen"))
    assert "Titel van" not in several and "Auteur van" not in several
    assert "Gegevens uit verschillende bronnen" in several
