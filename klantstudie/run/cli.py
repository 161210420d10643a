"""The command `klantstudie`; typer and rich, and nothing heavy before it is needed.

Exit codes: 0 done, 1 a run failed or something differs, 2 wrong use.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from klantstudie.errors import KlantstudieError

HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name="klantstudie",
    help="From a raw survey file to a report that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP,
)
new = typer.Typer(help="Start a study or a notebook.", no_args_is_help=True, context_settings=HELP)
app.add_typer(new, name="new")

Json = Annotated[bool, typer.Option("--json", help="Write JSON, for a program to read.")]
Language = Annotated[str, typer.Option(help="nl or en.")]
Formats = Annotated[str, typer.Option(help="Formats of the report: html,pdf,docx.")]
Given = Annotated[
    list[str], typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A parameter; repeat.")
]
CellLimit = Annotated[float | None, typer.Option(help="Seconds a cell may take.")]
RunLimit = Annotated[float | None, typer.Option(help="Seconds a run may take.")]
MemoryLimit = Annotated[int | None, typer.Option(help="Megabytes a kernel and what it starts may use.")]
Warm = Annotated[
    bool | None, typer.Option("--warm/--cold", help="Warm kernels, or ordinary ones; warm where possible.")
]
Threads = Annotated[int, typer.Option(help="Native threads a run may use; never more than cores / workers.")]


def _version(wanted: bool) -> None:
    if wanted:
        from klantstudie import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From a raw survey file to a report that can be checked."""


@app.command(
    context_settings={**HELP, "allow_extra_args": True, "ignore_unknown_options": True},
    short_help="Open JupyterLab with the notebooks.",
)
def lab(context: typer.Context) -> None:
    """Open JupyterLab with the notebooks; what follows goes to JupyterLab, such as --no-browser."""
    from klantstudie.run import scaffold

    raise typer.Exit(scaffold.lab(context.args))


@app.command(name="list", short_help="Show notebooks, studies and runs.")
def list_(as_json: Json = False, lang: Language = "nl") -> None:
    """Show the notebooks with their parameters, the studies, and the runs there are."""
    from klantstudie.run import display, overview

    found = overview.everything(lang=lang)
    print(json.dumps(found, ensure_ascii=False, indent=1)) if as_json else display.overview(found)


@new.command(name="study")
def new_study(
    file: Annotated[Path, typer.Argument(help="The raw file: csv, xlsx, sav, dta, or a platform's export.")],
    name: Annotated[str, typer.Option(help="The name of the study; else that of the file.")] = "",
    lang: Language = "nl",
) -> None:
    """Copy a raw file into data/raw and draft its codebook."""
    from klantstudie.run import display, scaffold

    folder = scaffold.new_study(file, name=name, lang=lang)
    display.say(
        f"{folder}/codebook.toml is a draft: fill in what it could not know.",
        f"Then: klantstudie check {folder.name}",
    )


@new.command(name="notebook")
def new_notebook(name: Annotated[str, typer.Argument(help="Such as 14-wachttijd.")]) -> None:
    """Copy the template into the folder notebooks."""
    from klantstudie.run import display, scaffold

    path = scaffold.new_notebook(name)
    display.say(f"{path} is there.", f"Then: klantstudie lab, or klantstudie run {path.stem}")


@app.command(short_help="List everything in a study that does not fit.")
def check(study: Annotated[str, typer.Argument(help="A folder of data/raw.")], as_json: Json = False) -> None:
    """List everything in a study that does not fit, each problem with its place."""
    from klantstudie.run import display
    from klantstudie.study import checking

    problems = checking.check(study)
    remarks = [] if problems else checking.remarks(study)
    if as_json:
        print(json.dumps({"problems": problems, "remarks": remarks}, ensure_ascii=False, indent=1))
    else:
        display.checked(study, problems, remarks)
    raise typer.Exit(1 if problems else 0)


@app.command(short_help="Write the clean data for SPSS and the codebook for Word.")
def export(
    study: Annotated[str, typer.Argument(help="A folder of data/raw.")],
    to: Annotated[
        str, typer.Option(help="sav or zsav for the data; docx, html, md or tex for the codebook.")
    ] = "sav,docx",
    lang: Language = "nl",
) -> None:
    """Write the clean data with labels for SPSS, and the codebook as an APA table, to data/processed."""
    from klantstudie.run import display, handing

    words = [word.strip() for word in to.split(",") if word.strip()]
    display.say(*(str(path) for path in handing.on(study, to=words, lang=lang)))


@app.command(add_help_option=False)
def run(
    context: typer.Context,
    notebook: Annotated[str, typer.Argument(help="A notebook, such as 00-schoonmaak.")] = "",
    given: Given = [],  # noqa: B006 (typer reads it)
    out: Annotated[Path | None, typer.Option(help="The folder of the run.")] = None,
    to: Formats = "html",
    cell_limit: CellLimit = None,
    run_limit: RunLimit = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = 1,
    as_json: Json = False,
    lang: Annotated[str, typer.Option(help="The language of --help: nl or en.")] = "nl",
    wants_help: Annotated[
        bool, typer.Option("-h", "--help", help="Show this, or with a NOTEBOOK its parameters.")
    ] = False,
) -> None:
    """Run one notebook and make its report."""
    from klantstudie.run import display

    if not notebook:
        print(context.get_help())
        raise typer.Exit(0 if wants_help else 2)
    from klantstudie.run import notebooks

    if wants_help:
        display.parameters(notebooks.find(notebook).stem, notebooks.parameters(notebook), lang)
        return
    planned = notebooks.plan(notebook, _pairs(given), out=out, text=True)
    made = notebooks.execute(
        planned,
        to=_formats(to),
        threads=threads,
        cell_limit=cell_limit,
        run_limit=run_limit,
        memory_limit=_bytes(memory_limit),
        on_cell=display.live_line(planned.name),
    )
    if out is None and to:
        notebooks.index(made.folder.parents[2])
    print(json.dumps(dict(made.record), ensure_ascii=False, indent=1)) if as_json else display.ran(made)
    raise typer.Exit(0 if made.ok else 1)


@app.command(short_help="Run every notebook of a plan.")
def batch(
    plan: Annotated[Path | None, typer.Argument(help="A batch.toml, .csv or .xlsx.")] = None,
    workers: Annotated[int | None, typer.Option(help="Runs at once; as many as there are cores.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask cluster that does the runs, such as tcp://address:8786.")
    ] = None,
    reports: Annotated[Path | None, typer.Option(help="The folder of the reports.")] = None,
    only: Annotated[
        list[str],
        typer.Option(metavar="PATTERN", help="Only runs like this: study/notebook/run, * allowed; repeat."),
    ] = [],  # noqa: B006
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on; leave what failed unchanged alone.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Only what failed before.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what is unchanged.")] = False,
    to: Formats = "html",
    cell_limit: CellLimit = None,
    run_limit: RunLimit = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = 1,
    warm: Warm = None,
    check_warm: Annotated[
        bool, typer.Option("--check-warm", help="Run one report from both kinds of kernel; compare bytes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run every notebook of a plan; what is unchanged is skipped, and a failure stops nothing else."""
    from klantstudie.run import batch as work
    from klantstudie.run import display

    path = plan or work.find_plan()
    if check_warm:
        same, told = work.check_warm(path, only=only)
        display.say(told)
        raise typer.Exit(0 if same else 1)
    settings = work.Settings(_formats(to), threads, cell_limit, run_limit, _bytes(memory_limit), warm)
    with display.watching(quiet=as_json) as watch:
        made = work.run(
            path,
            workers=workers,
            scheduler=scheduler,
            reports=reports,
            only=only,
            resume=resume,
            retry_failed=retry_failed,
            again=again,
            settings=settings,
            watch=watch,
        )
    print(json.dumps(made.plain(), ensure_ascii=False, indent=1)) if as_json else display.batch(made)
    raise typer.Exit(0 if made.ok else 1)


@app.command(short_help="Run a notebook under every combination of choices.")
def multiverse(
    notebook: Annotated[str, typer.Argument(help="A notebook, or a .toml that declares a multiverse.")],
    over: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=A,B,C",
            help="A choice and its options; repeat. Between options that are lists: |, as in NAME=q1,q2|q3. "
            "NAME alone takes all its choices; without --over every parameter with choices varies.",
        ),
    ] = [],  # noqa: B006 (typer reads it)
    result: Annotated[str, typer.Option(help="The saved result to follow; left out, what there is.")] = "",
    term: Annotated[str, typer.Option(help="The row of that result.")] = "",
    where: Annotated[
        list[str], typer.Option(metavar="COLUMN=VALUE", help="What else tells the row, such as part=path.")
    ] = [],  # noqa: B006
    column: Annotated[str, typer.Option(help="The number of that row.")] = "estimate",
    given: Given = [],  # noqa: B006
    lang: Annotated[str, typer.Option(help="The languages of the report.")] = "nl,en",
    workers: Annotated[int | None, typer.Option(help="Runs at once; as many as there are cores.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask cluster that does the runs, such as tcp://address:8786.")
    ] = None,
    reports: Annotated[Path | None, typer.Option(help="The folder of the reports.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what is unchanged.")] = False,
    to: Formats = "html",
    cell_limit: CellLimit = None,
    run_limit: RunLimit = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = 1,
    warm: Warm = None,
    as_json: Json = False,
) -> None:
    """Run a notebook under every combination of its choices and report how one number moves.

    Such as: klantstudie multiverse 07-open-keuken --over "covariates=|Type" --over bound=1.1,1.25 --result grens --term invloed
    """
    from klantstudie.run import display
    from klantstudie.run import multiverse as work

    asked, followed = work.ask(
        notebook,
        _pairs(given),
        _choices(over),
        work.Followed(result, term, column, _pairs(where, "--where", "part=path")),
        reports=reports and reports.absolute(),
    )
    settings = work.Settings(_formats(to), threads, cell_limit, run_limit, _bytes(memory_limit), warm)
    with display.watching(quiet=as_json) as watch:
        made = work.run(
            asked,
            followed,
            langs=[word.strip() for word in lang.split(",")],
            workers=workers,
            scheduler=scheduler,
            again=again,
            settings=settings,
            watch=watch,
        )
    print(json.dumps(made.plain(), ensure_ascii=False, indent=1)) if as_json else display.multiverse(made)
    raise typer.Exit(0 if made.ok else 1)


def _run(given: Path) -> Path:
    """Return the folder of a run; its name as a batch prints it will do too, from anywhere in the project."""
    from klantstudie.run import manifest

    inside = manifest.root(Path.cwd()) / "reports" / given
    return inside if not given.exists() and inside.is_dir() else given


@app.command(short_help="Say why a run would be done again.")
def why(folder: Annotated[Path, typer.Argument(help="The folder of a run.")], as_json: Json = False) -> None:
    """Say why a run would be done again: what changed since."""
    from klantstudie.run import cache, display

    found = cache.why(_run(folder))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        display.say(*(found or ["nothing changed: a batch would skip this run"]))


@app.command(short_help="Show the differences of two runs as numbers.")
def compare(
    before: Annotated[Path, typer.Argument(help="A run, or a folder of runs.")],
    after: Annotated[Path, typer.Argument(help="Another.")],
    as_json: Json = False,
) -> None:
    """Show the differences of two runs, or two batches, as numbers."""
    from klantstudie.run import display, results

    found = results.compare(_run(before), _run(after))
    if as_json:
        print(json.dumps([one.__dict__ for one in found], ensure_ascii=False, indent=1))
    else:
        display.differences(found)
    raise typer.Exit(1 if found else 0)


@app.command(short_help="Run everything again and compare every number.")
def verify(
    reports: Annotated[Path | None, typer.Argument(help="A run, or a folder of runs; else reports.")] = None,
    workers: Annotated[int | None, typer.Option(help="Runs at once; as many as there are cores.")] = None,
    as_json: Json = False,
) -> None:
    """Run everything again, compare every recorded number, and write a certificate."""
    from klantstudie.run import display, manifest
    from klantstudie.run import verify as checking

    with display.watching(quiet=as_json) as watch:
        place = _run(reports) if reports else manifest.root(Path.cwd()) / "reports"
        found = checking.run(place, workers=workers, watch=watch)
    print(json.dumps(found.plain(), ensure_ascii=False, indent=1)) if as_json else display.certificate(found)
    raise typer.Exit(0 if found.ok else 1)


@app.command(short_help="Recompute the printed numbers of a table or a text.")
def recheck(
    file: Annotated[Path, typer.Argument(help="A table of printed numbers, or a text with reported tests.")],
    lang: Language = "nl",
    as_json: Json = False,
) -> None:
    """Recompute printed numbers and show a traffic light for each; in a text, whether each p fits its test.

    A table (.csv, .tsv, .xlsx) has the columns label, check, inputs and reported, as in
    data/raw/gepubliceerd/narekenen.csv; a text is .txt, .md, .tex, .html or .docx. Exit code 1: something does not fit.
    """
    from klantstudie.analyses import recheck as room
    from klantstudie.errors import option
    from klantstudie.run import display, printed

    option("--lang", lang, ("nl", "en"))
    given = printed.read(file)
    found = room.p_values(given) if isinstance(given, str) else room.table(given)
    rows = found.table.astype(object).where(found.table.notna(), None).to_dict("records")
    print(json.dumps(rows, ensure_ascii=False, indent=1)) if as_json else display.rechecked(rows, lang)
    raise typer.Exit(1 if any(row["decision"] in display.WRONG for row in rows) else 0)


@app.command(short_help="Freeze what is claimed before the data are seen.")
def preregister(
    notebook: Annotated[str, typer.Argument(help="A notebook that states its hypotheses in advance.")],
    given: Given = [],  # noqa: B006 (typer reads it)
) -> None:
    """Freeze hypotheses, bounds, exclusion rules and code; later reports list every deviation."""
    from klantstudie.run import display, files, preregistration

    path = preregistration.freeze(notebook, _pairs(given), text=True)
    display.say(
        f"{path} is frozen; {path.with_suffix('.md').name} says it in words.",
        f"SHA-256 {files.read_json(path)['sha256']}",
        "Put the hash where others can see its date: a registry, a shared repository, a message to your supervisor.",
    )


@app.command(short_help="Write the publication package of a study.")
def package(
    study: Annotated[str, typer.Argument(help="A folder of data/raw.")],
    out: Annotated[Path | None, typer.Option(help="The zip, or its folder; else reports/STUDY.")] = None,
    reports: Annotated[Path | None, typer.Option(help="The folder of the reports.")] = None,
    thesis: Annotated[
        bool, typer.Option("--thesis", help="Name it MSc_thesis_<lastname>_<year>, with read_me_first.txt.")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Mark in the readme what is not filled in, in place of refusing.")
    ] = False,
) -> None:
    """Write the publication package of a study: data, materials, code, reports, hashes, readme."""
    from klantstudie.run import display, publication

    path = publication.package(study, out=out, reports=reports, thesis=thesis, draft=draft)
    display.say(
        f"{path}",
        "Look at README.md in it, and unpack it elsewhere: klantstudie verify reports must agree there.",
    )


@app.command(short_help="Gather the numbers of every run in one table.")
def results(
    reports: Annotated[Path | None, typer.Argument(help="A folder of runs; else reports.")] = None,
) -> None:
    """Gather the numbers of every run into reports/results.csv."""
    from klantstudie.run import display, manifest
    from klantstudie.run import results as gathered

    path = gathered.write(reports or manifest.root(Path.cwd()) / "reports")
    display.say(f"{path}")


# ------------------------------------------------------------------------------------------------ reading words


def _pairs(given: list[str], word: str = "-p", example: str = "study=abc_2010") -> dict[str, str]:
    from klantstudie.errors import RunError

    found = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not mark:
            raise RunError(f"{word} takes NAME=VALUE, such as {word} {example}; given: {pair!r}")
        if name.strip() in found:
            raise RunError(f"parameter '{name.strip()}' is given twice")
        found[name.strip()] = value
    return found


def _choices(over: list[str]) -> dict[str, str | None]:
    """Return the options of each choice as they were typed; None for a name alone."""
    alone = [word.strip() for word in over if "=" not in word]
    return {**dict.fromkeys(alone), **_pairs([word for word in over if "=" in word], "--over", "wave=1,2")}


def _formats(to: str) -> tuple[str, ...]:
    from klantstudie.errors import option

    return tuple(
        option("--to", word.strip(), ("html", "pdf", "docx")) for word in to.split(",") if word.strip()
    )


def _bytes(megabytes: int | None) -> int | None:
    return None if megabytes is None else megabytes * 2**20


def main(arguments: list[str] | None = None) -> Any:
    """Run the command; an error of the package is one readable message and exit code 2."""
    try:
        app(arguments)
    except KlantstudieError as error:
        print(f"klantstudie: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:  # the reader of the output went away, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
