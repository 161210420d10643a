"""The worker processes of one machine: each does one run at a time, and one that is lost is replaced."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import warm, worker
from klantstudie.run.environment import fixed

PATIENCE = 20.0  # seconds for a stopped worker to end its kernel and write its record
ATTEMPTS = 2  # a run whose worker was lost is tried once more


class Spawned:
    """A worker process of its own, over its standard input and output."""

    def __init__(self) -> None:
        env = fixed(threads=1)
        apart = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "klantstudie.run.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=env,
            **apart,
        )

    def send(self, task: Mapping[str, Any]) -> None:
        """Hand over a task."""
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any] | None:
        """Return what happens next; None when the process is gone."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def end(self) -> None:
        """Break off: an idle worker ends, a busy one stops its run first."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def join(self, patience: float) -> int:
        """Wait until the process is gone, see to it that it is, and return its exit code."""
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        return self.process.returncode


class Forked:
    """A worker that the fork server starts with everything imported; it lets the server start its kernels."""

    def __init__(self) -> None:
        from multiprocessing import Pipe

        self.connection, theirs = Pipe()
        try:
            self.process = warm.fork(worker.forked, (theirs, dict(os.environ)))
        finally:
            theirs.close()

    def send(self, task: Mapping[str, Any]) -> None:
        """Hand over a task."""
        self.connection.send_bytes(json.dumps(task).encode())

    def receive(self) -> dict[str, Any] | None:
        """Return what happens next; None when the process is gone."""
        try:
            return json.loads(self.connection.recv_bytes())
        except EOFError:
            return None

    def end(self) -> None:
        """Break off: an idle worker ends, a busy one stops its run first."""
        with (
            contextlib.suppress(OSError),
            socket.fromfd(self.connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as ours,
        ):
            ours.shutdown(socket.SHUT_WR)

    def join(self, patience: float) -> int:
        """Wait until the process is gone, see to it that it is, and return its exit code."""
        self.process.join(patience)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.connection.close()
        return self.process.exitcode


class Worker:
    """A worker process that is started when there is something to do, and again when it was lost."""

    def __init__(self, kind: type[Spawned] | type[Forked]):
        self.kind = kind
        self.process: Spawned | Forked | None = None

    def ask(self, task: Mapping[str, Any], events: queue.Queue | None) -> dict[str, Any] | None:
        """Let the worker do one task; return how it ended, or None when the worker was lost."""
        if self.process is None:
            self.process = self.kind()
        try:
            self.process.send(task)
            while (event := self.process.receive()) is not None:
                if "end" in event:
                    return event["end"]
                if events is not None:
                    events.put(event)
        except (OSError, ValueError):
            pass
        return None

    def end(self) -> None:
        """Break off."""
        if self.process is not None:
            self.process.end()

    def join(self, patience: float) -> int | None:
        """Wait until the process is gone and return its exit code."""
        if self.process is None:
            return None
        code = self.process.join(patience)
        self.process = None
        return code


class Crew:
    """Some workers that take tasks from one list; what happens is told through `events`."""

    def __init__(self, count: int, *, fork: bool = False):
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.workers = [Worker(Forked if fork else Spawned) for _ in range(count)]
        self.count = count
        self._tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def start(self, tasks: Sequence[dict[str, Any]]) -> None:
        """Begin with the tasks."""
        for task in tasks:
            self._tasks.put(task)
        self._threads = [
            threading.Thread(target=self._serve, args=(one,), daemon=True) for one in self.workers
        ]
        for thread in self._threads:
            thread.start()

    def _serve(self, one: Worker) -> None:
        while not self._stopped.is_set():
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            self.events.put({"number": task["number"], "end": self._do(one, task)})

    def _do(self, one: Worker, task: dict[str, Any]) -> dict[str, Any]:
        """Do one task, in a new worker when the first is lost."""
        cause = ""
        for _ in range(ATTEMPTS):
            answer = one.ask(task, self.events)
            if answer is not None:
                return answer
            cause = f"the worker's process ended (exit code {one.join(5.0)})"
            if self._stopped.is_set():
                return {"status": "interrupted", "cause": "Interrupted: the batch was stopped"}
        told = one.ask({**task, "lost": cause}, None)
        return told or {"status": "died", "cause": f"RunnerDied: {cause}"}

    def index(self, reports: str | os.PathLike[str]) -> None:
        """Let a worker write the index of the reports."""
        answer = self.workers[0].ask({"number": -1, "index": str(reports)}, None)
        if answer is None or answer["status"] != "completed":
            raise RunError(
                f"the index of {reports} could not be written{': ' + answer['cause'] if answer else ''}"
            )

    def stop(self) -> None:
        """Stop what is at work; every started run gets its record."""
        self._stopped.set()
        for one in self.workers:
            one.end()
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:  # each hears the last word of its worker
            thread.join(max(deadline - time.monotonic(), 0.1))
        for one in self.workers:
            one.join(1.0)

    def close(self) -> None:
        """End the workers."""
        for one in self.workers:
            one.end()
        for one in self.workers:
            one.join(PATIENCE)
