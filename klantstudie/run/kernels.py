"""Starts a watched kernel per run with this environment's own Python; stands on jupyter_client."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from traitlets import Unicode

from klantstudie.run.warm import KERNEL, PROVISIONER, kernel_spec

OWN = ("", "python", "python3", KERNEL)
PROVIDED_BY = "klantstudie.run.provisioner:Provisioner"
LONGEST_SOCKET = 80  # a Unix socket address holds about 100 characters
POLL = 0.2


class Manager(AsyncKernelManager):
    """A kernel manager whose kernels run this Python and talk over sockets in a short private folder."""

    log_path = Unicode("")
    kind = Unicode("cold")

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.place = Path(tempfile.mkdtemp(prefix="ks-", dir=_short()))
        self.connection_file = str(self.place / "kernel.json")
        self.log_path = str(self.place / "kernel.log")
        if os.name != "nt" and len(str(self.place)) < LONGEST_SOCKET:
            self.transport, self.ip = "ipc", str(self.place / "k")

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """The environment's own Python, whatever kernels are installed; other languages as declared."""
        if self.kernel_name not in OWN:
            return super().kernel_spec
        about = kernel_spec()
        return KernelSpec(**about) if self.kind == "warm" else KernelSpec(**{**about, "metadata": {}})

    async def _async_start_kernel(self, **settings: Any) -> None:
        with open(self.log_path, "ab") as stream:
            await super()._async_start_kernel(stdout=stream, stderr=stream, **settings)

    start_kernel = _async_start_kernel

    @property
    def pid(self) -> int | None:
        """The process id of the kernel."""
        return getattr(self.provisioner, "pid", None)

    async def exit_code(self) -> int | None:
        """The exit code of the kernel's process, negative for a signal; None while it lives."""
        return None if self.provisioner is None else await self.provisioner.poll()

    def last_words(self) -> str:
        """The end of what the kernel's process wrote outside any cell."""
        with contextlib.suppress(OSError):
            return Path(self.log_path).read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        return ""

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        """Remove the sockets and the private folder."""
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self.place, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


def _short() -> str | None:
    """Return a folder for sockets whose name is short, or None for the default."""
    usual = tempfile.gettempdir()
    return "/tmp" if os.name != "nt" and len(usual) > LONGEST_SOCKET - 20 and os.path.isdir("/tmp") else usual


class Watch:
    """Follows the memory of a kernel's process; above a limit, kills it and what it started."""

    def __init__(self, pid: int | None, limit: int | None = None):
        self.pid, self.limit = pid, limit
        self.peak = 0
        self.exceeded = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Watch:
        if self.pid is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.look()
        self._end.set()

    def look(self) -> None:
        """Read the memory once, in bytes; its children are looked for only when there is a limit: that takes time."""
        now, peak = memory(self.pid)
        if self.limit is None or self.pid is None or self._end.is_set():
            self.peak = max(self.peak, now, peak)
            return
        started = children(self.pid)
        now += sum(shared_memory(child) for child in started)
        self.peak = max(self.peak, now, peak)
        if now > self.limit:
            self.exceeded = True
            for pid in (self.pid, *started):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    def _follow(self) -> None:
        while not self._end.wait(POLL) and not self.exceeded:
            self.look()


def memory(pid: int | None) -> tuple[int, int]:
    """Return (resident now, highest so far) of a process in bytes; zeros when it is gone."""
    if pid is None:
        return 0, 0
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as stream:
            sizes = dict(line.split(":", 1) for line in stream if line.startswith(("VmRSS", "VmHWM")))
        return tuple(1024 * int(sizes.get(key, "0 kB").split()[0]) for key in ("VmRSS", "VmHWM"))
    except OSError:
        pass
    try:
        import psutil

        found = psutil.Process(pid).memory_info()
    except Exception:  # the process may end while it is asked
        return 0, 0
    return found.rss, getattr(found, "peak_wset", found.rss)


def children(pid: int) -> list[int]:
    """Return the processes that a process started, theirs included; none when it is gone."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def shared_memory(pid: int) -> int:
    """Return the memory of a process in bytes, of pages that it shares with others only its part where Linux tells."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as stream:
            return next(1024 * int(line.split()[1]) for line in stream if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return memory(pid)[0]


def processor_time(pid: int | None) -> float | None:
    """Return the processor seconds that a process has used; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            told = stream.read().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError, IndexError):
        return None


def signal_name(code: int | None) -> str | None:
    """Return the name of the signal that ended a process, or None."""
    if code is None or code >= 0:
        return None
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def manager(kernel_name: str = "python3", *, warm: bool = False) -> Manager:
    """Return a manager for one new kernel; a warm one when asked for, or when the kernel's name says so."""
    if (warm or kernel_name == KERNEL) and kernel_name in OWN:
        known = KernelProvisionerFactory.instance().provisioners
        known.setdefault(
            PROVISIONER, EntryPoint(PROVISIONER, PROVIDED_BY, "jupyter_client.kernel_provisioners")
        )
        return Manager(kernel_name=kernel_name, kind="warm")
    return Manager(kernel_name=kernel_name)
