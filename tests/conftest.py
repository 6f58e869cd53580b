"""What tests of the whole line share: simulated CRMs, and installations that are connected to them."""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from detente.cli.demo.connecting import SECRETS, provision_all, sign_in_as, start_connected
from detente.cli.demo.firm import SimulatedCrm, SimulatedFirm
from detente.cli.demo.hands import PRIORITY, read_back, set_priority
from detente.cli.main import main
from detente.clock import StandingClock
from detente.engine.opening import open_store
from detente.engine.provisioning import provision
from detente.engine.serving.hosting import Hosted, planned_jobs
from detente.engine.serving.service import Service
from detente.engine.starting import start_installation
from detente.engine.working import perform_run
from detente.settings import read_settings
from detente.web.app import create_app
from detente.web.console import Console
from detente.web.server import served
from detente_sandbox.process import SandboxProcess

TOKEN = "DETENTE_HUBSPOT_TOKEN"
PROVISIONED = "moments/provisioned"
"""Where simulated CRMs keep how they were right after our fields were made: the same for each test."""
KILLS = Path(__file__).parent / "kills" / "driver.py"


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[SandboxProcess]:
    """One simulated HubSpot for many tests; each resets it before use."""
    with SandboxProcess(companies=60, tickets=240, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    """A simulated HubSpot as at its start; the test fails when it was asked for what it does not know."""
    shared_sandbox.post("/_sandbox/reset", {})
    yield shared_sandbox
    assert shared_sandbox.get("/_sandbox/unknown") == []


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with settings, connected to a sandbox."""

    home: Path
    sandbox: SandboxProcess

    def change(self, edit: Callable[[dict[str, object]], None]) -> None:
        """Edit the settings file."""
        path = self.home / "detente.yaml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        edit(data)
        path.write_text(yaml.safe_dump(data), encoding="utf-8")

    def detente(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the command line in this folder: its exit code and what it said.

        It runs in this process: one of its own takes longer to import Detente than most commands to work.
        """
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            try:
                main([*words, "--home", str(self.home)])
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


class Connecting:
    """Makes installations against one sandbox, with the credentials that each step needs."""

    def __init__(self, sandbox: SandboxProcess, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`template` is a folder that stands as soon as one was provisioned."""
        self.sandbox = sandbox
        self._template = template
        self._monkeypatch = monkeypatch

    def bare(self, home: Path) -> Installation:
        """Connected, but without our fields in the CRM."""
        start_installation(home, organisation="Example Ltd", sources=["hubspot"])
        installation = Installation(home, self.sandbox)
        installation.change(self._point_at_sandbox)
        self._monkeypatch.setenv(TOKEN, self.sandbox.token("sync"))
        return installation

    def provisioned(self, home: Path) -> Installation:
        """Connected and provisioned: a run can start. The CRM is as it was right after that."""
        if not self._template.exists():
            self.bare(self._template)
            self._monkeypatch.setenv(TOKEN, self.sandbox.token("admin"))
            provision(self._template, "hubspot", apply=True)
            self.sandbox.put(f"/_sandbox/{PROVISIONED}", {})
        self.sandbox.post(f"/_sandbox/{PROVISIONED}")
        shutil.copytree(self._template, home)
        self._monkeypatch.setenv(TOKEN, self.sandbox.token("sync"))
        return Installation(home, self.sandbox)

    def _point_at_sandbox(self, data: dict[str, Any]) -> None:
        data["connectors"]["hubspot"]["with"]["base_url"] = self.sandbox.url
        data["clock"] = self.sandbox.url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for installations that are copied."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def connecting(sandbox: SandboxProcess, templates: Path, monkeypatch: pytest.MonkeyPatch) -> Connecting:
    """Makes installations against the shared sandbox."""
    return Connecting(sandbox, templates / "hubspot", monkeypatch)


@pytest.fixture
def bare_installation(tmp_path: Path, connecting: Connecting) -> Installation:
    """Connected, but without our fields in the CRM."""
    return connecting.bare(tmp_path / "home")


@pytest.fixture
def installation(tmp_path: Path, connecting: Connecting) -> Installation:
    """Connected and provisioned: a run can start."""
    return connecting.provisioned(tmp_path / "home")


THREE = "salesforce,hubspot,zendesk"


class Company:
    """A firm with its customers in three CRMs, and installations that are connected to all of them."""

    def __init__(self, firm: SimulatedFirm, template: Path) -> None:
        """`template` is a folder that stands as soon as one was connected."""
        self.firm = firm
        self._template = template

    @property
    def crms(self) -> dict[str, SimulatedCrm]:
        """The simulated CRMs by name."""
        return self.firm.crms

    def connected(self, home: Path) -> Path:
        """Connected and provisioned in every CRM: a run can start there. The firm is the same each time."""
        first = next(iter(self.crms.values()))
        if not self._template.exists():
            self._template.mkdir()
            start_connected(self._template, self.firm)
            provision_all(self._template, self.firm)
            self.firm.let_pass(120)
            first.tell("PUT", PROVISIONED, {})
        first.tell("POST", PROVISIONED, {})
        shutil.copytree(self._template, home)
        sign_in_as(home, self.firm, "sync")
        return home

    def reset(self) -> None:
        """The whole firm as at its start."""
        next(iter(self.crms.values())).tell("POST", "reset", {})

    def held(self) -> dict[str, dict[str, str]]:
        """Our fields on every record of every CRM, by `crm/object/id`, as independent scripts read them.

        The instant at which a reason was written is left out.
        """
        found = {}
        for name, crm in self.crms.items():
            for record, values in read_back(crm).items():
                found[f"{name}/{record}"] = {
                    key: text for key, text in values.items() if key != "detente_scored_at"
                }
        return found


@pytest.fixture(scope="session")
def shared_firm() -> Iterator[SimulatedFirm]:
    """One firm in three CRMs for many tests; each resets it before use."""
    with SimulatedFirm(THREE, companies=80, tickets=240, seed=7) as firm:
        yield firm


@pytest.fixture
def company(
    shared_firm: SimulatedFirm, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Company]:
    """The firm as at its start; the test fails when a CRM was asked for what it does not know."""
    for variable in SECRETS.values():
        monkeypatch.setenv(variable, "")
    found = Company(shared_firm, templates / "three")
    found.reset()
    yield found
    assert [crm.ask("unknown") for crm in found.crms.values()] == [[]] * len(found.crms)


@pytest.fixture
def large_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """A larger firm, for long proofs."""
    for variable in SECRETS.values():
        monkeypatch.setenv(variable, "")
    with SimulatedFirm(THREE, companies=400, tickets=2000, seed=7) as firm:
        yield Company(firm, tmp_path / "template")


@dataclass(frozen=True, slots=True)
class Site:
    """The pages over a store that two real runs filled; time stands still a working day after the second."""

    url: str
    hosted: Hosted
    client: httpx.Client

    def get(self, path: str, **asked: str) -> httpx.Response:
        """A page, as asked for in a form."""
        return self.client.get(path, params=asked or None)

    def ask(self, path: str, **asked: str) -> Any:
        """The JSON of an address under /api."""
        answer = self.client.get(f"/api{path}", params=asked or None)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="session")
def site(
    shared_firm: SimulatedFirm, templates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The pages over customers in three CRMs; a person has changed a priority between the runs."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in SECRETS.values():
            patch.setenv(variable, "")
        company = Company(shared_firm, templates / "three")
        company.reset()
        home = company.connected(tmp_path_factory.mktemp("site") / "home")
        _two_runs(company, home)
        until = company.crms["hubspot"].ask("clock")["now"]
    with open_store(home) as store:
        settings = read_settings(home)
        clock = StandingClock(datetime.fromisoformat(until))
        service = Service(store, clock, planned_jobs(home, settings, store), said=lambda row: None)
        hosted = Hosted(home, settings, store, clock, service)
        app = create_app(Console(hosted))
        with served(app, "127.0.0.1", 0) as url, httpx.Client(base_url=url) as client:
            yield Site(url, hosted, client)


def _two_runs(company: Company, home: Path) -> None:
    perform_run(home)
    hubspot = company.crms["hubspot"]
    record = min(name for name, held in read_back(hubspot).items() if held.get(PRIORITY) == "P3")
    set_priority(hubspot, record, "P1")
    company.firm.let_pass(86_400)
    perform_run(home)
    company.firm.let_pass(86_400)


class ServeProcess:
    """`detente serve` as a process of its own, which says line by line what it did."""

    PATIENCE_S = 120.0

    def __init__(self, home: Path, *, point: str = "none") -> None:
        words = ["serve", "--port", "0"]
        command = [sys.executable, str(KILLS), str(home), point, *words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines: queue.Queue[str] = queue.Queue()
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._lines.put(line.rstrip("\n"))

    def until(self, *words: str) -> str:
        """The next line that holds all `words`; the test fails when none comes."""
        while True:
            try:
                line = self._lines.get(timeout=self.PATIENCE_S)
            except queue.Empty:
                raise AssertionError(f"no line with {words} came; there were {self.said[-9:]}") from None
            self.said.append(line)
            if all(word in line for word in words):
                return line

    def started(self) -> str:
        """The address of its pages, once it listens."""
        address = self.until("listening on").rpartition(" ")[2]
        self.until("next run")
        return address

    def ended(self, signal_number: int | None = None) -> int:
        """Its exit code, after the signal if one is given; negative when a signal ended it."""
        if signal_number is not None:
            self._process.send_signal(signal_number)
        return self._process.wait(timeout=self.PATIENCE_S)

    @property
    def memory_kib(self) -> int:
        """The memory that it holds now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def kill(self) -> None:
        """End it, however it stands."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., ServeProcess]]:
    """Starts `detente serve` in a folder; whatever still runs at the end of the test is ended."""
    started: list[ServeProcess] = []

    def start(home: Path, *, point: str = "none") -> ServeProcess:
        started.append(ServeProcess(home, point=point))
        return started[-1]

    yield start
    for process in started:
        process.kill()
