"""A small org for all tests of this folder, brought back to its start before each."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from detente_sandbox import SandboxProcess

ROOT = "/services/data/v62.0"


class Caller:
    """An app of the org that is signed in, asking as a plain HTTP client does."""

    def __init__(self, sandbox: SandboxProcess, app: str) -> None:
        self.sandbox, self.app = sandbox, app
        self.token = ""
        self.sign_in()

    def sign_in(self) -> None:
        known = self.sandbox.credentials["apps"][self.app]
        answer = self.sandbox.request(
            "POST",
            "/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(known["client_id"], known["client_secret"]),
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    def ask(self, method: str, path: str, body: Any = None, **given: Any) -> requests.Response:
        """A request below the version, or by a whole path; whatever comes is returned."""
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        whole = path if path.startswith("/services/") else f"{ROOT}/{path}"
        return self.sandbox.request(method, whole, json=body, headers=headers, **given)

    def done(self, method: str, path: str, body: Any = None, **given: Any) -> Any:
        """The JSON of an answer that must be 2xx."""
        answer = self.ask(method, path, body, **given)
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def query(self, soql: str, path: str = "query", **given: Any) -> Any:
        """The first page of a query."""
        return self.done("GET", f"{path}/", params={"q": soql}, **given)

    def rows(self, soql: str, path: str = "query", **given: Any) -> list[dict[str, Any]]:
        """All records of a query over its pages, without their attributes."""
        page = self.query(soql, path, **given)
        found = list(page["records"])
        while not page["done"]:
            page = self.done("GET", page["nextRecordsUrl"], **given)
            found += page["records"]
        return [{key: value for key, value in row.items() if key != "attributes"} for row in found]

    def refusal(self, soql: str, path: str = "query") -> tuple[int, str, str]:
        """Status, code and message of a query that is refused."""
        answer = self.ask("GET", f"{path}/", params={"q": soql})
        assert not answer.ok, answer.text
        return answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["message"]

    def describe(self, kind: str) -> dict[str, dict[str, Any]]:
        """The fields of an object by name."""
        return {row["name"]: row for row in self.done("GET", f"sobjects/{kind}/describe")["fields"]}


@pytest.fixture(scope="session")
def running_org() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=40, tickets=120, seed=7, vendors="salesforce") as process:
        yield process


@pytest.fixture
def wild_org(running_org: SandboxProcess) -> SandboxProcess:
    """An org at its start, which may be asked what it does not know."""
    running_org.post("/_sandbox/reset")
    return running_org


@pytest.fixture
def org(wild_org: SandboxProcess) -> Iterator[SandboxProcess]:
    """An org at its start; the test fails when it asked for something unknown."""
    yield wild_org
    assert wild_org.get("/_sandbox/unknown") == []


@pytest.fixture(scope="module")
def still(running_org: SandboxProcess) -> Iterator[Caller]:
    """An app of an org that a whole module of tests only reads; no test of it may ask for `org` besides."""
    running_org.post("/_sandbox/reset")
    yield Caller(running_org, "sync")
    assert running_org.get("/_sandbox/unknown") == []


@pytest.fixture
def sync(org: SandboxProcess) -> Caller:
    return Caller(org, "sync")


@pytest.fixture
def admin(org: SandboxProcess) -> Caller:
    return Caller(org, "admin")


@pytest.fixture
def account_ids(sync: Caller) -> list[str]:
    """Ids of all accounts, oldest first."""
    return [row["Id"] for row in sync.rows("SELECT Id FROM Account ORDER BY Id")]
