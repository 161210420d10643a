"""The process that does the runs of a batch, one after the other, so that papermill is imported once and not per run.

It reads one JSON line per task from standard input and writes one per event to standard output. When its input
ends, because the batch was stopped or is gone, it interrupts the run it is at.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from klantstudie.errors import KlantstudieError

# Half of papermill's import time is a grammar for addresses that only a JSON schema with addresses would use.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def perform(task: Mapping[str, Any], on_cell: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Do one task of a batch and return how it ended; an interrupt is raised again after it was recorded."""
    from klantstudie.run import notebooks

    planned = notebooks.thaw(task["plan"])
    try:
        if task.get("lost"):
            made = notebooks.lost(planned, task["lost"], to=task["settings"]["to"])
        else:
            checked = notebooks.plan(planned.path, task["plan"]["given"], out=planned.folder)
            made = notebooks.execute(checked, **task["settings"], context=task["context"], on_cell=on_cell)
    except (KlantstudieError, OSError) as error:
        made = notebooks.refused(planned, error)
    keep = ("seconds", "cell_seconds", "peak_memory_mb", "kernel")
    return {"status": made.status, "cause": made.cause, **{name: made.record.get(name) for name in keep}}


def main() -> None:
    """Work until the input ends."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not come between the events
    tasks: queue.Queue[dict[str, Any] | None] = queue.Queue()
    busy = threading.Event()
    threading.Thread(target=_read, args=(sys.stdin, tasks, busy), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    while (task := tasks.get()) is not None:
        busy.set()
        try:
            answer = _answer(task, events)
        except KeyboardInterrupt:
            answer = {"status": "interrupted", "cause": "Interrupted: the batch was stopped"}
        busy.clear()
        try:
            _say(events, {"number": task["number"], "end": answer})
        except OSError:  # nobody listens any more
            return


def _answer(task: Mapping[str, Any], events: IO[str]) -> dict[str, Any]:
    def on_cell(cell: int, total: int) -> None:
        _say(events, {"number": task["number"], "cell": cell, "total": total})

    if "index" in task:
        from klantstudie.run import notebooks

        notebooks.index(Path(task["index"]))
        return {"status": "completed", "cause": ""}
    return perform(task, on_cell)


def _say(events: IO[str], event: Mapping[str, Any]) -> None:
    events.write(json.dumps(event) + "\n")
    events.flush()


def _read(stream: IO[str], tasks: queue.Queue, busy: threading.Event) -> None:
    ended = False
    for line in stream:
        task = json.loads(line)
        ended = task is None
        tasks.put(task)
    tasks.put(None)
    if busy.is_set() and not ended:
        _interrupt()


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()


if __name__ == "__main__":
    main()
