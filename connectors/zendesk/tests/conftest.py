"""A simulated account for each test run, put back to its start before each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from detente_connector_kit import LocalBudget
from detente_contracts import STANDARD_FIELDS, ConnectorContext, FieldSpec, Kind, Ref
from detente_contracts.testing import CrmSide
from detente_sandbox.process import SandboxProcess
from detente_zendesk.connector import ZendeskConnector
from detente_zendesk.own_fields import option_held
from detente_zendesk.settings import ZendeskSettings

MAPPING = {
    "account": {
        "arr": "arr",
        "renewal_at": "renewal_date",
        "custom": {
            "uptime": "uptime_exposure",
            "tier": "data_security_tier",
            "reference": "reference_customer",
        },
    }
}
FIELDS = {spec.key: spec for spec in STANDARD_FIELDS}


class Desk:
    """The simulated account as its admin and its agents see it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self.now = sandbox.now()

    def api(self, path: str, method: str = "GET", body: object = None) -> Any:
        """What the API answers an admin."""
        answer = self.sandbox.api(method, f"/api/v2{path}", body)
        answer.raise_for_status()
        return answer.json()

    def raw(self, kind: str, id_: str) -> dict[str, Any]:
        """A record as the API holds it."""
        found: dict[str, Any] = self.api(f"/{kind}/show_many?ids={id_}")[kind][0]
        return found

    def edit(self, kind: str, id_: str, **properties: object) -> None:
        """An edit by a person, by the API's names, keys of fields, and titles of ticket fields."""
        self.sandbox.patch(f"/_sandbox/objects/{kind}/{id_}", {"properties": properties})

    def remove(self, kind: str, id_: str) -> None:
        """A person deletes a record."""
        self.sandbox.delete(f"/_sandbox/objects/{kind}/{id_}")

    def act(self, verb: str, **what: object) -> Any:
        """Something that only Zendesk has."""
        return self.sandbox.post(f"/_sandbox/act/{verb}", what)

    def fault(
        self, path: str, *, times: int = 1, after: int = 0, method: str = "GET", **action: object
    ) -> None:
        """The next `times` calls that match go wrong, once `after` of them went well."""
        rule = {"method": method, "path": path, "after": after, "times": times, "action": action}
        self.sandbox.post("/_sandbox/faults", rule)

    def counts(self) -> dict[str, int]:
        """Calls since the last look, by kind."""
        counts: dict[str, int] = self.sandbox.get("/_sandbox/requests/counts")
        self.sandbox.delete("/_sandbox/requests")
        return counts

    def held(self, kind: str) -> int:
        """How many records of `kind` there are."""
        count: int = self.sandbox.get("/_sandbox/state")[kind]["count"]
        return count

    def side(self) -> DeskSide:
        """A person at this account."""
        return DeskSide(self)

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self.now = self.sandbox.advance(seconds)


class DeskClock:
    """The account's clock; waiting moves it on, and nothing else does but the test itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.slept_s = 0.0
        self.on_sleep: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return self._desk.now

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.on_sleep()
        self._desk.advance(seconds)


class DeskSide(CrmSide):
    """A person at the account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def edit(self, ref: Ref) -> None:
        name = "subject" if ref.object == "tickets" else "name"
        # two organizations cannot have one name
        self._desk.edit(ref.object, ref.id, **{name: f"{ref.id} edited by hand"})

    def remove(self, ref: Ref) -> None:
        self._desk.remove(ref.object, ref.id)

    def merge(self, lost: Ref, kept: Ref) -> None:
        self._desk.act("merge", winner=kept.id, loser=lost.id)

    def shown(self, ref: Ref, key: str) -> str | None:
        row, spec = self._desk.raw(ref.object, ref.id), FIELDS[key]
        if ref.object == "organizations":
            value, kind = row["organization_fields"][key], Kind.ACCOUNT
        else:
            titles = {
                field["title"]: field["id"] for field in self._desk.api("/ticket_fields")["ticket_fields"]
            }
            values = {field["id"]: field["value"] for field in row["custom_fields"]}
            value, kind = values[titles[spec.label]], Kind.TICKET
        return option_held(None if value in (None, "") else str(value), spec, kind)

    def advance(self, seconds: float) -> None:
        self._desk.advance(seconds)


Connect = Callable[..., ZendeskConnector]


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=310, tickets=80, seed=7, vendors="zendesk") as sandbox:
        yield sandbox


@pytest.fixture
def desk(running: SandboxProcess) -> Iterator[Desk]:
    running.post("/_sandbox/reset")
    running.delete("/_sandbox/faults")
    running.delete("/_sandbox/requests")
    yield Desk(running)
    unknown = running.get("/_sandbox/unknown")
    assert not unknown, f"the sandbox was asked for what it does not know: {unknown}"


@pytest.fixture
def clock(desk: Desk) -> DeskClock:
    return DeskClock(desk)


@pytest.fixture
def connect(desk: Desk, clock: DeskClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Builds connectors to the account; they are closed at the end."""
    made: list[ZendeskConnector] = []

    def build(
        app: str = "admin",
        fields: Sequence[FieldSpec] = STANDARD_FIELDS,
        scope: str | None = None,
        **settings: object,
    ) -> ZendeskConnector:
        known = desk.sandbox.credentials["clients"]
        client = known.get(app, {"client_id": app, "client_secret": "unknown"})
        monkeypatch.setenv("ZENDESK_TEST_SECRET", client["client_secret"])
        signing = {"id": client["client_id"], "secret": {"env": "ZENDESK_TEST_SECRET"}}
        given = {
            "subdomain": "acme",
            "base_url": desk.url,
            "client": {**signing, "scope": scope} if scope else signing,
            "currency": "EUR",
            "mapping": MAPPING,
            # a call for each closed ticket of the last days alone keeps the tests quick
            "sla_days": 5,
            **settings,
        }
        context = ConnectorContext("zen", clock, LocalBudget(clock), fields, os.devnull)
        made.append(ZendeskConnector(ZendeskSettings.read(given, where="test"), context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


@pytest.fixture
def connector(connect: Connect) -> ZendeskConnector:
    return connect()


@pytest.fixture
def writable(connector: ZendeskConnector, desk: Desk) -> ZendeskConnector:
    """A connector to an account that has Detente's fields."""
    connector.provision(apply=True)
    desk.counts()
    return connector
