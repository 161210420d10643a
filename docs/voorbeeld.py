"""Makes docs/voorbeeld again: one finished report in every format, and a picture of its page.

Run from the repository with the extra `rapport` and Chromium: python docs/voorbeeld.py
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from klantstudie.present import documents
from klantstudie.run import notebooks

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "voorbeeld"


def main() -> None:
    """Run the notebook, write the three formats, and take the picture."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch:
        run = notebooks.run(
            ROOT / "notebooks" / "08-nu-moment.ipynb", out=ROOT / "reports" / ".voorbeeld", lang="nl"
        )
        if run.status != "completed":
            raise SystemExit(f"the run failed, and the example stays as it was: {run.folder}")
        for path in documents.build(run.folder, to=("html", "pdf", "docx")):
            shutil.copy(path, TARGET / f"08-nu-moment{path.suffix}")
        page_file = TARGET / "08-nu-moment.html"  # stands here without the files of its run
        text = re.sub(r'<p class="files">.*?</p>', "", page_file.read_text(encoding="utf-8"))
        page_file.write_text(text, encoding="utf-8")
        shutil.rmtree(run.folder)
        program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1180, "height": 1400})
            page.goto((TARGET / "08-nu-moment.html").as_uri())
            page.screenshot(path=Path(scratch) / "page.png")
            browser.close()
        shutil.copy(Path(scratch) / "page.png", TARGET / "08-nu-moment.png")


if __name__ == "__main__":
    main()
