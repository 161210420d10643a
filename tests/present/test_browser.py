"""Reports and index in headless Chromium: nothing asked from outside, no error, no overflow, accessible (WCAG A and AA)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from klantstudie.present import documents
from klantstudie.present.documents import claims
from tests.present.conftest import cell, declaration, finished_run, shown, story

pytestmark = pytest.mark.browser

SCREENS = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "tablet": {"viewport": {"width": 820, "height": 1100}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 700}},
}


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """One report that went well, one that failed with long and odd output, and the index of both with a claim."""
    folder = tmp_path_factory.mktemp("home") / "reports"
    declared = folder.parent / "notebooks" / claims.NAME
    declared.parent.mkdir()
    declared.write_text(declaration("not_testable", notebook="01-kloof", study="abc"), encoding="utf-8")
    good = finished_run(folder / "abc" / "01-kloof" / "nl")
    error = {
        "output_type": "error",
        "ename": "InputError",
        "evalue": "x" * 300,
        "traceback": ["line " + "y" * 500],
    }
    frame = (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><th>0</th><td>"
        + "z" * 200
        + "</td></tr></tbody></table>"
    )
    odd = [
        *story(),
        cell("markdown", "## Lang\n\n" + "w" * 400 + "\n\n$$" + "x + " * 60 + "x$$"),
        cell("code", "x = 1\n" + "# " + "v" * 300, outputs=(shown("", text_html=frame), error)),
        cell("code", "y", outputs=({"output_type": "stream", "name": "stderr", "text": "u" * 300},)),
    ]
    bad = finished_run(
        folder / "abc" / "02-fout" / "en", odd, status="failed", lang="en", cause="InputError: " + "x" * 200
    )
    for one in (good, bad):
        documents.build(one)
    return {"report": good / "report.html", "failed": bad / "report.html", "index": documents.index(folder)}


def opened(chromium, path: Path, screen: str):
    context = chromium.new_context(**SCREENS[screen])
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda ask: None if ask.url.startswith(("file:", "data:")) else heard.append(ask.url))
    page.goto(path.as_uri())
    return context, page, heard


def violations(page) -> list[tuple[str, list[str]]]:
    """What axe finds against WCAG 2.2, levels A and AA, with everything that can be unfolded unfolded."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    found = axe.Axe().run(page, options=rules).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ["report", "failed", "index"])
def test_a_page_fits_asks_nothing_and_has_no_error(chromium, pages, name, screen):
    context, page, heard = opened(chromium, pages[name], screen)
    wide, window = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    context.close()
    assert heard == []
    assert wide <= window


@pytest.mark.parametrize("screen", ["desk", "phone", "dark"])
@pytest.mark.parametrize("name", ["report", "failed", "index"])
def test_a_page_is_accessible(chromium, pages, name, screen):
    context, page, _ = opened(chromium, pages[name], screen)
    told = violations(page)
    context.close()
    assert told == [], json.dumps(told, indent=1)


# The finished reports: those of `make reports`, or of the folder that REPORTS names.
ROOT = Path(os.environ.get("REPORTS") or Path(__file__).parents[2] / "reports")
FINISHED: dict[str, list[Path]] = {}
for found in sorted(path for path in ROOT.rglob("report.html") if not path.parent.name.startswith(".")):
    FINISHED.setdefault(found.parts[-3], []).append(found)


@pytest.mark.parametrize("notebook", sorted(FINISHED) or [None])
def test_the_finished_reports_of_a_notebook_fit_and_are_accessible(chromium, notebook):
    """Each at two widths, and the last through axe in light and dark; every failure is told."""
    if notebook is None:
        pytest.skip(f"no finished report in {ROOT}: run `make reports` first, or set REPORTS")
    last, wrong = FINISHED[notebook][-1], []
    for path in FINISHED[notebook]:
        for screen in ("desk", "phone", "dark") if path == last else ("desk", "phone"):
            context, page, heard = opened(chromium, path, screen)
            wide, window = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            wrong += [f"{path} ({screen}): {told}" for told in heard]
            wrong += [f"{path} ({screen}): {wide} wide in {window}"] if wide > window else []
            if path == last and screen != "phone":
                wrong += [f"{path} ({screen}): {told}" for told in violations(page)]
            context.close()
    assert wrong == [], "\n".join(wrong)


def test_headings_make_an_outline(chromium, pages):
    context, page, _ = opened(chromium, pages["report"], "desk")
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => +one.tagName[1])")
    context.close()
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_the_buttons_work(chromium, pages):
    context, page, _ = opened(chromium, pages["report"], "desk")
    page.click("[data-code]")
    assert page.evaluate("[...document.querySelectorAll('details.code')].every(one => one.open)")
    page.click("[data-theme-switch]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_search_and_filters_of_the_index(chromium, pages):
    context, page, _ = opened(chromium, pages["index"], "desk")
    assert page.inner_text("[data-shown]") == "2"  # the table of claims is no report
    page.fill("[data-search]", "kloof")
    assert page.is_visible("text=Een bewering.")
    page.select_option("[data-filter=status]", "done")
    assert page.inner_text("[data-shown]") == "1"
    assert "status=done" in page.evaluate("location.hash")
    page.select_option("[data-filter=status]", "failed")
    page.fill("[data-search]", "niets van dit alles")
    assert page.inner_text("[data-shown]") == "0"
    context.close()


def test_print_has_no_screen_furniture(chromium, pages):
    context, page, _ = opened(chromium, pages["report"], "desk")
    page.emulate_media(media="print")
    shown_ones = page.evaluate(
        "['nav.contents', '.tools', '.files', 'details.code'].map(one => getComputedStyle(document.querySelector(one)).display)"
    )
    assert set(shown_ones) == {"none"}
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
