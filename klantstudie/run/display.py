"""Shows on the terminal what the commands found; the only place that knows rich."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from klantstudie import vocabulary

MOST = 3  # names shown beside a cause
WRONG = ("red", "impossible", "decision_error", "inconsistent")
RIGHT = ("green", "possible", "consistent")


def console() -> Console:
    """Return the terminal."""
    return Console(highlight=False, soft_wrap=True)


def say(*lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        console().print(escape(line))


def overview(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Print notebooks, studies and runs."""
    table = Table("notebook", "title", "parameters", title="Notebooks", title_justify="left")
    for one in found["notebooks"]:
        names = ", ".join(parameter["name"] for parameter in one["parameters"])
        table.add_row(escape(one["name"]), escape(one.get("problem") or one["title"]), escape(names))
    console().print(table)
    say(f"Studies: {', '.join(one['name'] for one in found['studies']) or 'none'}")
    runs: dict[str, int] = {}
    for one in found["runs"]:
        runs[one["status"]] = runs.get(one["status"], 0) + 1
    say(f"Runs: {', '.join(f'{count} {status}' for status, count in runs.items()) or 'none'}")
    say("Parameters of one notebook: klantstudie run NOTEBOOK --help")


def parameters(notebook: str, declared: Sequence[Any], lang: str) -> None:
    """Print the parameters of a notebook with defaults and explanations."""
    from klantstudie.run.parameters import plain

    words = {
        "nl": ("parameter", "soort", "standaard", "uitleg"),
        "en": ("parameter", "type", "default", "meaning"),
    }
    table = Table(*words[lang], title=f"klantstudie run {notebook} -p NAME=VALUE", title_justify="left")
    for one in declared:
        if one.name == "out":  # the place of a run, not a parameter of it
            continue
        default = plain(one.default)
        shown = ", ".join(map(str, default)) if isinstance(default, list) else str(default)
        table.add_row(*(escape(text) for text in (one.name, one.describe(lang), shown, one.explain(lang))))
    console().print(table)


def checked(study: str, problems: Sequence[str], remarks: Sequence[str]) -> None:
    """Print what does not fit in a study."""
    if problems:
        say(
            f"{study}: {len(problems)} {'problem' if len(problems) == 1 else 'problems'}",
            *(f"  - {one}" for one in problems),
        )
        return
    say(f"{study}: nothing to mend", *(f"  · {one}" for one in remarks))


def ran(made: Any) -> None:
    """Print how one run ended and where its report is."""
    report = made.folder / "report.html"
    say(
        f"{made.status}{f': {made.cause}' if made.cause else ''}",
        f"{report if report.exists() else made.folder}",
    )


def live_line(name: str) -> Callable[[int, int], None] | None:
    """Return what shows the cell that is at work, or None when nobody watches."""
    if not sys.stderr.isatty():
        return None

    def show(cell: int, total: int) -> None:
        sys.stderr.write(f"\r{name}: cell {cell + 1} of {total} ")
        sys.stderr.write("\n" if cell + 1 == total else "")
        sys.stderr.flush()

    return show


# ------------------------------------------------------------------------------------------------ a batch


@contextmanager
def watching(*, quiet: bool = False) -> Iterator[Callable[[str, Mapping[str, Any]], None] | None]:
    """Show a batch while it goes: bars on a terminal, one line a run elsewhere."""
    if quiet:
        yield None
        return
    terminal = console()
    if not terminal.is_terminal:
        yield _Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, TextColumn("{task.fields[left]}"), console=terminal, transient=True) as progress:
        yield _Bars(progress)


class _Lines:
    """One line a finished run."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def __call__(self, event: str, about: Mapping[str, Any]) -> None:
        if event == "start":
            self.total, self.done = about["total"], 0
            say(f"{self.total} runs, {about['skipped']} unchanged, {about['workers']} at once")
        elif event == "end":
            self.done += 1
            say(f"[{self.done}/{self.total}] {_line(about['outcome'])}")
        elif event in ("stopping", "note"):
            say(about.get("text", "stopping: what is at work is recorded"))


class _Bars:
    """A bar for the batch with an estimate of the time left, and one for every run that is at work."""

    def __init__(self, progress: Progress):
        self.progress, self.bars, self.begun = progress, {}, time.monotonic()
        self.whole: Any = None

    def __call__(self, event: str, about: Mapping[str, Any]) -> None:
        if event == "start":
            text = f"{about['skipped']} unchanged" if about["skipped"] else "batch"
            self.whole = self.progress.add_task(text, total=about["total"], left="")
        elif event == "cell":
            self._cell(about)
        elif event == "end":
            self._end(about["outcome"])
        elif event == "index":
            self.progress.update(self.whole, left="index")
        elif event in ("stopping", "note"):
            self.progress.console.print(about.get("text", "stopping: what is at work is recorded"))

    def _cell(self, about: Mapping[str, Any]) -> None:
        number = about["number"]
        if number not in self.bars:
            name = "/".join(about["plan"].folder.parts[-3:])
            self.bars[number] = self.progress.add_task(escape(name), total=about["total"], left="")
        self.progress.update(self.bars[number], completed=about["cell"])

    def _end(self, outcome: Any) -> None:
        for number, bar in list(self.bars.items()):
            if self.progress.tasks[self.progress.task_ids.index(bar)].description == escape(outcome.name):
                self.progress.remove_task(bar)
                del self.bars[number]
        self.progress.advance(self.whole)
        task = next(task for task in self.progress.tasks if task.id == self.whole)
        each = (time.monotonic() - self.begun) / max(task.completed, 1)
        self.progress.update(self.whole, left=f"about {_duration(each * (task.total - task.completed))} left")
        if not outcome.ok:
            self.progress.console.print(escape(_line(outcome)))


def _line(outcome: Any) -> str:
    seconds = f" ({outcome.seconds:.1f} s)" if outcome.seconds else ""
    return f"{outcome.name}: {outcome.status}{seconds}{f': {outcome.cause}' if outcome.cause else ''}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )


def batch(made: Any) -> None:
    """Print how a batch ended: the failures grouped by cause, then the index."""
    for cause, outcomes in made.causes().items():
        more = f" and {len(outcomes) - MOST} more" if len(outcomes) > MOST else ""
        say(f"{len(outcomes)} × {cause}", f"    {', '.join(one.name for one in outcomes[:MOST])}{more}")
    good = sum(outcome.ok for outcome in made.outcomes)
    skipped = sum(outcome.skipped for outcome in made.outcomes)
    say(f"{good} of {len(made.outcomes)} good{f', {skipped} unchanged' if skipped else ''}")
    if made.problem:
        say(made.problem)
    if made.interrupted:
        say("stopped; the same command goes on where this one ended")
    index = made.reports / "index.html"
    if index.is_file():
        say(str(index))


def multiverse(made: Any) -> None:
    """Print how a multiverse ended: the universes without the number with their reasons, then the reports."""
    if made.universes.interrupted:
        say("stopped; the same command goes on where this one ended")
        return
    reasons: dict[str, list[int]] = {}
    for row in made.rows:
        if row["note"]:
            reasons.setdefault(row["note"], []).append(row["universe"])
    for note, numbers in reasons.items():
        say(f"{len(numbers)} × {note}", f"    universe {', '.join(map(str, numbers[:10]))}")
    known = [row["estimate"] for row in made.rows if row["estimate"] is not None]
    say(f"{len(known)} of {len(made.rows)} universes have the number: {min(known):.6g} to {max(known):.6g}")
    say(str(made.table))
    for one in made.reports:
        say(f"{one.status}: {one.cause}" if one.cause else str(one.plan.folder / "report.html"))


def differences(found: Sequence[Any]) -> None:
    """Print differences as numbers, or that there are none."""
    say(*(str(one) for one in found))
    say(f"{len(found)} numbers differ" if found else "no number differs")


def certificate(found: Any) -> None:
    """Print what a verification found."""
    say(*found.differences, *(f"{name}: {why}" for name, why in found.not_verified.items()))
    plain = found.plain()
    say(
        f"{plain['runs']} runs, {plain['numbers']} numbers, {plain['files']} tables, figures and texts compared; "
        f"largest relative difference {plain['worst'] or 0:.3g}",
        "everything agrees" if found.ok else "not everything agrees",
    )


def rechecked(rows: Sequence[Mapping[str, Any]], lang: str) -> None:
    """Print a traffic light for every printed number that was recomputed."""
    heads = ("decision", "term", "reported", "recomputed", "note")
    table = Table(*(escape(vocabulary.heading(name, lang)) for name in heads))
    for row in rows:
        word = str(row["decision"])
        colour = "red" if word in WRONG else "green" if word in RIGHT else "yellow"
        told = {
            **row,
            "reported": row.get("printed") or row.get("reported"),
        }  # with its sign and own decimals
        cells = [escape(_printed(told.get(name), lang)) for name in heads[1:]]
        table.add_row(f"[{colour}]{escape(vocabulary.translate(word, lang))}[/{colour}]", *cells)
    console().print(table)
    wrong = sum(row["decision"] in WRONG for row in rows)
    unsure = sum(row["decision"] not in (*WRONG, *RIGHT) for row in rows)
    told = {
        "nl": f"{len(rows)} nagerekend: {wrong} {'klopt' if wrong == 1 else 'kloppen'} niet, {unsure} onbeslist of niet te toetsen",
        "en": f"{len(rows)} rechecked: {wrong} do not fit, {unsure} undecided or not testable",
    }
    say(told[lang])


def _printed(value: Any, lang: str) -> str:
    if value is None or isinstance(value, str):
        return vocabulary.translate(value, lang) if value else ""
    return f"{value:.6g}".replace(".", "," if lang == "nl" else ".")
