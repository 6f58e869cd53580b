"""The demo's simulated firm: its CRMs are one process of their own, reached over HTTP alone."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from detente_contracts import ConfigurationError

TIMEOUT_S = 60.0


class SimulatedCrm:
    """One simulated CRM: where it answers, what apps sign in with, and a person's hands in it.

    `told` is what the simulation announced of it; `ca_file` is the certificate to trust, if it speaks TLS.
    """

    def __init__(self, name: str, told: Mapping[str, Any], ca_file: Path | None) -> None:
        self.name = name
        self.told = told
        self.url = str(told["url"])
        self.ca_file = ca_file
        self._session = requests.Session()

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def ask(self, path: str) -> Any:
        """What the simulation's administration answers, as JSON."""
        return self._answer("GET", path).json()

    def text(self, path: str) -> str:
        """What the simulation's administration answers, as text."""
        return self._answer("GET", path).text

    def tell(self, method: str, path: str, body: object) -> Any:
        """Change something in the simulation: its clock, a record as a person would."""
        return self._answer(method, path, body).json()

    def _answer(self, method: str, path: str, body: object = None) -> requests.Response:
        url, verify = f"{self.url}/_sandbox/{path}", str(self.ca_file) if self.ca_file else True
        answer = self._session.request(method, url, json=body, timeout=TIMEOUT_S, verify=verify)
        answer.raise_for_status()
        return answer


class SimulatedFirm:
    """Starts `python -m detente_sandbox` and ends it again; nothing of it is imported."""

    def __init__(self, vendors: str, *, companies: int, tickets: int, seed: int) -> None:
        size = ["--companies", str(companies), "--tickets", str(tickets), "--seed", str(seed)]
        self._arguments = ["--vendors", vendors, *size]
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="detente-demo-")
        self._said = Path(self._folder.name) / "said.txt"
        self.crms: dict[str, SimulatedCrm] = {}

    def __enter__(self) -> Self:
        """Start the process and wait until every CRM answers.

        Raises: ConfigurationError when the simulation is not installed, or refuses what it was asked for.
        """
        if importlib.util.find_spec("detente_sandbox") is None:
            raise ConfigurationError("the simulated CRMs are not installed", hint="Install `detente-sandbox`")
        command = [
            sys.executable,
            "-m",
            "detente_sandbox",
            *self._arguments,
            "--parent-pid",
            str(os.getpid()),
        ]
        with self._said.open("w") as said:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        assert self._process.stdout is not None  # noqa: S101 - it was asked for a line above
        line = self._process.stdout.readline()
        if not line:
            raise ConfigurationError(self._refusal(), hint="See `detente demo --help`")
        for name, told in json.loads(line)["vendors"].items():
            self.crms[name] = SimulatedCrm(name, told, self._authority(told))
        if all(crm.ca_file for crm in self.crms.values()):
            self.__exit__(None, None, None)
            raise ConfigurationError(
                "the firm's clock is followed without TLS, which no CRM of these answers",
                hint="Add one, as in --vendors salesforce,hubspot",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for crm in self.crms.values():
            crm.close()
        if self._process is not None:
            self._end(self._process)
        self._folder.cleanup()

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.terminate()
        try:
            process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def _refusal(self) -> str:
        """What the process said before it ended without an answer."""
        said = self._said.read_text().strip().rpartition("error: ")[2]
        self.__exit__(None, None, None)
        return f"the simulated CRMs did not start: {said or 'no reason told'}"

    @property
    def clock_url(self) -> str:
        """Where the firm's one clock answers without TLS."""
        return next(crm.url for crm in self.crms.values() if crm.ca_file is None)

    def let_pass(self, seconds: float) -> None:
        """Let time pass in the whole firm."""
        next(iter(self.crms.values())).tell("POST", "clock", {"advance_s": seconds})

    def _authority(self, told: Mapping[str, Any]) -> Path | None:
        if not told.get("ca_pem"):
            return None
        path = Path(self._folder.name) / "ca.pem"
        path.write_text(told["ca_pem"], encoding="ascii")
        return path
