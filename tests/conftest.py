"""What tests of the whole line share: simulated CRMs, and installations that are connected to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from detente.cli.demo.connecting import SECRETS, provision_all, start_connected
from detente.cli.demo.firm import SimulatedCrm, SimulatedFirm
from detente.cli.demo.hands import read_back
from detente.engine.provisioning import provision
from detente.engine.starting import start_installation
from detente_sandbox.process import SandboxProcess

TOKEN = "DETENTE_HUBSPOT_TOKEN"


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


class Connecting:
    """Makes installations against one sandbox, with the credentials that each step needs."""

    def __init__(self, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._monkeypatch = monkeypatch

    def bare(self, home: Path) -> Installation:
        """Connected, but without our fields in the CRM."""
        start_installation(home, organisation="Example Ltd", sources=["hubspot"])
        installation = Installation(home, self.sandbox)
        installation.change(self._point_at_sandbox)
        self._monkeypatch.setenv(TOKEN, self.sandbox.token("sync"))
        return installation

    def provisioned(self, home: Path) -> Installation:
        """Connected and provisioned: a run can start."""
        installation = self.bare(home)
        self._monkeypatch.setenv(TOKEN, self.sandbox.token("admin"))
        provision(home, "hubspot", apply=True)
        self._monkeypatch.setenv(TOKEN, self.sandbox.token("sync"))
        return installation

    def _point_at_sandbox(self, data: dict[str, Any]) -> None:
        data["connectors"]["hubspot"]["with"]["base_url"] = self.sandbox.url
        data["clock"] = self.sandbox.url


@pytest.fixture
def connecting(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Connecting:
    """Makes installations against the shared sandbox."""
    return Connecting(sandbox, monkeypatch)


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

    def __init__(self, firm: SimulatedFirm) -> None:
        self.firm = firm

    @property
    def crms(self) -> dict[str, SimulatedCrm]:
        """The simulated CRMs by name."""
        return self.firm.crms

    def connected(self, home: Path) -> Path:
        """Connected and provisioned in every CRM: a run can start there."""
        home.mkdir(parents=True)
        start_connected(home, self.firm)
        provision_all(home, self.firm)
        self.firm.let_pass(120)
        return home

    def afresh(self, home: Path) -> Path:
        """As `connected`, with the firm as it was at its start: the same each time."""
        self.reset()
        return self.connected(home)

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
def company(shared_firm: SimulatedFirm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The firm as at its start; the test fails when a CRM was asked for what it does not know."""
    for variable in SECRETS.values():
        monkeypatch.setenv(variable, "")
    found = Company(shared_firm)
    found.reset()
    yield found
    assert [crm.ask("unknown") for crm in found.crms.values()] == [[]] * len(found.crms)


@pytest.fixture
def large_company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """A larger firm, for long proofs."""
    for variable in SECRETS.values():
        monkeypatch.setenv(variable, "")
    with SimulatedFirm(THREE, companies=400, tickets=2000, seed=7) as firm:
        yield Company(firm)
