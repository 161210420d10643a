"""Kernels that start with the analysis stack already imported: a Jupyter provisioner over a fork server.

Stands on `multiprocessing`'s forkserver and jupyter_client's provisioners. The server is started once, imports
`klantstudie.run.preload`, and forks a pristine child for every kernel and for every worker of a batch. Linux only.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import connection, forkserver
from typing import Any

from klantstudie.errors import RunError
from klantstudie.run import manifest
from klantstudie.run.environment import fixed

PROVISIONER = "klantstudie-warm"
KERNEL = "klantstudie"  # the name of the warm kernel
PRELOAD = "klantstudie.run.preload"
INLINE = "module://matplotlib_inline.backend_inline"  # what a kernel chooses unless told otherwise
PATIENCE = 240.0  # seconds for the server to import everything
SERVER = {
    "KLANTSTUDIE_PRELOAD": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow would start a thread when it is imported
}

_lock = threading.RLock()
_started: dict[str, str] = {}  # the library's hash when the server was started, and why it cannot be used


def possible() -> bool:
    """Whether this system can fork safely: Linux; macOS aborts forked Objective-C, Windows cannot fork."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def start() -> None:
    """Start the server and wait until it has imported everything; an error says why it cannot be used."""
    if not possible():
        raise RunError("warm kernels need Linux, and a process that may have children")
    with _lock:
        if _started.get("library") == manifest.stamp():
            if _started["problem"]:
                raise RunError(_started["problem"])
            return
        stop()
        problem = _ask_problem()
        _started.update(library=manifest.stamp(), problem=problem)
        if problem:
            raise RunError(problem)


def kernel_spec() -> dict[str, Any]:
    """Return the kernel.json with which JupyterLab and papermill can start warm kernels."""
    return {
        "argv": [sys.executable, "-m", "klantstudie.run.kernel", "-f", "{connection_file}"],
        "display_name": "Python 3 (klantstudie, warm)",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER}},
    }


def stop() -> None:
    """Let go of the server that this process started; it ends with the last of its children."""
    with _lock:
        _started.clear()
        server = forkserver._forkserver
        if server._forkserver_pid is None:
            return
        os.close(server._forkserver_alive_fd)
        with contextlib.suppress(OSError, TypeError):
            os.unlink(server._forkserver_address)
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None


def _join_server() -> None:
    """Let a child of the server use that server for its own children, as the standard library means it to.

    `ensure_running` looks only at the process id of the server, which a child does not know, and would start another.
    """
    server = forkserver._forkserver
    own = server._forkserver_pid is not None
    known = server._forkserver_address is not None and server._forkserver_alive_fd is not None
    if known and not own and getattr(server, "_forkserver_authkey", b"") is not None:
        server.ensure_running = lambda: None


def _ask_problem() -> str:
    receiver, sender = multiprocessing.get_context("forkserver").Pipe(duplex=False)
    try:
        child = fork(_tell_problem, (sender,))
        sender.close()
        told = receiver.recv() if receiver.poll(PATIENCE) else "the fork server did not answer"
        child.join(5)
    except (OSError, EOFError, RuntimeError) as error:
        return f"the fork server failed: {type(error).__name__}: {error}"
    finally:
        receiver.close()
    return told


def _tell_problem(sender: Any) -> None:
    module = sys.modules.get(PRELOAD)
    with contextlib.suppress(OSError):  # who asked may be gone
        sender.send("the fork server could not import its modules" if module is None else module.problem)
    sender.close()


def fork(target: Callable[..., None], arguments: Sequence[Any]) -> Any:
    """Start a child of the server that runs a function of this package."""
    context = multiprocessing.get_context("forkserver")
    child = context.Process(target=target, args=tuple(arguments))
    _join_server()
    with _lock, _bare_main(), _environment():
        context.set_forkserver_preload([PRELOAD])
        child.start()
    return child


@contextlib.contextmanager
def _bare_main() -> Iterator[None]:
    """Hide the program that runs here: a child would otherwise run it again."""
    kept = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = kept


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """The environment in which the server starts: what libraries read when they are imported is fixed then."""
    kept = dict(os.environ)
    os.environ.update(fixed(threads=1), **SERVER)
    os.environ.pop("KLANTSTUDIE_OUT", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


# ------------------------------------------------------------------------------------------------ in the child


def settle(
    env: Mapping[str, str], *, cwd: str | None = None, log: str | None = None, follow: bool = True
) -> None:
    """Make a forked child what a new process would be: session, output, environment, folder, chance, parent."""
    os.setsid()
    if log is not None:
        stream = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for number in (1, 2):
            os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    if cwd is not None:
        os.chdir(cwd)
    _reseed()
    if follow:
        threading.Thread(target=_follow_parent, daemon=True).start()


def _reseed() -> None:
    """Draw new random states: the children of one server would otherwise all draw the same numbers."""
    import random

    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _follow_parent() -> None:
    """End this child and what it started when the process that asked for it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.killpg(os.getpgid(0), signal.SIGKILL)


def _kernel(arguments: list[str], env: dict[str, str], cwd: str | None, log: str | None) -> None:
    """Be a kernel."""
    from klantstudie.run import kernel

    preload = sys.modules[PRELOAD]
    settle({**preload.environment, **env}, cwd=cwd, log=log)
    sys.path[:] = preload.path
    sys.argv[:] = [kernel.__file__ or "kernel", *arguments]
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None:  # read when it was imported, before there was a kernel that shows figures
        matplotlib.rcParams["backend"] = env.get("MPLBACKEND") or INLINE
    kernel.main()


class Child:
    """A forked kernel, with what jupyter_client wants of a process."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], env: dict[str, str], cwd: str | None, log: str | None):
        start()
        arguments = [*arguments, f"--IPKernelApp.parent_handle={os.getpid()}"]
        self._process = fork(_kernel, (arguments, env, cwd, log))
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int:
        """Wait for the end."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal while it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)
