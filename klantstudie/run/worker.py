"""The process that does the runs of a batch, one after the other, so that papermill is imported once and not per run.

It takes tasks in and tells what happens, over standard input and output or, as a child of the fork server, over a
connection. When its input breaks off, because the batch was stopped or is gone, it interrupts the run it is at.
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
from typing import Any

from klantstudie.errors import KlantstudieError

Receive = Callable[[], dict[str, Any] | None]
Send = Callable[[Mapping[str, Any]], None]


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


def serve(receive: Receive, send: Send) -> None:
    """Do the tasks that come in until there are no more; when they break off, interrupt the run that is at work."""
    tasks: queue.Queue[dict[str, Any] | None] = queue.Queue()
    busy = threading.Event()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    threading.Thread(target=_take_in, args=(receive, tasks, busy), daemon=True).start()
    while (task := tasks.get()) is not None:
        busy.set()
        try:
            answer = _answer(task, send)
        except KeyboardInterrupt:
            answer = {"status": "interrupted", "cause": "Interrupted: the batch was stopped"}
        busy.clear()
        try:
            send({"number": task["number"], "end": answer})
        except OSError:  # nobody listens any more
            return


def _answer(task: Mapping[str, Any], send: Send) -> dict[str, Any]:
    def on_cell(cell: int, total: int) -> None:
        send({"number": task["number"], "cell": cell, "total": total})

    if "index" in task:
        from klantstudie.run import notebooks

        notebooks.index(Path(task["index"]))
        return {"status": "completed", "cause": ""}
    return perform(task, on_cell)


def _take_in(receive: Receive, tasks: queue.Queue, busy: threading.Event) -> None:
    while (task := receive()) is not None:
        tasks.put(task)
    tasks.put(None)
    if busy.is_set():
        _interrupt()


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()


def main() -> None:
    """Serve over standard input and output, one JSON line a message."""
    # Half of papermill's import time is a grammar that only a JSON schema with internet addresses would use.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not come between the events

    def receive() -> dict[str, Any] | None:
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def send(event: Mapping[str, Any]) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    serve(receive, send)


def forked(connection: Any, env: dict[str, str]) -> None:
    """Serve over a connection, as a child of the fork server."""
    from klantstudie.run import warm

    warm.settle(env, log=os.devnull, follow=False)  # the end of the connection tells that the batch is gone

    def receive() -> dict[str, Any] | None:
        try:
            return json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return None

    def send(event: Mapping[str, Any]) -> None:
        connection.send_bytes(json.dumps(event).encode())

    serve(receive, send)


if __name__ == "__main__":
    main()
