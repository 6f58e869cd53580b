"""A simulated portal for each test run, put back to its start before each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from detente_connector_kit import LocalBudget
from detente_contracts import STANDARD_FIELDS, ConnectorContext, FieldSpec, Ref
from detente_contracts.testing import CrmSide
from detente_hubspot.connector import HubSpotConnector
from detente_hubspot.settings import HubSpotSettings
from detente_sandbox.process import SandboxProcess

MAPPING = {
    "account": {
        "customer_key": "customer_number",
        "arr": "arr",
        "renewal_at": "renewal_date",
        "partner": "partner_of_record",
        "custom": {
            "expansion": "expansion_likelihood",
            "reference": "reference_customer",
            "uptime": "uptime_exposure",
        },
    },
    "deal": {"partner": "partner_id", "registered_at": "deal_registration_date"},
    "ticket": {"reopened": "reopen_count"},
}


class Portal:
    """The simulated portal as its admin and its users see it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self._now: datetime | None = None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Administration, past all limits."""
        answer = self.sandbox.request(method, f"/_sandbox{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def raw(self, kind: str, id_: str) -> dict[str, str | None]:
        """All properties of a record."""
        properties: dict[str, str | None] = self.ask("GET", f"/objects/{kind}/{id_}")["properties"]
        return properties

    def edit(self, kind: str, id_: str, **properties: str) -> None:
        """An edit by a person."""
        self.ask("PATCH", f"/objects/{kind}/{id_}", {"properties": properties})

    def remove(self, kind: str, id_: str) -> None:
        """A person archives a record."""
        self.ask("DELETE", f"/objects/{kind}/{id_}")

    def fault(
        self, path: str, *, times: int = 1, after: int = 0, method: str = "POST", **action: object
    ) -> None:
        """The next `times` calls that match go wrong, once `after` of them went well."""
        rule = {"method": method, "path": path, "after": after, "times": times, "action": action}
        self.ask("POST", "/faults", rule)

    def counts(self) -> dict[str, int]:
        """Calls since the last look, by kind."""
        counts: dict[str, int] = self.ask("GET", "/requests/counts")
        self.ask("DELETE", "/requests")
        return counts

    def held(self, kind: str) -> int:
        """How many records of `kind` there are."""
        count: int = self.ask("GET", "/state")[kind]["count"]
        return count

    def ids(self, kind: str, *, count: int) -> list[str]:
        """Ids of the first records of `kind`."""
        rows = self.sandbox.api("GET", f"/crm/v3/objects/{kind}?limit={count}").json()["results"]
        return [row["id"] for row in rows]

    def side(self) -> PortalSide:
        """A person at this portal."""
        return PortalSide(self)

    def now(self) -> datetime:
        """The portal's time, looked at once until it is moved on."""
        if self._now is None:
            self._now = datetime.fromisoformat(self.ask("GET", "/clock")["now"])
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._now = datetime.fromisoformat(self.ask("POST", "/clock", {"advance_s": seconds})["now"])


class PortalClock:
    """The portal's clock; waiting moves it on. What single requests take of it is left out."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.slept_s = 0.0

    def now(self) -> datetime:
        return self._portal.now()

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self._portal.advance(seconds)


class PortalSide(CrmSide):
    """A person at the portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def edit(self, ref: Ref) -> None:
        self._portal.edit(ref.object, ref.id, name="Edited by hand")

    def remove(self, ref: Ref) -> None:
        self._portal.remove(ref.object, ref.id)

    def merge(self, lost: Ref, kept: Ref) -> None:
        body = {"primaryObjectId": kept.id, "objectIdToMerge": lost.id}
        self._portal.sandbox.api("POST", f"/crm/v3/objects/{kept.object}/merge", body).raise_for_status()

    def shown(self, ref: Ref, key: str) -> str | None:
        return self._portal.raw(ref.object, ref.id)[key] or None

    def advance(self, seconds: float) -> None:
        self._portal.advance(seconds)


Connect = Callable[..., HubSpotConnector]


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=260, tickets=430, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def portal(running: SandboxProcess) -> Iterator[Portal]:
    portal = Portal(running)
    portal.ask("POST", "/reset")
    portal.ask("DELETE", "/faults")
    portal.ask("DELETE", "/requests")
    yield portal
    unknown = portal.ask("GET", "/unknown")
    assert not unknown, f"the sandbox was asked for what it does not know: {unknown}"


@pytest.fixture(scope="session")
def large() -> Iterator[Portal]:
    """A portal with more companies than a search gives."""
    with SandboxProcess(companies=10_100, tickets=10, seed=7, no_limits=True) as sandbox:
        yield Portal(sandbox)


@pytest.fixture
def clock(portal: Portal) -> PortalClock:
    return PortalClock(portal)


@pytest.fixture
def connect(portal: Portal, clock: PortalClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Builds connectors to the portal; they are closed at the end."""
    made: list[HubSpotConnector] = []

    def build(
        user: str = "admin",
        fields: Sequence[FieldSpec] = STANDARD_FIELDS,
        at: Portal = portal,
        **settings: object,
    ) -> HubSpotConnector:
        time = clock if at is portal else PortalClock(at)
        monkeypatch.setenv("HUBSPOT_TEST_TOKEN", _token(at, user))
        given = {
            "token": {"env": "HUBSPOT_TEST_TOKEN"},
            "base_url": at.url,
            "mapping": MAPPING,
            **settings,
        }
        context = ConnectorContext("hub", time, LocalBudget(time), fields, os.devnull)
        made.append(HubSpotConnector(HubSpotSettings.read(given, where="test"), context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


def _token(portal: Portal, name: str) -> str:
    return "pat-unknown" if name == "stranger" else str(portal.sandbox.token(name))


@pytest.fixture
def connector(connect: Connect) -> HubSpotConnector:
    return connect()


@pytest.fixture
def writable(connector: HubSpotConnector, portal: Portal) -> HubSpotConnector:
    """A connector to a portal that has Detente's fields."""
    connector.provision(apply=True)
    portal.counts()
    return connector
