"""Saves results, frames and figures of a notebook as files, keeps their list in results.json, and shows them once."""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from klantstudie import inputs, vocabulary
from klantstudie.errors import InputError, OptionError, option
from klantstudie.present import files, phrases, tables
from klantstudie.present.display import show
from klantstudie.present.gate import gate, gate_frame
from klantstudie.present.labels import Labels, known
from klantstudie.present.tables.layout import Beside
from klantstudie.present.tables.shapes import known_beside
from klantstudie.result import KEYS, Result
from klantstudie.texts import harmless

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Thing = TypeVar("Thing")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
PAIR = re.compile(r" (?:~~|=~|~|->) ")  # a term that names two things


def save(
    thing: Thing,
    out: str | os.PathLike[str],
    name: str,
    *,
    caption: str | Mapping[str, str] = "",
    lang: str = "nl",
    columns: Sequence[str] = (),
    labels: Labels = None,
    min_cell: int | None = None,
    shape: str = "rows",
    beside: Beside = (),
) -> Thing:
    """Save a Result, frame or figure under `name`, show it once in the notebook, and return it.

    `out` is a folder; "" means the folder of the run in a batch, and only showing otherwise. A Result or frame becomes
    `tables/<name>.csv` (full precision) and `.md`, a figure `figures/<name>.svg` and `.png`; all are listed in
    `results.json`, in the order of first saving. `caption` is one text or one for each language. `columns` chooses
    what the shown table prints, `labels` gives terms readable names, and `shape` with `beside` are those of
    `tables.to_html`; the CSV always holds everything. Cells that
    rest on fewer than `min_cell` answers (else the result's own `info["min_cell"]`, else that of the study) are
    suppressed first, and the suppressed result is returned.
    """
    option("lang", lang, ("nl", "en"))
    if not NAME.fullmatch(name):
        raise OptionError(f"name must be lower-case letters, digits, - and _, such as 'nps'; given: {name!r}")
    captions = _captions(caption)
    folder = _folder(out)
    if isinstance(thing, Result):
        thing = gate(thing, min_cell)
    elif isinstance(thing, pd.DataFrame):
        thing = gate_frame(thing)
    if isinstance(thing, (Result, pd.DataFrame)):
        entry = _table_entry(thing, name, captions, lang, columns, labels)
        entry |= {"shape": shape, "beside": known_beside(beside)}
        if folder is not None:
            _write_table(thing, folder, entry)
            _list(folder, "results", entry)
        _show_table(thing, entry, captions[lang])
    elif hasattr(thing, "savefig"):
        entry = _figure_entry(thing, name, captions, lang)
        drawn = _draw(thing, name)
        if folder is not None:
            for ending, content in drawn.items():
                files.write(folder / "figures" / f"{name}.{ending}", content)
            _list(folder, "figures", entry)
        _show_figure(drawn["svg"], entry, lang)
    else:
        raise InputError(
            f"save takes a Result, a DataFrame or a matplotlib Figure; given: {type(thing).__name__}"
        )
    return thing


def _captions(caption: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(caption, str):
        return {"nl": caption, "en": caption}
    if set(caption) != {"nl", "en"}:
        raise OptionError(
            f"caption must be one text, or one for 'nl' and one for 'en'; given: {sorted(caption)}"
        )
    return {lang: str(caption[lang]) for lang in ("nl", "en")}


def _folder(out: str | os.PathLike[str]) -> Path | None:
    given = os.fspath(out)
    return Path(given) if given else inputs.run_folder()


def _list(folder: Path, kind: str, entry: dict[str, Any]) -> None:
    """Put an entry into results.json: in place when the name was saved before, else at the end."""
    known = read(folder)
    names = [one["name"] for one in known[kind]]
    if entry["name"] in names:
        known[kind][names.index(entry["name"])] = entry
    else:
        known[kind].append(entry)
    files.write(folder / "results.json", files.to_json(known))


def read(folder: str | os.PathLike[str]) -> dict[str, list[dict[str, Any]]]:
    """Read the list of what a run saved: {"results": […], "figures": […]}; empty when nothing was saved."""
    path = Path(folder) / "results.json"
    if not path.exists():
        return {"results": [], "figures": []}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        "results": list(found.get("results", [])),
        "figures": list(found.get("figures", [])),
    }


# ------------------------------------------------------------------------------------------------ tables


def _table_entry(
    thing: Result | pd.DataFrame,
    name: str,
    captions: dict[str, str],
    lang: str,
    columns: Sequence[str],
    labels: Labels,
) -> dict[str, Any]:
    result = isinstance(thing, Result)
    table = thing.table if result else _flat(thing)
    method = thing.info.get("method", "") if result else ""
    return {
        "name": name,
        "kind": thing.kind if result else "frame",
        "caption": captions,
        "lang": lang,
        "print": list(columns),
        "labels": known(labels, [*_names(table), *phrases.BY.findall(str(method))], lang),
        "columns": [str(column) for column in table.columns],
        "table": [
            dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False, name=None)
        ],
        "fit": dict(thing.fit) if result else {},
        "info": dict(thing.info) if result else {},
    }


def _names(table: pd.DataFrame) -> list[str]:
    """Every text of the columns that name rows."""
    named = [str(name) for key in (*KEYS, "answer") if key in table.columns for name in table[key].unique()]
    ends = [end.strip() for name in named for end in PAIR.split(name) if len(PAIR.split(name)) > 1]
    ends += [end.rpartition(": ")[0] for end in (*named, *ends)]  # "Image -> Loyalty: estimate"
    chosen = table["choice"].map(str) if "choice" in table.columns else []
    picked = [name for one in chosen for _, value in phrases.picked(one) for name in value.split(" + ")]
    return list(dict.fromkeys([*named, *ends, *picked]))


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    plain_index = frame.index.name is None and isinstance(frame.index, pd.RangeIndex)
    flat = frame if plain_index else frame.reset_index()
    return (
        flat.set_axis([str(column) for column in flat.columns], axis=1)
        .astype(object)
        .where(flat.notna().to_numpy(), None)
    )


def restore(entry: Mapping[str, Any]) -> Result | pd.DataFrame:
    """Make the Result or frame again that an entry of results.json describes."""
    if entry["kind"] == "frame":
        return pd.DataFrame(entry["table"], columns=entry["columns"])
    columns = {}
    for name in entry["columns"]:
        values = [row.get(name) for row in entry["table"]]
        if vocabulary.entry("columns", name).get("type") == "text":
            columns[name] = pd.Series(["" if one is None else one for one in values], dtype=object)
        else:
            columns[name] = pd.Series([math.nan if one is None else one for one in values], dtype="float64")
    table = pd.DataFrame(columns, columns=entry["columns"])
    fit = {name: float("nan") if value is None else float(value) for name, value in entry["fit"].items()}
    return Result(entry["kind"], table, fit, entry["info"])


def _write_table(thing: Result | pd.DataFrame, folder: Path, entry: Mapping[str, Any]) -> None:
    table = thing.table if isinstance(thing, Result) else _flat(thing)
    named = [harmless(str(name)) for name in table.columns]
    text = table.map(harmless).set_axis(named, axis=1).to_csv(index=False, lineterminator="\n", na_rep="")
    files.write(folder / "tables" / f"{entry['name']}.csv", text)
    markdown = tables.to_markdown(thing, title=entry["caption"], **_settings(entry))
    files.write(folder / "tables" / f"{entry['name']}.md", markdown)


def _settings(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"lang": entry["lang"], **printing(entry)}


def printing(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return how an entry of results.json is printed: its columns, labels and shape."""
    return {
        "columns": entry.get("print", ()),
        "labels": entry.get("labels"),
        "shape": entry.get("shape", "rows"),
        "beside": entry.get("beside", {}),
    }


def _show_table(thing: Result | pd.DataFrame, entry: Mapping[str, Any], caption: str) -> None:
    settings = {**_settings(entry), "title": caption}
    data = {
        "text/html": tables.to_html(thing, **settings),
        "text/plain": tables.to_markdown(thing, **settings),
    }
    show(
        data,
        {
            "type": "table",
            "name": entry["name"],
            "caption": entry["caption"],
            "alt": "",
        },
    )


# ----------------------------------------------------------------------------------------------- figures


def _figure_entry(figure: Figure, name: str, captions: dict[str, str], lang: str) -> dict[str, Any]:
    alt = getattr(figure, "klantstudie_alt", None) or captions
    width, height = figure.get_size_inches()
    return {
        "name": name,
        "kind": str(getattr(figure, "klantstudie_kind", "figure")),
        "caption": captions,
        "lang": lang,
        "alt": {key: str(alt[key]) for key in ("nl", "en")},
        "width": round(float(width), 3),
        "height": round(float(height), 3),
    }


def _draw(figure: Figure, name: str) -> dict[str, bytes]:
    """Draw a figure as SVG and PNG with the same bytes every time."""
    from klantstudie.present.figures.style import drawing

    with drawing(name):
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=200, metadata={"Software": None})
    return {"svg": svg.getvalue(), "png": png.getvalue()}


def _show_figure(svg: bytes, entry: Mapping[str, Any], lang: str) -> None:
    data = {"image/svg+xml": svg.decode("utf-8"), "text/plain": entry["alt"][lang]}
    about = {
        "type": "figure",
        "name": entry["name"],
        "caption": entry["caption"],
        "alt": entry["alt"],
    }
    show(data, about)
