"""Answers, labels and titles that try to be code, and a group that is too small, through a whole run in every format."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from html.parser import HTMLParser

import pytest

from klantstudie.run import notebooks, results
from tests.run.making import notebook, project

EVIL = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","klik")',
    '$\\frac{ #eval("1+1")',
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1)) | **b**",
    "@SUM(1+1)*cmd|' /C calc'!A0",
)
SIZES = (40, 35, 30, 25, 20, 3)  # the last is too small, and the one before would give it away
# What a cell may show as its last line without saving it; the score of the smallest group is -100.
BARE = (
    "nps.table",
    "nps",
    "nps.apa(lang)",
    "nps.row('r', group=small)",
    "nps.table.set_index('group')['estimate']",
)
CODE = (
    "import klantstudie as ks\nfrom klantstudie.analyses import groups, loyalty\nfrom klantstudie.present import figures\n"
    "survey = ks.load(study)\nlabels = survey.codebook.labels(lang)",
    "plain = survey.frame.groupby('waar', as_index=False).agg(n=('nr', 'size'), gemiddelde=('q1', 'mean'))\n"
    "plain = ks.save(plain, out, 'los', caption='<script>alert(7)</script>')",
    "said = ks.save(survey.frame[['nr', 'open']].rename(columns={'open': '=open'}).head(12), out, 'open', caption='=1+1')",
    "pairs = ks.save(groups.pairwise(survey.frame, ['q1'], 'waar'), out, 'paren', caption='x', lang=lang, labels=labels)",
    "nps = loyalty.nps(survey.frame, 'r', group='waar', scale=(0, 10))\n"
    "figure = ks.save(figures.nps(nps, lang=lang, labels=labels), out, 'nps', caption='x')\n"
    "small = survey.frame['waar'].iloc[-1]\n"
    "told = ks.say(nl='Groep {g}: {m}.', en='Group {g}: {m}.', lang=lang, g=small, m=nps.value('r', group=small))",
    *BARE,
    "print(survey.frame['open'].iloc[0])\nraise ValueError(survey.frame['open'].iloc[0] + '</script>')",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = project(tmp_path_factory.mktemp("vijand") / "een map")
    folder = home / "data/raw/klein"
    folder.mkdir()
    words = {name: json.dumps(text) for name, text in zip("abcdef", EVIL, strict=True)}
    (folder / "codebook.toml").write_text(
        """\
[study]
title = {a}
authors = [{d}]
citation = {e}
file = "klein.csv"
id = "nr"
[responses.vijf]
min = 1
max = 5
[responses.tien]
min = 0
max = 10
[items.q1]
text = {c}
response = "vijf"
[items.r]
text = {d}
response = "tien"
[items.open]
type = "text"
[groups.waar]
label = {b}
""".format(**words),
        encoding="utf-8",
    )
    places = [place for place, size in enumerate(SIZES) for _ in range(size)]
    with (folder / "klein.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["nr", "q1", "r", "waar", "open"])
        for n, place in enumerate(places, 1):
            mark = 0 if place == 5 else n % 11
            table.writerow([n, 1 + n * 7 % 5, mark, EVIL[place], f"{EVIL[n % 6]} zegt {n}"])
    notebook(home / "notebooks/01-x.ipynb", *CODE)
    planned = notebooks.plan(home / "notebooks/01-x.ipynb", {"study": "klein"})
    made = notebooks.execute(planned, to=("html", "pdf", "docx"))
    assert made.cause.startswith("ValueError: ")
    assert "report_error" not in made.record
    notebooks.index(home / "reports")
    results.write(home / "reports")
    return planned.folder


class Page(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.scripts, self.harmful, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script"
        for name, value in attrs:
            runs = name.startswith("on") and value != "return false"
            if runs or (re.match(r"\s*(javascript:|//|http)", value or "", re.I) and name in ("href", "src")):
                self.harmful.append((tag, name, value))

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts.append(data)


def test_no_answer_runs_in_the_report_or_the_index(run):
    for path in (run / "report.html", run.parents[2] / "index.html", *run.glob("figures/*.svg")):
        page = Page(path.read_text(encoding="utf-8"))
        assert not [script for script in page.scripts if "alert(" in script], path.name
        assert page.harmful == [], path.name
    shown = json.loads((run / "notebook.ipynb").read_text(encoding="utf-8"))
    outputs = [output.get("data", {}) for cell in shown["cells"] for output in cell.get("outputs", [])]
    assert not any(Page("".join(data.get("text/html", ""))).scripts for data in outputs)


def test_no_answer_is_a_formula_in_any_csv(run):
    paths = [*run.glob("tables/*.csv"), run.parents[2] / "results.csv"]
    paths += (run.parents[3] / "data/processed/klein").glob("*.csv")
    assert len(paths) >= 6
    for path in paths:
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        for cell in cells:
            assert not cell.startswith(("=", "@", "\t", "\r")), (path.name, cell)


def test_the_word_file_holds_answers_as_text(run):
    with zipfile.ZipFile(run / "report.docx") as packed:
        document = packed.read("word/document.xml").decode("utf-8")
        links = packed.read("word/_rels/document.xml.rels").decode("utf-8")
    fields = {
        words[0]
        for words in (text.split() for text in re.findall(r"<w:instrText[^>]*>([^<]+)<", document))
        if words
    }
    assert fields <= {"SEQ", "PAGE"}
    assert "evil.example" not in links and "javascript:" not in links
    assert "=HYPERLINK(" in document
    assert (run / "report.pdf").stat().st_size > 10_000


def test_a_group_that_is_too_small_is_in_nothing_that_was_written(run):
    rows = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in run.glob("tables/*.csv")}
    assert [line for line in rows["los"] if "calc" in line] == [f"'{EVIL[5]},,"]
    assert [line for line in rows["los"] if "javascript" in line] == [f"{EVIL[4]},,"]
    named = [line for line in rows["paren"] if "calc" in line or "javascript" in line]
    assert len(named) == 9 and all(line.endswith(",suppressed") for line in named)
    saved = json.loads((run / "results.json").read_text(encoding="utf-8"))
    assert "-100" not in json.dumps(saved["figures"]) and "−100" not in saved["figures"][0]["alt"]["nl"]
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "(niet getoond: te weinig antwoorden)" in report
    assert "−100,00" not in report


def test_a_group_that_is_too_small_is_in_nothing_that_a_cell_showed(run):
    cells = json.loads((run / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = {"".join(cell["source"]): cell.get("outputs", []) for cell in cells}
    for source in BARE:
        (output,) = shown[source]
        assert output["output_type"] == "execute_result"
        for told in map("".join, output["data"].values()):
            assert "-100" not in told and "−100" not in told, source
    first = "".join(shown["nps.table"][0]["data"]["text/html"])
    assert first.count("<tr") == 7 and re.search(r"<td>40(\.0)?</td>", first), "the other groups are shown"
