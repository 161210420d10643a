"""Makes docs/figures.md again: every figure function with its picture, drawn by notebooks/_galerij.ipynb.

Run from the repository: python docs/figures.py
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
from pathlib import Path

from PIL import Image

from klantstudie.present import figures, saving
from klantstudie.run import notebooks

ROOT = Path(__file__).parent.parent
GALLERY = ROOT / "notebooks" / "_galerij.ipynb"
TARGET = ROOT / "docs" / "figures"
WIDTH = 760  # pixels of a picture
HEAD = """# Figures

Every function of `klantstudie.present.figures`, as `notebooks/_galerij.ipynb` draws it: `klantstudie run
notebooks/_galerij.ipynb` makes the same figures at full size, in Dutch with `-p lang=nl`. A figure takes a `Result`, the
language and readable `labels`; it returns a matplotlib `Figure` with an alternative text in both languages, made from the
plotted numbers. `width` is "column", "page", "slide" or a number of inches. This page is written by `docs/figures.py`.
"""


def drawn() -> dict[str, str]:
    """Return, per figure function, the name under which the gallery saves its figure."""
    cells = json.loads(GALLERY.read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found = re.findall(r"ks\.save\(figures\.(\w+)\(.*, out, \"([\w-]+)\"", source)
    return dict(reversed(found))


def section(function: str, name: str, alt: str) -> str:
    """Write one function: its call, what it draws, and its picture."""
    made = getattr(figures, function)
    settings = ", ".join(
        str(one.replace(annotation=inspect.Parameter.empty))
        for one in inspect.signature(made).parameters.values()
        if one.name not in ("lang", "labels", "width")
    )
    told = " ".join(inspect.getdoc(made).split("\n\n", 1)[0].split())
    return f"## {function}\n\n`{function}({settings})`\n\n{told}\n\n![{alt}](figures/{name}.png)\n"


def main() -> None:
    """Run the gallery in English and write the page with its pictures."""
    run = notebooks.run(GALLERY, out=ROOT / "reports" / ".figures", lang="en")
    if run.status != "completed":
        raise SystemExit(f"the gallery failed, and the page stays as it was: {run.folder}")
    alts = {entry["name"]: entry["alt"]["en"] for entry in saving.read(run.folder)["figures"]}
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    pieces = [HEAD]
    for function, name in sorted(drawn().items()):
        picture = Image.open(run.folder / "figures" / f"{name}.png").convert("RGB")
        shown = picture.resize(
            (round(picture.width * WIDTH / 1340), round(picture.height * WIDTH / 1340)), Image.LANCZOS
        )
        shown.quantize(48, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)
        pieces.append(section(function, name, alts[name].replace("[", "(").replace("]", ")")))
    shutil.rmtree(run.folder)
    (ROOT / "docs" / "figures.md").write_text("\n".join(pieces), encoding="utf-8")


if __name__ == "__main__":
    main()
