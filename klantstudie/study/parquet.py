"""The one door to pyarrow: reads and writes parquet, and streams a csv that is too large for memory."""

from __future__ import annotations

import io
import os
import tempfile
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


class Writer:
    """Writes frames one after another to one parquet file, which is there only when all were written."""

    def __init__(self, path: Path):
        self.path, self._writer, self._schema = path, None, None
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        self._temporary = Path(temporary)

    def __enter__(self) -> Writer:
        return self

    def write(self, frame: pd.DataFrame) -> None:
        """Add the rows of a frame; all frames have the same columns."""
        pa, pq = arrow(), arrow("pyarrow.parquet")
        table = pa.Table.from_pandas(
            frame, schema=self._schema, preserve_index=False
        ).replace_schema_metadata(None)
        if self._writer is None:
            self._schema = table.schema
            self._writer = pq.ParquetWriter(self._temporary, table.schema, **SETTINGS)
        self._writer.write_table(table)

    def __exit__(self, kind: object, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if kind is None and self._writer is not None:
            os.chmod(self._temporary, 0o644)
            os.replace(self._temporary, self.path)
        else:
            self._temporary.unlink(missing_ok=True)
