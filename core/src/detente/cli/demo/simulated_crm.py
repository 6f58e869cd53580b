"""The simulated CRM of the demo: a process of its own, reached over HTTP alone."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import requests
from detente_contracts import ConfigurationError

TIMEOUT_S = 30.0


class SimulatedCrm:
    """Starts `python -m detente_sandbox` and ends it again; nothing of it is imported."""

    def __init__(self, *, companies: int, tickets: int, seed: int) -> None:
        self._size = ["--companies", str(companies), "--tickets", str(tickets), "--seed", str(seed)]
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self.url = ""
        self.tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        if importlib.util.find_spec("detente_sandbox") is None:
            raise ConfigurationError("the simulated CRM is not installed", hint="Install `detente-sandbox`")
        command = [sys.executable, "-m", "detente_sandbox", *self._size, "--parent-pid", str(os.getpid())]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None  # noqa: S101 - it was asked for a line above
        ready = json.loads(self._process.stdout.readline())
        vendor = ready["vendors"]["hubspot"]
        self.url, self.tokens = vendor["url"], vendor["tokens"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=TIMEOUT_S)
            if self._process.stdout is not None:
                self._process.stdout.close()
        self._session.close()

    def ask(self, path: str) -> Any:
        """What the sandbox's administration answers, as JSON."""
        return self._answer("GET", path).json()

    def text(self, path: str) -> str:
        """What the sandbox's administration answers, as text."""
        return self._answer("GET", path).text

    def tell(self, method: str, path: str, body: object) -> Any:
        """Change something in the simulation: its clock, a record as a person would."""
        return self._answer(method, path, body).json()

    def _answer(self, method: str, path: str, body: object = None) -> requests.Response:
        answer = self._session.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer
