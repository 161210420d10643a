"""The papermill engine `klantstudie`: the stored notebook says what happened; on papermill and nbclient.

`papermill --engine klantstudie in.ipynb out.ipynb` works by itself; the runner of this package uses it too.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager

from klantstudie.run import environment, files, kernels, masking, parameters

INJECTED = "injected-parameters"
TIMINGS = ("start_time", "end_time", "duration")
PLACES = ("input_path", "output_path")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
PROCESS = re.compile(r"\bipykernel_\d+")
STARTUP = 120
OUTPUT_PATIENCE = 60  # seconds that output may lag behind the end of its cell on a busy machine


@dataclass
class Record:
    """What happened in one execution: filled in while it goes, true whatever ends it.

    `status` is completed, failed (a cell raised), timeout, died (the kernel's process ended), interrupted, or
    running.
    """

    status: str = "running"
    cause: str = ""
    error: dict[str, Any] | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    peak_memory: int = 0
    processor_seconds: float | None = None  # of the kernel, for its cells
    exit_code: int | None = None
    signal: str | None = None
    kernel: str = "cold"
    text: str = ""  # the notebook as it is stored

    def end(
        self, status: str, name: str, message: str, cell: int | None, traceback: list[str] | None = None
    ) -> None:
        """Say once how it ended when it did not complete."""
        if self.status != "running":
            return
        first = message.strip().splitlines()[0] if message.strip() else ""
        self.status, self.cause = status, masking.mask(f"{name}: {first}" if first else name)
        self.error = {"name": name, "message": masking.mask(message), "cell": cell}
        if traceback is not None:
            self.error["traceback"] = masking.mask("\n".join(traceback))


@dataclass
class Limits:
    """The limits of one execution: seconds a cell, seconds a run, bytes of memory; None is no limit."""

    cell: float | None = None
    run: float | None = None
    memory: int | None = None


class Progress(NotebookExecutionManager):
    """Follows an execution: statuses in the notebook, timings in the record, finished cells in a journal."""

    def __init__(
        self,
        nb: Any,
        record: Record,
        *,
        journal: Path | None = None,
        on_cell: Callable[[int, int], None] | None = None,
    ):
        super().__init__(nb, output_path=None, progress_bar=False, autosave_cell_every=0)
        self.record, self.journal, self.on_cell = record, journal, on_cell
        self._stream: IO[str] | None = None
        self._clock = 0.0

    def save(self, **_: Any) -> None:
        """Nothing is written while cells run but the journal."""

    def notebook_start(self, **_: Any) -> None:
        """Clear what an earlier execution left."""
        self.set_timer()
        about = self.nb.metadata.setdefault("papermill", nbformat.NotebookNode())
        for name in (*TIMINGS, *PLACES):
            about.pop(name, None)
        about.update(status=self.RUNNING, exception=None)
        for cell in self.nb.cells:
            cell.metadata.pop("execution", None)
            cell.metadata["papermill"] = {"status": self.PENDING, "exception": None}
            if cell.cell_type == "code":
                cell.execution_count, cell.outputs = None, []
        if self.journal is not None:
            self.journal.parent.mkdir(parents=True, exist_ok=True)
            self._stream = open(self.journal, "w", encoding="utf-8")  # noqa: SIM115 (closed at the end)
            self._write({"notebook": json.dumps(self.nb, ensure_ascii=False)})

    def cell_start(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
        """A cell begins."""
        cell.metadata.papermill["status"] = self.RUNNING
        self._clock = time.monotonic()
        if self.on_cell is not None:
            self.on_cell(cell_index or 0, len(self.nb.cells))

    def cell_exception(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
        """A cell failed, for whatever reason."""
        cell.metadata["papermill"] = {"status": self.FAILED, "exception": True}
        self.nb.metadata.papermill["exception"] = True

    def cell_complete(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
        """A cell ended, well or not."""
        if cell.metadata.papermill["status"] == self.RUNNING:
            cell.metadata["papermill"] = {"status": self.COMPLETED, "exception": False}
        if cell.cell_type != "code":
            return
        cell.metadata.pop("execution", None)
        _tidy(cell)
        status, seconds = cell.metadata.papermill["status"], time.monotonic() - self._clock
        self.record.cells.append({"cell": cell_index, "seconds": round(seconds, 3), "status": status})
        if self._stream is not None:
            known = {"outputs": cell.outputs, "execution_count": cell.execution_count}
            self._write({"cell": cell_index, "status": status, **known})

    def notebook_complete(self, **_: Any) -> None:
        """The end: the notebook's own status follows from its cells, never from silence."""
        about = self.nb.metadata.papermill
        if self.record.status == "running":
            done = all(cell.metadata.papermill["status"] == self.COMPLETED for cell in self.nb.cells)
            self.record.status = "completed" if done else "interrupted"
        about["status"] = self.record.status
        about["exception"] = True if self.record.status != "completed" else None
        self.record.text = masking.mask(nbformat.writes(self.nb, version=nbformat.NO_CONVERT)) + "\n"
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
            self._stream = None

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(masking.mask(json.dumps(line, ensure_ascii=False)) + "\n")
            self._stream.flush()
        except OSError:  # a full disk ends the journal, not the run; the final write tells
            with contextlib.suppress(OSError):
                self._stream.close()
            self._stream = None


def _tidy(cell: Any) -> None:
    """Take out what differs between equal runs: memory addresses and process numbers in printed objects."""
    cell.outputs = _merged(cell.outputs)
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/plain" in data:
            data["text/plain"] = _without_traces(data["text/plain"])
        if "text" in output:
            output["text"] = _without_traces(output["text"])
        if "traceback" in output:
            output["traceback"] = [_without_traces(line) for line in output["traceback"]]


def _merged(outputs: list[Any]) -> list[Any]:
    """Join what was printed, standard output before errors: in how many pieces it came differs between equal runs.

    nbclient's own `coalesce_streams` takes time with the square of the longest line.
    """
    printed: dict[str, list[str]] = {"stdout": [], "stderr": []}
    for output in outputs:
        if output["output_type"] == "stream":
            printed.setdefault(output["name"], []).append(output["text"])
    joined = [
        nbformat.v4.new_output("stream", name=name, text=_overwritten("".join(texts)))
        for name, texts in printed.items()
        if texts
    ]
    first = next((place for place, output in enumerate(outputs) if output["output_type"] == "stream"), 0)
    others = [output for output in outputs[first:] if output["output_type"] != "stream"]
    return [*outputs[:first], *joined, *others]


def _overwritten(text: str) -> str:
    """Return what a terminal would show of lines that were written over, as progress bars are."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _without_traces(text: str) -> str:
    return PROCESS.sub("ipykernel", ADDRESS.sub("0x…", text))


class Client(PapermillNotebookClient):
    """Runs the cells in a kernel of its own, and tells a dead kernel and a time-out from an end."""

    def __init__(
        self,
        progress: Progress,
        *,
        limits: Limits,
        env: dict[str, str],
        cwd: str | None,
        warm: bool,
        **settings: Any,
    ):
        super().__init__(progress, raise_on_iopub_timeout=True, iopub_timeout=OUTPUT_PATIENCE, **settings)
        self.record_timing = False
        self.record, self.limits, self.env, self.cwd = progress.record, limits, env, cwd
        self.warm = warm
        self.timeout_func = self._seconds_left
        self._deadline: float | None = None

    def create_kernel_manager(self) -> Any:
        """Return a manager for this environment's own Python."""
        self.km = kernels.manager(self.kernel_name or "python3", warm=self.warm)
        return self.km

    def _seconds_left(self, cell: Any) -> float | None:
        left = None if self._deadline is None else max(self._deadline - time.monotonic(), 0.01)
        return min((limit for limit in (self.limits.cell, left) if limit is not None), default=None)

    def execute(self, **_: Any) -> Any:
        """Run all cells; how it ended stands in the record, and only an interrupt is raised again."""
        self.reset_execution_trackers()
        try:
            with self._kernel(), kernels.Watch(self.km.pid, self.limits.memory) as watch:
                self.record.kernel = self.km.kind
                self._cells(watch)
            self.record.peak_memory = watch.peak
        except KeyboardInterrupt:
            self.record.end("interrupted", "Interrupted", "the run was interrupted", None)
            raise
        except (RuntimeError, OSError, TimeoutError) as error:
            self.record.end("died", "KernelNotStarted", str(error), None)
        return self.nb

    @contextlib.contextmanager
    def _kernel(self) -> Any:
        with self.setup_kernel(env=self.env, cwd=self.cwd):
            about = self.wait_for_reply(self.kc.kernel_info())
            self.nb.metadata["language_info"] = about["content"]["language_info"]
            try:
                yield
            finally:
                if self.record.status not in ("running", "failed"):
                    self.shutdown_kernel = "immediate"

    def _cells(self, watch: kernels.Watch) -> None:
        self._deadline = time.monotonic() + self.limits.run if self.limits.run else None
        before = kernels.processor_time(watch.pid)
        for index, cell in enumerate(self.nb.cells):
            try:
                self.nb_man.cell_start(cell, index)
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                self._failed(cell, index, "failed", error.ename or "Error", error.evalue or "", None)
                break
            except CellTimeoutError:
                self._failed(cell, index, "timeout", "TimeLimit", self._which_limit(), [])
                break
            except DeadKernelError:
                self._failed(cell, index, "died", *self._death(watch), [])
                break
            except KeyboardInterrupt:
                self._failed(cell, index, "interrupted", "Interrupted", "the run was interrupted", [])
                raise
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                watch.look()
                now = kernels.processor_time(watch.pid)
                if before is not None and now is not None:
                    self.record.processor_seconds = round(now - before, 3)
        self.set_widgets_metadata()

    def _failed(
        self, cell: Any, index: int, status: str, name: str, text: str, traceback: list[str] | None
    ) -> None:
        """Mark the cell; where the kernel could not say what happened, its output says it."""
        if traceback is not None:
            cell.outputs.append(
                nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
            )
        told = [output for output in cell.outputs if output.output_type == "error"]
        self.record.end(status, name, text, index, told[-1].traceback if told else traceback)
        self.nb_man.cell_exception(cell, cell_index=index)

    def _which_limit(self) -> str:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return f"the run took longer than {self.limits.run:g} s"
        return f"the cell took longer than {self.limits.cell or self.timeout:g} s"

    def _death(self, watch: kernels.Watch) -> tuple[str, str]:
        """Return (name, message) of the end of the kernel's process."""
        self.record.exit_code = run_sync(self.km.exit_code)()
        self.record.signal = kernels.signal_name(self.record.exit_code)
        if watch.exceeded:
            return "MemoryLimit", f"the kernel used more than {(self.limits.memory or 0) / 2**20:.0f} MB"
        how = self.record.signal or f"exit code {self.record.exit_code}"
        words = self.km.last_words().splitlines()
        return "KernelDied", f"the kernel's process ended ({how})" + (f"; {words[-1]}" if words else "")


class Engine(NBClientEngine):
    """A papermill engine with true statuses, limits, one final write, and equal bytes for equal runs."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool = True,
        log_output: bool = False,
        autosave_cell_every: int = 0,
        **settings: Any,
    ) -> Any:
        """Execute a notebook whose parameters papermill has put in."""
        record = settings.pop("record", None) or Record()
        journal, on_cell = settings.pop("journal", None), settings.pop("on_cell", None)
        local = output_path if output_path and "://" not in output_path and output_path != "-" else None
        if journal is None and local:
            journal = Path(f"{local}.journal")
        prepare(nb, Path(str(settings.get("input_path") or "notebook")).stem)
        progress = Progress(nb, record, journal=journal, on_cell=on_cell)
        progress.notebook_start()
        try:
            cls.execute_managed_notebook(progress, kernel_name, log_output=log_output, **settings)
        finally:
            progress.notebook_complete()
            if local:
                files.write(Path(local), record.text)
                with contextlib.suppress(OSError):
                    os.unlink(journal)
        return progress.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Progress,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = STARTUP,
        execution_timeout: int | None = None,
        **settings: Any,
    ) -> Any:
        """Run the cells in one kernel."""
        limits = settings.get("limits") or Limits(cell=execution_timeout)
        client = Client(
            nb_man,
            limits=limits,
            env=settings.get("kernel_env") or environment.fixed(),
            cwd=settings.get("kernel_cwd"),
            warm=bool(settings.get("warm")),
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
        )
        return client.execute()

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel of a notebook; one that names none is Python."""
        return name or nb.metadata.get("kernelspec", {}).get("name") or "python3"

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language of a notebook; one that names none is Python."""
        found = language or nb.metadata.get("language_info", {}).get("name")
        return found or nb.metadata.get("kernelspec", {}).get("language") or "python"


def prepare(nb: Any, name: str) -> None:
    """Check the injected parameters, write them in their declared types, give their cell a fixed id."""
    given = nb.metadata.get("papermill", {}).get("parameters") or {}
    declared = parameters.of_notebook(nb, name)
    injected = [cell for cell in nb.cells if INJECTED in cell.metadata.get("tags", [])]
    if injected and declared:
        values = parameters.check(declared, given, name)
        injected[0].source = code(values)
        nb.metadata.papermill["parameters"] = {key: parameters.plain(value) for key, value in values.items()}
    taken = {cell.get("id") for cell in nb.cells if cell not in injected}
    for number, cell in enumerate(injected):
        fixed = INJECTED if not number else f"{INJECTED}-{number}"
        cell["id"] = fixed if fixed not in taken else f"{fixed}-klantstudie"


def code(values: Mapping[str, Any]) -> str:
    """Return the source of the injected cell."""
    return "\n".join(["# Parameters", *(f"{name} = {_literal(value)}" for name, value in values.items())])


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, date):
        return f'__import__("datetime").date({value.year}, {value.month}, {value.day})'
    if isinstance(value, Path):
        return f'__import__("pathlib").Path({value.as_posix()!r})'
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value)


def recover(journal: Path) -> str | None:
    """Return the partial notebook that a journal holds after its writer was lost, or None without one."""
    try:
        lines = journal.read_text(encoding="utf-8").splitlines()
        nb = json.loads(json.loads(lines[0])["notebook"])
    except (OSError, ValueError, LookupError):
        return None
    for line in lines[1:]:
        try:
            entry = json.loads(line)
            cell = nb["cells"][entry["cell"]]
        except (ValueError, LookupError):  # the last line may be half
            break
        cell["outputs"], cell["execution_count"] = entry["outputs"], entry["execution_count"]
        cell["metadata"]["papermill"] = {"status": entry["status"], "exception": entry["status"] == "failed"}
    nb["metadata"]["papermill"].update(status="interrupted", exception=True)
    return nbformat.writes(nbformat.from_dict(copy.deepcopy(nb)), version=nbformat.NO_CONVERT) + "\n"
