"""Turns the bytes of a file into a grid of cells with its quirks named: csv and tsv here; workbooks by their doors."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from klantstudie.errors import InputError

DELIMITERS = ",;\t|"
LARGEST = (
    4_000_000_000  # bytes after decompression; a small file that unpacks to more is a bomb, not a survey
)
SAMPLE = 60  # rows on which the delimiter is decided

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Grid:
    """Rows of cells as they stand in a file (text, numbers, dates or None), and what was noticed on the way.

    `lines` gives the line (csv) or row (workbook) of the file in which each row stands.
    """

    rows: list[list[Any]]
    lines: list[int]
    notes: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # first row, column, last row, column


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked when it is gzip."""
    data = path.read_bytes()
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            unpacked = stream.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path.name}: is damaged; it begins as gzip but cannot be unpacked ({error})"
        ) from None
    if len(unpacked) > LARGEST:
        raise InputError(f"{path.name}: unpacks to more than {LARGEST // 10**9} GB")
    return unpacked


def decode(data: bytes, name: str) -> tuple[str, list[str]]:
    """Return bytes as text: by byte order mark, else UTF-8, else Windows-1252; line by line where they are mixed."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _plain(data.decode(encoding), name), [f"encoding {encoding}"]
            except UnicodeDecodeError as error:
                raise InputError(f"{name}: begins as {encoding} but byte {error.start} is not") from None
    if _utf16(data):
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        try:
            return _plain(data.decode(encoding), name), [f"encoding {encoding}"]
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: looks like {encoding} but byte {error.start} is not") from None
    if b"\0" in data:
        place = data.index(b"\0")
        raise InputError(f"{name}: byte {place} is zero, so this is no text file; is it a workbook or .sav?")
    try:
        return data.decode("utf-8"), ["encoding utf-8"]
    except UnicodeDecodeError:
        return _mixed(data, name)


def _utf16(data: bytes) -> bool:
    sample = data[:2000]
    return len(sample) >= 4 and max(sample[0::2].count(0), sample[1::2].count(0)) > 0.3 * len(sample)


def _plain(text: str, name: str) -> str:
    if "\0" in text:
        raise InputError(f"{name}: holds a zero character, so this is no text file")
    return text


def _mixed(data: bytes, name: str) -> tuple[str, list[str]]:
    lines, utf8, other = [], 0, []
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            lines.append(line.decode("utf-8"))
            utf8 += not line.isascii()
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace"))
            other.append(number)
    text = "".join(lines)
    broken = next((number for number, line in enumerate(lines, start=1) if "\ufffd" in line), None)
    if broken is not None:
        raise InputError(f"{name}: line {broken} is neither UTF-8 nor Windows-1252; save the file as UTF-8")
    if utf8:
        told = ", ".join(map(str, other[:5])) + (", …" if len(other) > 5 else "")
        return text, [f"mixed encodings: lines {told} are Windows-1252, the others UTF-8; each read as it is"]
    return text, ["encoding Windows-1252 (no UTF-8)"]


def separated(path: Path) -> Grid:
    """Return a csv or tsv file as a grid; ragged rows are an error that names the line."""
    text, notes = decode(read_bytes(path), path.name)
    return grid_of_text(text, path.name, notes)


def grid_of_text(text: str, name: str, notes: Iterable[str] = (), *, mark: str = "auto") -> Grid:
    """Return delimited text as a grid."""
    notes = list(notes)
    first = text[:4096].lstrip("\ufeff").splitlines()[:1]
    skip = 0
    if first and first[0].lower().startswith("sep=") and len(first[0].strip()) == 5:
        mark, skip = first[0].strip()[-1], 1  # a line that Excel writes and reads
    mark = delimiter(text, skip) if mark == "auto" else mark
    rows, lines = _parse(text, mark, name)
    rows, lines = rows[skip:], lines[skip:]
    told = {"\t": "tab"}.get(mark, f"'{mark}'")
    notes.append(f"delimiter {told}")
    return trim(Grid(rows, lines, notes), name)


def delimiter(text: str, skip: int = 0) -> str:
    """Return the mark that cuts the first rows into the most columns of equal number."""
    sample = text[:200_000]
    best, best_score = ",", (0.0, 0)
    for mark in DELIMITERS:
        try:
            rows = [
                row
                for _, row in zip(
                    range(SAMPLE + skip), csv.reader(io.StringIO(sample), delimiter=mark), strict=False
                )
            ]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows[skip:] if any(row))
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        headed = len(rows[skip]) == width  # decimal commas cut the answers too, but not the header
        score = (count / sum(widths.values()) - (0 if headed else 0.5), width)
        if width > 1 and (score[0] >= 0.5 or best_score == (0.0, 0)) and _better(score, best_score):
            best, best_score = mark, score
    return best


def _better(score: tuple[float, int], best: tuple[float, int]) -> bool:
    if abs(score[0] - best[0]) > 0.2:
        return score[0] > best[0]
    return score[1] > best[1]


def _parse(text: str, mark: str, name: str) -> tuple[list[list[Any]], list[int]]:
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=mark, strict=False)
    rows: list[list[Any]] = []
    lines: list[int] = []
    begun = 1
    try:
        for row in reader:
            rows.append(row)
            lines.append(begun)
            begun = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}: line {begun} cannot be read as a row ({error})") from None
    swallowed = next((line for row, line in zip(rows, lines, strict=True) if _swallows(row, mark)), None)
    if swallowed and stray_quote(text, mark):
        raise InputError(
            f"{name}: line {swallowed}: an answer runs on over the next rows; a quotation mark is missing or too many"
        )
    return rows, lines


def _swallows(row: list[str], mark: str) -> bool:
    """Say whether a cell holds a line that looks like a row of its own."""
    return any("\n" in cell and mark in cell for cell in row)


def stray_quote(text: str, mark: str) -> bool:
    """Say whether quotation marks do not pair, or one closes in the middle of a cell."""
    if text.count('"') % 2:
        return True
    try:
        return not list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        return True


def trim(grid: Grid, name: str) -> Grid:
    """Make every row as wide as the header: drop blank rows, empty tails and remarks below the table; say so."""
    kept = [
        (row, line)
        for row, line in zip(grid.rows, grid.lines, strict=True)
        if any(not _blank(cell) for cell in row)
    ]
    if not kept:
        raise InputError(f"{name}: holds no cells")
    notes = list(grid.notes)
    inner = sum(1 for line in grid.lines if kept[0][1] < line < kept[-1][1]) - max(0, len(kept) - 2)
    if inner:
        notes.append(f"blank rows skipped: {inner}")
    kept, remarks = _without_tail(kept, grid)
    kept, more = _without_remarks(kept)
    remarks = more + remarks
    if remarks:
        notes.append(f"rows below the table taken as remarks: {'; '.join(remarks)[:300]}")
    notes += _sums(kept)
    width = len(kept[0][0])
    if width == 1:  # a title above the table
        width = max(len(row) for row, _ in kept[:4])
    rows = []
    for row, line in kept:
        if _width(row) > width:
            raise InputError(f"{name}: line {line} has {_width(row)} cells and the header has {width}")
        if len(row) < width and len(row) < len(kept[0][0]):
            raise InputError(
                f"{name}: line {line} has {len(row)} cells and the header has {width}; a line break inside an "
                "answer without quotation marks does this"
            )
        rows.append([*row[:width], *[None] * (width - len(row))])
    return Grid(rows, [line for _, line in kept], notes, grid.merged)


_SUMMARY = re.compile(
    r"(?:gemiddelden?|totaal|totalen|som|standaarddeviatie|mean|means|average|total|totals|sum|std\.? ?dev\.?)",
    re.I,
)
_WORDS = re.compile(r"[^\W\d_]{2}")
TAIL = 5  # rows below a blank row that may be remarks or sums


def _without_tail(kept: list[tuple[list, int]], grid: Grid) -> tuple[list[tuple[list, int]], list[str]]:
    """Split off a few rows below the last blank row that begin with a text where the answers begin with numbers."""
    blank = {line for row, line in zip(grid.rows, grid.lines, strict=True) if all(map(_blank, row))}
    size = 0
    while size < min(TAIL, len(kept) - 3) and not any(kept[-1 - size][1] - 1 == line for line in blank):
        size += 1
    start = len(kept) - size - 1
    if size >= TAIL or start < 3 or kept[start][1] - 1 not in blank:
        return kept, []
    tail, answers = kept[start:], kept[1:start]
    numeric = sum(_numeric(row[0]) for row, _ in answers if row)
    if 2 * numeric < len(answers) or not all(_beside(row, len(kept[0][0])) for row, _ in tail):
        return kept, []
    return kept[:start], [f"line {line}: {str(row[0]).strip()}" for row, line in tail]


def _beside(row: list, width: int) -> bool:
    """Say whether a row begins with words and is no respondent: a sum, or mostly empty."""
    first = row[0] if row else None
    if not isinstance(first, str) or not _WORDS.search(first):
        return False
    filled = sum(not _blank(cell) for cell in row)
    return bool(_SUMMARY.fullmatch(first.strip().rstrip(":"))) or 2 * filled <= width


def ends_oddly(data: bytes, mark: str) -> bool:
    """Say whether the end of a csv needs the careful reader: words below a blank row, or a row of sums."""
    lines = data[-20_000:].decode("utf-8", "replace").rstrip().splitlines()[-TAIL - 1 :]
    begins = [line.split(mark)[0].strip('" \t:') for line in lines]
    blank = [place for place, line in enumerate(lines) if not line.replace(mark, "").strip('" \t')]
    words = any(_WORDS.search(begin) for begin in begins[blank[0] :]) if blank else False
    return words or any(_SUMMARY.fullmatch(begin) for begin in begins)


def _numeric(cell: Any) -> bool:
    return isinstance(cell, (int, float)) or bool(
        re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", str(cell or "").strip())
    )


def _sums(kept: list[tuple[list, int]]) -> list[str]:
    """Return a remark on last rows that look like sums or means of the rows above: they stay, and it is told."""
    found = []
    for row, line in kept[-3:]:
        first = next((cell for cell in row if not _blank(cell)), "")
        if len(kept) > 4 and isinstance(first, str) and _SUMMARY.fullmatch(first.strip().rstrip(":")):
            found.append(
                f"line {line} begins with '{first.strip()}': a summary and no respondent? take it out of the file"
            )
    return found


def _without_remarks(kept: list[tuple[list, int]]) -> tuple[list[tuple[list, int]], list[str]]:
    """Split off rows at the bottom that hold one text in the first cell: a source, a total, a remark."""
    width, remarks = _width(kept[0][0]), []
    while width >= 3 and len(kept) > 2:
        row, line = kept[-1]
        filled = [cell for cell in row if not _blank(cell)]
        text = filled[0] if len(filled) == 1 and filled[0] is row[0] else None
        if not isinstance(text, str) or not (" " in text.strip() or ":" in text or text.startswith("#")):
            break
        remarks.insert(0, f"line {line}: {text.strip()}")
        kept = kept[:-1]
    return kept, remarks


def one_line(text: object) -> str:
    """Return a text on one line: what cannot be printed is a space, and runs of spaces are one."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _width(row: list) -> int:
    return next((i for i in range(len(row), 0, -1) if not _blank(row[i - 1])), 0)
