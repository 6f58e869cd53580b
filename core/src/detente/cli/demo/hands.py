"""A person at work in each simulated CRM: which record they open, and how they change a priority by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import UnfinishedError

from detente.cli.demo.firm import SimulatedCrm

PRIORITY = "detente_priority"


@dataclass(frozen=True, slots=True)
class Manner:
    """How one vendor's records are changed by hand, and how its read-back script signs in.

    `change` is the body of an edit that sets the priority of an account to a band.
    """

    change: Callable[[str], dict[str, object]]
    signs_in: Callable[[SimulatedCrm], dict[str, object]]


def _hubspot_sign_in(crm: SimulatedCrm) -> dict[str, object]:
    return {"token": crm.told["tokens"]["readonly"]}


def _salesforce_sign_in(crm: SimulatedCrm) -> dict[str, object]:
    app: Mapping[str, object] = crm.told["apps"]["readonly"]
    secret = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    return {**secret, "ca_file": str(crm.ca_file)}


def _zendesk_sign_in(crm: SimulatedCrm) -> dict[str, object]:
    app: Mapping[str, object] = crm.told["clients"]["readonly"]
    return {"client_id": app["client_id"], "client_secret": app["client_secret"]}


MANNERS: Mapping[str, Manner] = {
    "hubspot": Manner(lambda band: {"properties": {PRIORITY: band}}, _hubspot_sign_in),
    "salesforce": Manner(lambda band: {"properties": {"Detente_Priority__c": band}}, _salesforce_sign_in),
    "zendesk": Manner(
        lambda band: {"properties": {PRIORITY: f"detente_org_{band.lower()}"}}, _zendesk_sign_in
    ),
}


def set_priority(crm: SimulatedCrm, record: str, band: str) -> None:
    """Change a record's priority as a person does in the CRM's own pages; `record` is `object/id`."""
    crm.tell("PATCH", f"objects/{record}", MANNERS[crm.name].change(band))


def read_back(crm: SimulatedCrm) -> dict[str, dict[str, str]]:
    """What every record holds in our fields, `object/id` to canonical name and text, by a separate script.

    Raises: UnfinishedError when the script cannot read the CRM.
    """
    script = Path(__file__).parent / "read_back" / f"{crm.name}.py"
    asked = json.dumps({"url": crm.url, **MANNERS[crm.name].signs_in(crm)})
    done = subprocess.run([sys.executable, str(script)], input=asked, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        raise UnfinishedError(f"{crm.name} cannot be read back: {why}", hint="Look at the script it names")
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def shown(crm: SimulatedCrm, record: str) -> str:
    """The record's page as text, as a person sees it."""
    return crm.text(f"view/{record}?as=text")
