"""The one door to pyarrow: reads and writes parquet, and streams a csv that is too large for memory."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from klantstudie.errors import InputError

SETTINGS = {"compression": "zstd", "compression_level": 1}


def arrow(name: str = "pyarrow") -> Any:
    """Return a module of pyarrow, or say how to install it."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise InputError("parquet needs pyarrow: pip install 'klantstudie[bestanden]'") from None


def read(path: Path) -> pd.DataFrame:
    """Return a parquet file as a frame."""
    arrow()
    try:
        return pd.read_parquet(path)
    except Exception as error:  # a damaged file can fail in several ways inside pyarrow
        raise InputError(
            f"{path.name}: is not a readable parquet file ({type(error).__name__}: {error})"
        ) from None


def dumps(frame: pd.DataFrame) -> bytes:
    """Return a frame as parquet bytes; equal frames give equal bytes."""
    pa, pq = arrow(), arrow("pyarrow.parquet")
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **SETTINGS)
    return buffer.getvalue()
