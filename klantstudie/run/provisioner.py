"""Tells Jupyter how to start a warm kernel; where that is not possible it starts an ordinary one, and says so."""

from __future__ import annotations

import logging
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from klantstudie.errors import RunError


class Provisioner(LocalProvisioner):
    """Starts a kernel as a child of the fork server; signals, time-outs and clean-up are those of a local kernel."""

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> Any:
        """Fork a kernel for a command such as `python -m klantstudie.run.kernel -f FILE`."""
        from klantstudie.run import warm

        log = getattr(settings.get("stdout"), "name", None)
        try:
            self.process = warm.Child(cmd[cmd.index("-f") :], settings["env"], settings.get("cwd"), log)
        except (RunError, OSError, EOFError, ValueError, AssertionError) as error:
            told = f"an ordinary kernel instead of a warm one: {error}"
            logging.getLogger("klantstudie").warning(told)
            if self.parent is not None:
                self.parent.kind = f"cold ({error})"
            return await super().launch_kernel(cmd, **settings)
        # The child leads its own session, also in the moment before it has said so.
        self.pid = self.pgid = self.process.pid
        self.cwd = settings.get("cwd")
        return self.connection_info
