"""Starts and stops a sandbox as a process of its own, for tests and demos."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from types import TracebackType

from detente_sandbox.vendor_client import VendorClient


class SandboxProcess(VendorClient):
    """A running sandbox; use it in `with`. `flags` are command-line flags: `no_limits=True`, `start="..."`.

    It is the client of its first vendor itself; `vendors="hubspot,salesforce"` starts several, each with a
    client in `clients` by name. The process ends with the `with` block, and by itself when this process is
    gone.
    """

    def __init__(self, companies: int = 50, tickets: int = 200, seed: int = 7, **flags: object) -> None:
        super().__init__()
        self._arguments = [f"--companies={companies}", f"--tickets={tickets}", f"--seed={seed}"]
        self._arguments += [text for name, value in flags.items() for text in _argument(name, value)]
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.clients: dict[str, VendorClient] = {}

    def __enter__(self) -> "SandboxProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the process and waits until it takes requests. Raises: RuntimeError when it ends instead."""
        command = [sys.executable, "-m", "detente_sandbox", *self._arguments, f"--parent-pid={os.getpid()}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            code = self._process.wait()
            raise RuntimeError(
                f"the sandbox ended with code {code} before it was ready; see its messages above"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="detente-sandbox-")
        for name, told in json.loads(line)["vendors"].items():
            self.clients[name] = VendorClient() if self.clients else self
            self.clients[name].open(told, self._folder)

    def stop(self) -> None:
        """Ends the process and waits for it; a second time does nothing."""
        for client in self.clients.values():
            client.close()
        self.clients = {}
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    @property
    def pid(self) -> int:
        """The process id. Raises: RuntimeError when it is not running."""
        if self._process is None:
            raise RuntimeError("the sandbox is not running; start it first")
        return self._process.pid


def _argument(name: str, value: object) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [flag] if value else []
    return [] if value is None else [f"{flag}={value.isoformat() if isinstance(value, datetime) else value}"]
