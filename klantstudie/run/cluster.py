"""Sends the runs of a batch to an existing Dask cluster; the workers need the same folder and the same installation."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from klantstudie.errors import RunError

RETRIES = 3  # a run whose worker was lost is sent to another
CONNECT = 30  # seconds to reach the scheduler
LOOK = 5.0  # seconds between two looks at the workers


def perform(task: Mapping[str, Any]) -> dict[str, Any]:
    """Do one task on a worker of the cluster."""
    from klantstudie.run import worker

    if not os.path.isdir(task["plan"]["project"]):
        return {"status": "failed", "cause": f"the worker does not see {task['plan']['project']}"}
    return worker.perform(task)


def _lost(task: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """Record here, in the shared folder, a run whose workers were all lost, with what its journal kept."""
    from klantstudie.run import files, notebooks

    planned = notebooks.thaw(task["plan"])
    if not files.busy(planned.folder):
        notebooks.lost(planned, cause, to=())
    return {"status": "died", "cause": f"RunnerDied: {cause}"}


class Crew:
    """The workers of a Dask cluster, with the same events as the worker processes of one machine."""

    def __init__(self, address: str):
        try:
            from distributed import Client
        except ImportError:
            raise RunError("a cluster needs: pip install 'klantstudie[cluster]'") from None
        try:
            self.client = Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise RunError(f"there is no scheduler at {address}: {error}") from None
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._futures: dict[str, tuple[dict[str, Any], Any]] = {}
        self._stopped = threading.Event()

    @property
    def count(self) -> int:
        """How many runs the cluster can do at once."""
        return sum(self.client.nthreads().values())

    def start(self, tasks: Sequence[dict[str, Any]]) -> None:
        """Send the tasks; each run is one task of the cluster."""
        if not self.count:
            raise RunError("the cluster has no workers")
        for task in tasks:
            future = self.client.submit(
                perform, task, pure=False, retries=RETRIES, key=f"klantstudie-{os.getpid()}-{task['number']}"
            )
            self._futures[future.key] = (task, future)
            future.add_done_callback(self._ended)
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        """Say once when no worker is left: the runs then wait for one that joins."""
        while not self._stopped.wait(LOOK):
            try:
                gone = self._futures and not self.count
            except (OSError, ValueError, RuntimeError):  # the scheduler itself may be gone
                gone = True
            if gone:
                self.events.put({"note": "the cluster has no worker left: the runs wait for one"})
                return

    def _ended(self, future: Any) -> None:
        if self._stopped.is_set():
            return
        task = self._futures[future.key][0]
        error = future.exception() if future.status == "error" else None
        if future.status == "finished":
            end = future.result()
        elif error is not None:
            end = _lost(task, f"{type(error).__name__}: {str(error)[:200]}")
        else:
            end = {"status": "interrupted", "cause": "Interrupted: the cluster gave the run up"}
        self.events.put({"number": task["number"], "end": end})

    def index(self, reports: str | os.PathLike[str]) -> None:
        """Write the index of the reports here: the folder is shared."""
        from klantstudie.run import notebooks

        notebooks.index(reports)

    def stop(self) -> None:
        """Take back what has not begun; a run that is at work on the cluster ends by itself."""
        self._stopped.set()
        self.client.cancel([future for _, future in self._futures.values()])

    def close(self) -> None:
        """Let go of the cluster, which stays as it was."""
        self._stopped.set()
        self._futures.clear()
        self.client.close()
