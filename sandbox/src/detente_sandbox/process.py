"""Starts and stops a sandbox as a process of its own, for tests and demos."""

import json
import os
import subprocess
import sys
from datetime import datetime
from types import TracebackType
from typing import Any

import requests

TIMEOUT_S = 60.0


class SandboxProcess:
    """A running sandbox; use it in `with`. `flags` are command-line flags: `no_limits=True`, `start="..."`.

    The process ends with the `with` block, and by itself when this process is gone.
    """

    def __init__(self, companies: int = 50, tickets: int = 200, seed: int = 7, **flags: object) -> None:
        self._arguments = [f"--companies={companies}", f"--tickets={tickets}", f"--seed={seed}"]
        self._arguments += [text for name, value in flags.items() for text in _argument(name, value)]
        self._process: subprocess.Popen[str] | None = None
        self._tokens: dict[str, str] = {}
        self._session = requests.Session()
        self.url = ""

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
        ready = json.loads(line)
        self.url, self._tokens = ready["url"], ready["tokens"]

    def stop(self) -> None:
        """Ends the process and waits for it; a second time does nothing."""
        self._session.close()
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

    def token(self, name: str) -> str:
        """The bearer token of one of the apps `admin`, `sync` and `readonly`."""
        return self._tokens[name]

    def now(self) -> datetime:
        """The simulated instant, aware, UTC."""
        return datetime.fromisoformat(self.get("/_sandbox/clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Lets time pass and returns the new instant."""
        return datetime.fromisoformat(self.post("/_sandbox/clock", {"advance_s": seconds})["now"])

    def get(self, path: str) -> Any:
        """The JSON that a path of the administration answers."""
        return self._send("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("POST", path, body)

    def put(self, path: str, body: object) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("PUT", path, body)

    def patch(self, path: str, body: object) -> Any:
        """Sends JSON and returns the JSON answered."""
        return self._send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        """Returns the JSON answered."""
        return self._send("DELETE", path, None)

    def api(self, method: str, path: str, body: object = None, app: str = "admin") -> requests.Response:
        """A request to the vendor's API as an app, or with a bearer; raises nothing on 4xx and 5xx."""
        headers = {"Authorization": f"Bearer {self._tokens.get(app, app)}"}
        return self._session.request(method, self.url + path, json=body, headers=headers, timeout=TIMEOUT_S)

    def _send(self, method: str, path: str, body: object) -> Any:
        answer = self._session.request(method, self.url + path, json=body, timeout=TIMEOUT_S)
        if not answer.ok:
            raise RuntimeError(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None


def _argument(name: str, value: object) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [flag] if value else []
    return [] if value is None else [f"{flag}={value.isoformat() if isinstance(value, datetime) else value}"]
