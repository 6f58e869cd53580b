"""A simulated org for each test run, put back to its start before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from detente_connector_kit import LocalBudget, canonical_text
from detente_contracts import STANDARD_FIELDS, ConnectorContext, FieldSpec, FieldText, Ref
from detente_contracts.testing import CrmSide
from detente_salesforce.connector import SalesforceConnector
from detente_salesforce.org import field_name
from detente_salesforce.settings import SalesforceSettings
from detente_sandbox.process import SandboxProcess

MAPPING = {
    "account": {
        "customer_key": "Customer_Number__c",
        "arr": "ARR__c",
        "renewal_at": "Renewal_Date__c",
        "partner": "Partner_Of_Record__c",
        "custom": {
            "expansion_likelihood": "Expansion_Likelihood__c",
            "uptime_exposure": "Uptime_Exposure__c",
        },
    },
    "deal": {"partner": "Partner__c", "registered_at": "Registered_At__c"},
    "ticket": {"reopened": "Reopen_Count__c"},
}


class Org:
    """The simulated org as its admin and its users see it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self._now: datetime | None = None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Administration, past all limits."""
        answer = self.sandbox.request(method, f"/_sandbox{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def raw(self, name: str, id_: str) -> dict[str, Any]:
        """All fields of a record."""
        record: dict[str, Any] = self.ask("GET", f"/objects/{name}/{id_}")
        return record

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All live records with all fields."""
        rows: list[dict[str, Any]] = self.ask("GET", f"/objects/{name}")
        return rows

    def edit(self, name: str, id_: str, **values: object) -> None:
        """An edit by a person."""
        self.ask("PATCH", f"/objects/{name}/{id_}", {"properties": values})

    def remove(self, name: str, id_: str) -> None:
        """A person deletes a record."""
        self.ask("DELETE", f"/objects/{name}/{id_}")

    def fault(
        self, path: str, *, times: int = 1, after: int = 0, method: str = "*", **action: object
    ) -> None:
        """The next `times` calls that match go wrong, once `after` of them went well."""
        rule = {"method": method, "path": path, "after": after, "times": times, "action": action}
        self.ask("POST", "/faults", rule)

    def act(self, verb: str, **body: object) -> Any:
        """Something that only Salesforce has, such as a merge."""
        return self.ask("POST", f"/act/{verb}", body)

    def app(self, name: str, **body: object) -> None:
        """Change what an app may do."""
        self.ask("PUT", f"/tokens/{name}", body)

    def formula(self, name: str, field: str) -> None:
        """From now on, describes tell of this field as one that is calculated."""
        answer = self.signed("GET", f"/services/data/v62.0/sobjects/{name}/describe").json()
        for row in answer["fields"]:
            row["calculated"] = row["calculated"] or row["name"] == field
        self.fault(f"{name}/describe", times=99, status=200, body=answer)

    def token(self) -> dict[str, Any]:
        """A grant for the admin's app, as the token endpoint answers it."""
        known = self.sandbox.credentials["apps"]["admin"]
        auth = (known["client_id"], known["client_secret"])
        form = {"grant_type": "client_credentials"}
        granted: dict[str, Any] = self.sandbox.request(
            "POST", "/services/oauth2/token", data=form, auth=auth
        ).json()
        return granted

    def signed(self, method: str, path: str, body: object = None) -> requests.Response:
        """A call of the API by a plain client, as the admin's app."""
        headers = {"Authorization": f"Bearer {self.token()['access_token']}"}
        return self.sandbox.request(method, path, json=body, headers=headers)

    def counts(self) -> dict[str, int]:
        """Calls since the last look, by kind."""
        counts: dict[str, int] = self.ask("GET", "/requests/counts")
        self.ask("DELETE", "/requests")
        return counts

    def ids(self, name: str, *, count: int) -> list[str]:
        """Ids of the first records."""
        return [row["Id"] for row in self.rows(name)[:count]]

    def side(self) -> OrgSide:
        """A person in this org."""
        return OrgSide(self)

    def now(self) -> datetime:
        """The org's time, looked at once until it is moved on."""
        if self._now is None:
            self._now = datetime.fromisoformat(self.ask("GET", "/clock")["now"])
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._now = datetime.fromisoformat(self.ask("POST", "/clock", {"advance_s": seconds})["now"])


class OrgClock:
    """The org's clock; waiting moves it on. What single requests take of it is left out."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.slept_s = 0.0

    def now(self) -> datetime:
        return self._org.now()

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self._org.advance(seconds)


class OrgSide(CrmSide):
    """A person in the org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def edit(self, ref: Ref) -> None:
        self._org.edit(ref.object, ref.id, **{_EDITED[ref.object]: "Edited by hand"})

    def remove(self, ref: Ref) -> None:
        for case in self._org.rows("Case"):
            # Salesforce keeps an account that has cases
            if case["AccountId"] == ref.id:
                self._org.remove("Case", case["Id"])
        self._org.remove(ref.object, ref.id)

    def merge(self, lost: Ref, kept: Ref) -> None:
        self._org.act("merge", type=kept.object, master=kept.id, loser=lost.id)

    def restore(self, ref: Ref) -> None:
        self._org.act("undelete", type=ref.object, id=ref.id)

    def shown(self, ref: Ref, key: str) -> FieldText:
        spec = next(spec for spec in STANDARD_FIELDS if spec.key == key)
        value = self._org.raw(ref.object, ref.id)[field_name(spec)]
        return canonical_text(None if value is None else str(value), spec)

    def advance(self, seconds: float) -> None:
        self._org.advance(seconds)


_EDITED = {"Account": "Name", "Opportunity": "Name", "Case": "Subject"}

Connect = Callable[..., SalesforceConnector]


@pytest.fixture(scope="session")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=150, tickets=150, seed=7, vendors="salesforce") as sandbox:
        yield sandbox


@pytest.fixture
def org(running: SandboxProcess) -> Iterator[Org]:
    org = Org(running)
    org.ask("POST", "/reset")
    yield org
    unknown = org.ask("GET", "/unknown")
    assert not unknown, f"the sandbox was asked for what it does not know: {unknown}"


@pytest.fixture
def clock(org: Org) -> OrgClock:
    return OrgClock(org)


@pytest.fixture
def connect(org: Org, clock: OrgClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Connect]:
    """Builds connectors to the org; they are closed at the end."""
    made: list[SalesforceConnector] = []

    def build(
        app: str = "admin", fields: Sequence[FieldSpec] = STANDARD_FIELDS, **given: object
    ) -> SalesforceConnector:
        settings = {**_sign_in(org, app, monkeypatch), "currency": "EUR", "mapping": MAPPING, **given}
        context = ConnectorContext("sf", clock, LocalBudget(clock), fields, str(tmp_path))
        made.append(SalesforceConnector(SalesforceSettings.read(settings, where="test"), context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


def _sign_in(org: Org, app: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    known = org.sandbox.credentials["apps"].get(app, {"client_id": "3MVG9.nobody", "client_secret": "none"})
    monkeypatch.setenv("SALESFORCE_TEST_SECRET", known["client_secret"])
    return {
        "my_domain": org.url,
        "client_id": known["client_id"],
        "client_secret": {"env": "SALESFORCE_TEST_SECRET"},
        "ca_file": org.sandbox.ca_file,
    }


@pytest.fixture
def connector(connect: Connect) -> SalesforceConnector:
    return connect()


@pytest.fixture
def writable(connector: SalesforceConnector, org: Org) -> SalesforceConnector:
    """A connector to an org that has Detente's fields."""
    connector.provision(apply=True)
    org.counts()
    return connector
