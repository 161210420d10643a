"""The codebook of a study: read from codebook.toml, checked as a whole, asked for items, texts and roles."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from klantstudie.errors import CodebookError, InputError, suggestion
from klantstudie.study import declared, instruments
from klantstudie.study.declared import Group, Item, Places, Response, Rule, Scale, StudyTable, Waves

REVERSED = "_r"  # the column of a reverse-scored item is its name with this ending


@dataclass(frozen=True)
class Codebook:
    """One declared study; every table of codebook.toml, checked.

    What `items`, `role` and `pairs` return are the columns to analyse: a reverse-scored item `q3` appears as
    `q3_r`, and `q3` itself stays as it was answered.
    """

    study: StudyTable
    responses: Mapping[str, Response] = field(default_factory=dict)
    item_table: Mapping[str, Item] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    waves: Waves | None = None
    rules: tuple[Rule, ...] = ()
    source: str = "codebook"

    def items(self, scale: str | None = None) -> list[str]:
        """Return the columns of one scale (keyed: reversed items as `name_r`), or of all number items."""
        if scale is None:
            return [self.keyed(name) for name, item in self.item_table.items() if item.type == "number"]
        return [self.keyed(name) for name in self._known("scale", scale, self.scales).items]

    def options(self, item: str) -> list[str]:
        """Return the 0/1 columns of an item: one for every option of a multiple answer, else the item itself."""
        found = self._known("item", item, self.item_table)
        if found.type == "multiple":
            return [f"{item}_{number}" for number in range(1, len(found.options) + 1)]
        return [self.keyed(item)]

    def keyed(self, item: str) -> str:
        """Return the column in which an item points the way of its scale."""
        return item + REVERSED if self._known("item", item, self.item_table).reverse else item

    def plain(self, column: str) -> str:
        """Return the item's own name for a column that may be its reversed form."""
        stem = column.removesuffix(REVERSED)
        reversed_form = stem != column and stem in self.item_table and self.item_table[stem].reverse
        return stem if reversed_form else column

    def text(self, item: str, lang: str = "nl") -> str:
        """Return the wording of an item (or its published short label); the name where there is none."""
        name = self.plain(item)
        stem, _, number = item.rpartition("_")
        if name not in self.item_table and item in self._options_of(stem):
            return self.item_table[stem].options[int(number) - 1].get(lang)
        words = self._known("item", name, self.item_table).text.get(lang) or name
        if name == item:
            return words
        return f"{words} ({'omgekeerd' if lang == 'nl' else 'reversed'})"

    def _options_of(self, item: str) -> list[str]:
        multiple = item in self.item_table and self.item_table[item].type == "multiple"
        return self.options(item) if multiple else []

    def label(self, name: str, lang: str = "nl") -> str:
        """Return the printed name of a scale, group or item; the name itself where there is none."""
        known: Mapping[str, Any] = self.scales if name in self.scales else self.groups
        if name in known:
            return known[name].label.get(lang) or name
        if self.plain(name) in self.item_table or name in self._options_of(name.rpartition("_")[0]):
            return self.text(name, lang)
        every = [*self.scales, *self.groups, *self.item_table]
        raise InputError(f"{self.source} has no scale, group or item '{name}'{suggestion(name, every)}")

    def labels(self, lang: str = "nl") -> dict[str, str]:
        """Return the printed name of every column to analyse, scale, group and group label, for tables and figures."""
        columns = [*self.item_table, *(self.keyed(name) for name in self.item_table)]
        names = dict.fromkeys([*columns, *self.scales, *self.groups])
        found = {name: self.label(name, lang) for name in names}
        for group in self.groups.values():  # the data hold Dutch labels
            for words in group.labels.values():
                text = words.get("nl")
                if text and text not in found and words.get(lang) != text:
                    found[text] = words.get(lang)
        return found

    def scale_items(self) -> dict[str, list[str]]:
        """Return the keyed columns of every scale, by the name of the scale."""
        return {name: self.items(name) for name in self.scales}

    def model(self, scales: list[str] | None = None) -> str:
        """Return the measurement model of these scales (all by default) in lavaan's syntax, one line a scale."""
        chosen = scales or list(self.scales)
        return "\n".join(f"{name} =~ {' + '.join(self.items(name))}" for name in chosen)

    def has(self, role: str) -> bool:
        """Say whether an item or scale has this role."""
        return any(role in table.role for table in (*self.item_table.values(), *self.scales.values()))

    def role(self, role: str) -> list[str]:
        """Return the columns with this role: items first, then scales."""
        found = [
            column
            for name, item in self.item_table.items()
            if role in item.role
            for column in self.options(name)
        ]
        found += [name for name, scale in self.scales.items() if role in scale.role]
        if not found:
            known = sorted(
                {part for table in (*self.item_table.values(), *self.scales.values()) for part in table.role}
            )
            told = f"; it has {', '.join(known)}" if known else "; no item has a role"
            raise InputError(
                f"{self.source} has no item or scale with the role '{role}'{suggestion(role, known)}{told}; "
                f'give what it is role = ["{role}"]'
            )
        return found

    def pairs(self, role_a: str, role_b: str) -> list[tuple[str, str]]:
        """Return (column with the first role, its partner with the second role) for every declared pair."""
        found = []
        for name in self.item_table:
            if role_a not in self.item_table[name].role:
                continue
            partners = [
                other
                for other, item in self.item_table.items()
                if role_b in item.role and (self.item_table[name].pair == other or item.pair == name)
            ]
            found += [(self.keyed(name), self.keyed(other)) for other in partners]
        if not found:
            self.role(role_a), self.role(role_b)
            raise InputError(
                f"{self.source} pairs no item with the role '{role_a}' to one with the role '{role_b}'; "
                'add pair = "…" to the items'
            )
        return found

    def group(self, name: str) -> Group:
        """Return the declaration of a group column."""
        return self._known("group", name, self.groups)

    def order(self, name: str) -> list[str]:
        """Return the labels of a group in the declared order (empty where none is declared)."""
        group = self.group(name)
        return [self.group_label(name, code) for code in (group.order or list(group.labels))]

    def group_label(self, name: str, code: object, lang: str = "nl") -> str:
        """Return the printed label of one code of a group."""
        labels = self.group(name).labels
        text = code_text(code)
        return labels[text].get(lang) or text if text in labels else text

    def answers(self, *columns: str, lang: str = "nl") -> dict[str, str]:
        """Return what the answers to items are called, as tables name them: "1", "invloed = 1" and the cut "1|2".

        A bare code or cut is left out where the items give it different labels.
        """
        found: dict[str, str] = {}
        for column in columns:
            item = self.plain(column) in self.item_table  # a scale has no answers of its own
            response = self.response(column) if item else None
            told = {
                code: words.get(lang) or code for code, words in (response.labels if response else {}).items()
            }
            names = self.label(column, lang)
            own = told | {f"{one}|{two}": f"{told[one]} | {told[two]}" for one, two in pairwise(told)}
            clash = {code for code, word in own.items() if found.get(code, word) != word}
            found = {code: word for code, word in (found | own).items() if code not in clash}
            found |= {f"{column} = {code}": f"{names} = {word}" for code, word in told.items()}
        return found

    def response(self, column: str) -> Response | None:
        """Return the response scale of an item, or None where it has none."""
        name = self._known("item", self.plain(column), self.item_table).response
        return self.responses[name] if name else None

    def range(self, column: str) -> tuple[float, float]:
        """Return the lowest and highest possible value of an item or a scale score."""
        if column in self.scales:
            scale = self.scales[column]
            ends = [self.range(item) for item in scale.items]
            low, high = sum(end[0] for end in ends), sum(end[1] for end in ends)
            return (low, high) if scale.scoring == "sum" else (low / len(ends), high / len(ends))
        response = self.response(column)
        if response is None:
            raise InputError(
                f"{self.source}: item '{column}' has no response scale, so its range is not known"
            )
        return response.min, response.max

    @property
    def duration(self) -> str:
        """Return the column with the time taken: the declared one, or `duration` when it is an end minus a start."""
        return "duration" if " - " in self.study.duration else self.study.duration

    def column(self, item: str) -> str:
        """Return the column of the raw file in which an item stands."""
        return self._known("item", item, self.item_table).column or item

    def _known(self, kind: str, name: str, table: Mapping[str, Any]) -> Any:
        if name not in table:
            raise InputError(f"{self.source} has no {kind} '{name}'{suggestion(name, table)}")
        return table[name]


def code_text(code: object) -> str:
    """Write a code as the text that stands in a codebook: 1.0 becomes "1"."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def draft(raw: Any, *, file: str = "", title: str = "", lang: str = "nl") -> str:
    """Return a commented codebook for a raw survey (a RawSurvey or a frame), to be checked and completed."""
    from klantstudie.study import drafting  # needs pandas, which reading a codebook does not

    return drafting.draft(raw, file=file, title=title, lang=lang)


def read_codebook(path: str | Path) -> Codebook:
    """Read and check a codebook.toml.

    Everything that is wrong is one CodebookError that lists each problem with its place and how to mend it.
    """
    path = Path(path)
    if not path.is_file():
        raise CodebookError(str(path), ["there is no such file; klantstudie new study FILE drafts one"])
    try:
        text = path.read_bytes().decode("utf-8-sig")
        given = tomllib.loads(text)
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise CodebookError(str(path), [problem]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CodebookError(str(path), [f"is not TOML: {error}"]) from None
    return declare(given, source=f"{path.parent.name}/{path.name}", text=text)


def declare(given: Mapping[str, Any], *, source: str = "codebook", text: str = "") -> Codebook:
    """Check the tables of a codebook, already read from TOML, and return them as a Codebook."""
    places = Places(text)
    known = [*declared.MODELS, "instruments"]
    problems = [
        f"{places.at(name)}: unknown table{suggestion(name, known)}" for name in given if name not in known
    ]
    given, found = instruments.expand(given, places)
    problems += found
    tables = {kind: _table(kind, given.get(kind), places, problems) for kind in declared.MODELS}
    _cross_check(tables, given, places, problems)
    if problems:
        raise CodebookError(source, problems)
    return Codebook(
        study=tables["study"],
        responses=tables["responses"],
        item_table=tables["items"],
        scales=tables["scales"],
        groups=tables["groups"],
        waves=tables["waves"],
        rules=tuple(tables["rules"].values()),
        source=source,
    )


def _table(kind: str, given: object, places: Places, problems: list[str]) -> Any:
    """Check one table of the codebook; [[rules]] are returned under their names."""
    model = declared.MODELS[kind]
    if kind in declared.SINGLE:
        if given is None:
            if kind == "study":
                problems.append('study: is missing; begin with [study] and title = "…"')
            return None
        made, found = declared.build(model, given, [kind], places)
        problems += found
        return made
    if given is None:
        return {}
    wanted: type = list if kind == "rules" else dict
    if not isinstance(given, wanted):
        example = "[[rules]]" if kind == "rules" else f"[{kind}.NAME]"
        problems.append(f"{places.at(kind)}: write each as {example}")
        return {}
    tables = {}
    for key, value in enumerate(given) if isinstance(given, list) else given.items():
        made, found = declared.build(model, value, [kind, key], places)
        problems += found
        if made is not None:
            name = made.name if kind == "rules" else key
            if name in tables:
                problems.append(f"{places.at(kind, key, 'name')}: '{name}' is used twice")
            tables[name] = made
    return tables


def _cross_check(
    tables: Mapping[str, Any], given: Mapping[str, Any], places: Places, problems: list[str]
) -> None:
    """Check what tables say about one another."""

    def names(kind: str) -> list[str]:
        table = given.get(kind)
        return list(table) if isinstance(table, dict) else []

    def check(found: str, kind: str, *path: object) -> None:
        if found and found not in names(kind):
            what = kind.removesuffix("s")
            near = suggestion(found, names(kind)) or f"; declare [{kind}.{found}] or mend the name"
            problems.append(f"{places.at(*path)}: there is no {what} '{found}'{near}")

    for name, item in tables["items"].items():
        check(item.response, "responses", "items", name, "response")
        check(item.pair, "items", "items", name, "pair")
        if item.pair and item.pair == name:
            problems.append(f"{places.at('items', name, 'pair')}: an item cannot be its own pair")
        if item.reverse and not item.response:
            problems.append(
                f"{places.at('items', name, 'reverse')}: reversing needs the response scale; add response = …"
            )
    for name, scale in tables["scales"].items():
        for item in scale.items:
            check(item, "items", "scales", name, "items")
            if item in tables["items"] and tables["items"][item].type != "number":
                kind = tables["items"][item].type
                problems.append(
                    f"{places.at('scales', name, 'items')}: '{item}' is of type {kind}, it cannot be scored"
                )
        repeated = sorted({item for item in scale.items if scale.items.count(item) > 1})
        if repeated:
            problems.append(
                f"{places.at('scales', name, 'items')}: named more than once: {', '.join(repeated)}"
            )
    _check_responses(tables["responses"], places, problems)
    _check_groups(tables["groups"], places, problems)
    _check_columns(tables, places, problems)


def _check_responses(responses: Mapping[str, Response], places: Places, problems: list[str]) -> None:
    for name, response in responses.items():
        for code in response.labels:
            where = places.at("responses", name, "labels")
            try:
                number = float(code)
            except ValueError:
                problems.append(f'{where}: \'{code}\' is no number; write labels as {{"1" = "…"}}')
                continue
            if not response.min <= number <= response.max and number not in response.missing:
                problems.append(f"{where}: code {code} lies outside {response.min:g} to {response.max:g}")
        inside = [
            code
            for code in response.missing
            if not isinstance(code, str) and response.min <= code <= response.max
        ]
        if inside:
            told = ", ".join(map(code_text, inside))
            where = places.at("responses", name, "missing")
            problems.append(f"{where}: {told} is also an answer from {response.min:g} to {response.max:g}")


def _check_groups(groups: Mapping[str, Group], places: Places, problems: list[str]) -> None:
    for name, group in groups.items():
        codes = [code_text(code) for code in group.order]
        known = {*group.labels, *(word for words in group.labels.values() for word in (words.nl, words.en))}
        for code in codes:
            if group.labels and code not in known:
                near = suggestion(code, group.labels)
                problems.append(
                    f"{places.at('groups', name, 'order')}: '{code}' is not among the labels{near}"
                )
        if len(set(codes)) < len(codes):
            problems.append(f"{places.at('groups', name, 'order')}: names a group twice")


def _check_columns(tables: Mapping[str, Any], places: Places, problems: list[str]) -> None:
    """Every column of the clean frame has one meaning."""
    taken: dict[str, str] = {}
    study = tables["study"]

    def take(name: str, kind: str) -> None:
        if name in taken:
            problems.append(f"{places.at(kind, name)}: the name '{name}' is already taken by {taken[name]}")
        taken.setdefault(name, f"{kind}.{name}")

    for name, item in tables["items"].items():
        take(name, "items")
        if item.reverse:
            take(name + REVERSED, "items")
        if item.type == "multiple":
            for number in range(1, len(item.options) + 1):
                take(f"{name}_{number}", "items")
    for kind in ("scales", "groups"):
        for name in tables[kind]:
            take(name, kind)
    if study is not None:
        for role in ("id", "weight", "duration"):
            column = getattr(study, role)
            if column and column in tables["scales"]:
                problems.append(f"{places.at('study', role)}: '{column}' is the name of a scale")
