"""The worker processes of one machine: each does one run at a time, and one that is lost is replaced."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from klantstudie.errors import RunError

PATIENCE = 20.0  # seconds for a stopped worker to end its kernel and write its record
ATTEMPTS = 2  # a run whose worker was lost is tried once more


class Worker:
    """One worker process and the thread that serves it."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the process when there is none."""
        if self.process is not None and self.process.poll() is None:
            return
        home = str(Path(__file__).parents[2])
        env = dict(os.environ)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [home, env.get("PYTHONPATH")]))
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

    def ask(self, task: Mapping[str, Any], events: queue.Queue | None) -> dict[str, Any] | None:
        """Let the worker do one task; return how it ended, or None when the worker was lost."""
        self.start()
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                event = json.loads(line)
                if "end" in event:
                    return event["end"]
                if events is not None:
                    events.put(event)
        except (OSError, ValueError):
            pass
        return None

    def code(self) -> int:
        """The exit code of a lost worker."""
        self.join(5.0)
        return self.process.returncode

    def end(self) -> None:
        """Close the worker's input: an idle worker ends, a busy one stops its run first."""
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def join(self, patience: float) -> None:
        """Wait until the process is gone, and see to it that it is."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()


class Crew:
    """Some workers that take tasks from one list; what happens is told through `events`."""

    def __init__(self, count: int):
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.workers = [Worker() for _ in range(count)]
        self._tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def start(self, tasks: Sequence[dict[str, Any]]) -> None:
        """Begin with the tasks."""
        for task in tasks:
            self._tasks.put(task)
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True) for worker in self.workers
        ]
        for thread in self._threads:
            thread.start()

    def _serve(self, worker: Worker) -> None:
        while not self._stopped.is_set():
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            self.events.put({"number": task["number"], "end": self._do(worker, task)})

    def _do(self, worker: Worker, task: dict[str, Any]) -> dict[str, Any]:
        """Do one task, in a new worker when the first is lost."""
        cause = ""
        for _ in range(ATTEMPTS):
            answer = worker.ask(task, self.events)
            if answer is not None:
                return answer
            cause = f"the worker's process ended (exit code {worker.code()})"
            if self._stopped.is_set():
                return {"status": "interrupted", "cause": "Interrupted: the batch was stopped"}
        told = worker.ask({**task, "lost": cause}, None)
        return told or {"status": "died", "cause": f"RunnerDied: {cause}"}

    def index(self, reports: Path) -> None:
        """Let a worker write the index of the reports."""
        answer = self.workers[0].ask({"number": -1, "index": str(reports)}, None)
        if answer is None or answer["status"] != "completed":
            raise RunError(
                f"the index of {reports} could not be written{': ' + answer['cause'] if answer else ''}"
            )

    def stop(self) -> None:
        """Stop what is at work; every started run gets its record."""
        self._stopped.set()
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.join(PATIENCE)
        for thread in self._threads:
            thread.join(timeout=5)

    def close(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.join(PATIENCE)
