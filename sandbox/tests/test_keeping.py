"""What was kept of a whole firm is brought back whole, as often as asked, and lives on from there."""

from collections.abc import Iterator
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

VENDORS = "salesforce,hubspot,zendesk"


@pytest.fixture(scope="module")
def firm() -> Iterator[SandboxProcess]:
    """One firm in three CRMs."""
    with SandboxProcess(companies=20, tickets=40, vendors=VENDORS) as sandbox:
        yield sandbox


def held(firm: SandboxProcess) -> list[Any]:
    """Everything that can be asked of every CRM."""
    paths = ["clock", "state", "truth", "identities", "limits", "faults", "requests/counts"]
    return [client.get(f"/_sandbox/{path}") for client in firm.clients.values() for path in paths]


def rename(firm: SandboxProcess, name: str) -> list[Any]:
    """The first account of each CRM, after a person gave it another name."""
    changed = []
    for vendor, client in firm.clients.items():
        path = f"/_sandbox/objects/{min(client.get('/_sandbox/identities'))}"
        client.patch(path, {"properties": {"Name" if vendor == "salesforce" else "name": name}})
        changed.append(client.get(path))
    return changed


def test_a_moment_is_brought_back_as_often_as_asked(firm: SandboxProcess) -> None:
    rename(firm, "Before Ltd")
    firm.advance(3600)
    for client in firm.clients.values():
        client.post("/_sandbox/faults", {"path": "nowhere", "action": {"status": 503}})
    firm.put("/_sandbox/moments/noon", {})
    noon = held(firm)
    for name in ("After Ltd", "Later Ltd"):
        firm.advance(60)
        rename(firm, name)
        assert held(firm) != noon
        firm.post("/_sandbox/moments/noon")
        assert held(firm) == noon


def test_work_goes_on_from_a_moment_that_was_brought_back(firm: SandboxProcess) -> None:
    firm.post("/_sandbox/reset")
    firm.put("/_sandbox/moments/noon", {})
    firm.post("/_sandbox/moments/noon")

    assert all("After Ltd" in str(record) for record in rename(firm, "After Ltd"))


def test_a_reset_brings_back_the_start_and_no_moment(firm: SandboxProcess) -> None:
    firm.post("/_sandbox/reset")
    start = held(firm)
    firm.advance(60)
    rename(firm, "After Ltd")
    firm.put("/_sandbox/moments/noon", {})
    firm.post("/_sandbox/reset")

    assert held(firm) == start
