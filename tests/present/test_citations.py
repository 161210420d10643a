"""Citations and references in APA 7, Dutch and English."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from klantstudie.present.documents.citations import Citations, full, library, parse

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BIB = r"""
@article{a2020, author={Jansen, Jan-Willem P. and {\"O}zg{\"u}r, A. and de Vries, Petra}, title={A {BIG} title?},
  journal={Journal \& more}, volume={12}, number={3}, pages={1--9}, year={2020}, doi={10.1/x_y}}
@book{b2021, author={{Ministerie van Zorg}}, title={Cijfers}, publisher={Ministerie van Zorg}, year=2021}
@incollection{c2019, author="Smith, Ann", title="Part", booktitle="Whole", editor="Doe, J. and Roe, K.", pages="3--4",
  publisher="Press", year="2019"}
@misc{d, author={Lee, Bo}, title={Undated}}
"""


def test_the_reference_list_follows_apa():
    known = parse(BIB)
    assert full(known["a2020"], "en") == (
        "Jansen, J.-W. P., Özgür, A., &amp; de Vries, P. (2020). A BIG title? <em>Journal &amp; more</em>, "
        '<em>12</em>(3), 1–9. <a href="https://doi.org/10.1/x_y">https://doi.org/10.1/x_y</a>'
    ).replace("&amp; de", "&amp; de")
    assert full(known["b2021"], "nl") == "Ministerie van Zorg. (2021). <em>Cijfers</em>."
    assert "In J. Doe &amp; K. Roe (Eds.), <em>Whole</em> (pp. 3–4). Press." in full(known["c2019"], "en")
    assert "(Red.)" in full(known["c2019"], "nl")
    assert "(z.d.)" in full(known["d"], "nl")
    assert "(n.d.)" in full(known["d"], "en")


def test_citations_in_and_outside_brackets():
    known = parse(BIB)
    made = Citations("nl", known)
    plain = [
        re.sub("<[^>]+>", "", text)
        for text in (made.bracket("@c2019, p. 4; @a2020"), made.narrative("b2021"))
    ]
    assert plain == ["(Jansen et al., 2020; Smith, 2019, p. 4)", "Ministerie van Zorg (2021)"]
    assert [key for key, _ in made.listed()] == ["a2020", "b2021", "c2019"]
    assert made.bracket("@unknown") is None
    assert made.narrative("unknown") is None


def test_two_authors_have_another_word_in_text():
    known = parse("@book{x, author={A, B and C, D}, title={T}, year={2000}}")
    assert "A en C</a> (2000)" in Citations("nl", known).narrative("x")
    assert "A and C</a> (2000)" in Citations("en", known).narrative("x")
    assert "A &amp; C</a>, 2000" in Citations("en", known).bracket("@x")


@pytest.mark.parametrize("key", sorted(library()))
def test_every_reference_is_complete(key):
    entry = library()[key]
    wanted = {
        "article": {"journal", "volume"},
        "book": {"publisher"},
        "incollection": {"booktitle", "publisher"},
        "misc": {"publisher", "url"},
    }
    assert {"title", "year"} | wanted[entry["type"]] <= set(entry)
    assert entry.get("author") or entry.get("editor")
    if "doi" in entry:
        assert re.fullmatch(r"10\.\d{4,5}/\S+", entry["doi"])
    assert re.fullmatch(r"(19|20)\d\d", entry["year"])
    assert key.endswith(entry["year"])
    made = full(entry, "en")
    assert "{" not in made and "$" not in made
    assert "\\" not in made


def reference(source: str, lang: str) -> str:
    return re.sub("<[^>]+>", "", full(parse(source)["x"], lang)).replace("&amp;", "&")


def test_a_suffix_stands_behind_the_initials():
    """APA 7, 9.8: Jr. after the initials, with a comma."""
    made = reference(
        "@article{x, author={Cronin, Jr., J. Joseph and B, C}, title={T}, journal={J}, volume={1}, year={1992}}",
        "en",
    )
    assert made.startswith("Cronin, J. J., Jr., & B, C. (1992).")


def test_an_edited_book_names_its_editors():
    """APA 7, 10.2: editors in the place of the author, with (Eds.) behind them."""
    book = "@book{x, editor={Kenett, Ron S. and Salini, Silvia}, title={T}, publisher={Wiley}, year={2012}}"
    assert reference(book, "en").startswith("Kenett, R. S., & Salini, S. (Eds.). (2012).")
    assert reference(book, "nl").startswith("Kenett, R. S., & Salini, S. (Red.). (2012).")


def test_dutch_names_are_found_under_their_main_word_in_dutch():
    """Dutch practice: the particle behind the initials in the list, with a capital in the text."""
    book = "@book{x, author={van der Meulen, Gerda and de Haan, Evert}, title={T}, edition={2nd ed.}, publisher={P}, year={2020}}"
    assert reference(book, "nl").startswith("Meulen, G. van der, & Haan, E. de. (2020). T (2e dr.).")
    assert reference(book, "en").startswith("van der Meulen, G., & de Haan, E. (2020). T (2nd ed.).")
    assert "Van der Meulen &amp; De Haan</a>, 2020" in Citations("nl", parse(book)).bracket("@x")


def test_a_work_stands_once_in_the_library():
    titles = [entry["title"].lower() for entry in library().values()]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_work_that_a_notebook_cites_is_in_the_library(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    cited = {
        key for key in re.findall(r"(?<![\w@/])@([\w:.+-]*\w)", prose) if not key.startswith(("tbl-", "fig-"))
    }
    assert cited <= set(library())
