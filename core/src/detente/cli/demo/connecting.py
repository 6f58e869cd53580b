"""An installation that is connected to simulated CRMs, with the credential that each step needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from detente_contracts import ConfigurationError

from detente.cli.demo.clicks import assign_permission_sets
from detente.cli.demo.firm import SimulatedCrm, SimulatedFirm
from detente.engine.provisioning import provision
from detente.engine.starting import start_installation
from detente.settings import FILE

MARKER = ".detente-demo"

Access = tuple[dict[str, object], str]
"""Settings that reach one app of a simulated CRM, and the secret that goes into its variable."""


def _hubspot(crm: SimulatedCrm, app: str) -> Access:
    return {"base_url": crm.url}, crm.told["tokens"][app]


def _salesforce(crm: SimulatedCrm, app: str) -> Access:
    signs_in = crm.told["apps"][app]
    return {
        "my_domain": crm.url,
        "client_id": signs_in["client_id"],
        "ca_file": str(crm.ca_file),
    }, signs_in["client_secret"]


def _zendesk(crm: SimulatedCrm, app: str) -> Access:
    signs_in = crm.told["clients"][app]
    return {
        "base_url": crm.url,
        "client": {"id": signs_in["client_id"], "secret": {"env": SECRETS["zendesk"]}},
    }, signs_in["client_secret"]


ACCESS: Mapping[str, Callable[[SimulatedCrm, str], Access]] = {
    "hubspot": _hubspot,
    "salesforce": _salesforce,
    "zendesk": _zendesk,
}
SECRETS = {
    "hubspot": "DETENTE_HUBSPOT_TOKEN",
    "salesforce": "DETENTE_SALESFORCE_SECRET",
    "zendesk": "DETENTE_ZENDESK_SECRET",
}


CLICKS: Mapping[str, Sequence[Callable[[SimulatedCrm], int]]] = {"salesforce": (assign_permission_sets,)}
"""What an admin does by hand after provisioning; each says how many things it did."""


def empty_folder(home: Path) -> None:
    """Make the demo's folder, or empty one that an earlier demo made.

    Raises: ConfigurationError for a folder that is not a demo's.
    """
    if home.exists():
        if not (home / MARKER).exists():
            raise ConfigurationError(
                f"{home} is not a demo's folder", hint="Choose another one with --folder; nothing was touched"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARKER).touch()


def start_connected(home: Path, firm: SimulatedFirm) -> None:
    """What `detente init` makes for these CRMs, following the firm's clock; nobody has signed in yet."""
    start_installation(home, organisation="Example Ltd", sources=list(firm.crms))
    _change(home, lambda data: data.update(clock=firm.clock_url))


def sign_in_as(home: Path, firm: SimulatedFirm, app: str) -> None:
    """Let the installation use the credential of one app, `admin` or `sync`, in every CRM."""

    def connect(data: dict[str, Any]) -> None:
        for name, crm in firm.crms.items():
            settings, os.environ[SECRETS[name]] = ACCESS[name](crm, app)
            data["connectors"][name]["with"].update(settings)

    _change(home, connect)


def provision_all(home: Path, firm: SimulatedFirm) -> dict[str, int]:
    """Make our fields in every CRM as its admin, who also does the clicks that no program may; steps by CRM.

    Afterwards the installation uses the credential that runs use.
    """
    sign_in_as(home, firm, "admin")
    steps = {}
    for name, crm in firm.crms.items():
        steps[name] = len(provision(home, name, apply=True))
        steps[name] += sum(click(crm) for click in CLICKS.get(name, ()))
    sign_in_as(home, firm, "sync")
    return steps


def _change(home: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = home / FILE
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
