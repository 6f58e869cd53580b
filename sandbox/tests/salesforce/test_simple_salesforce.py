"""simple-salesforce as judge, unchanged: only its `requests` session is given to it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from detente_sandbox import SandboxProcess
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.tests.salesforce.conftest import Caller

WAIT_S = 0.02


class _Elsewhere(HTTPAdapter):
    """Sends what is meant for a host of the vendor to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._to = urlsplit(url)

    def send(self, request: Any, *args: Any, **given: Any) -> requests.Response:
        parts = urlsplit(request.url)
        request.url = urlunsplit((self._to.scheme, self._to.netloc, parts.path, parts.query, ""))
        return super().send(request, *args, **given)


def session_to(sandbox: SandboxProcess) -> requests.Session:
    """A session that trusts the sandbox and finds the vendor's login hosts there."""
    session = requests.Session()
    session.trust_env, session.verify = False, sandbox.ca_file
    for host in (sandbox.credentials["my_domain"], "https://login.salesforce.com"):
        session.mount(f"{host}/", _Elsewhere(sandbox.url))
    return session


@pytest.fixture
def sf(org: SandboxProcess, sync: Caller) -> Iterator[Any]:
    """A client with a token that was fetched before, as Detente does."""
    with session_to(org) as session:
        yield Salesforce(session_id=sync.token, instance_url=org.url, session=session, version="62.0")


def test_client_signs_in_by_client_credentials(org: SandboxProcess) -> None:
    known = org.credentials["apps"]["sync"]
    with session_to(org) as session:
        client: Any = Salesforce(
            consumer_key=known["client_id"],
            consumer_secret=known["client_secret"],
            domain="acme.my",
            session=session,
            version="62.0",
        )

        assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 40


@pytest.fixture(scope="module")
def present() -> Iterator[SandboxProcess]:
    """An org whose clock stands at this moment: the client signs assertions with the system's clock."""
    start = datetime.now(UTC)
    with SandboxProcess(companies=2, tickets=4, vendors="salesforce", start=start) as process:
        yield process


@pytest.mark.parametrize("domain", ["acme.my", "login"])
def test_client_signs_in_by_jwt(present: SandboxProcess, domain: str) -> None:
    known = present.credentials["apps"]["sync"]
    with session_to(present) as session:
        client: Any = Salesforce(
            username=known["username"],
            consumer_key=known["client_id"],
            privatekey=present.credentials["private_key"],
            domain=domain,
            session=session,
            version="62.0",
        )

        assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 2


def test_client_signs_in_again_when_its_session_is_over(org: SandboxProcess) -> None:
    known = org.credentials["apps"]["sync"]
    with session_to(org) as session:
        client: Any = Salesforce(
            consumer_key=known["client_id"],
            consumer_secret=known["client_secret"],
            domain="acme.my",
            session=session,
            version="62.0",
        )
        org.advance(7_300)
        client.query("SELECT Id FROM Account LIMIT 1")

    assert org.get("/_sandbox/requests/counts")["token"] == 2


def test_client_pages_through_a_query(sf: Any, org: SandboxProcess) -> None:
    org.post("/_sandbox/act/shrink_pages", {"on": True})
    headers = {"Sforce-Query-Options": "batchSize=200"}
    rows = sf.query_all("SELECT Id, CaseId, MilestoneType.Name FROM CaseMilestone", headers=headers)

    assert rows["done"] and len(rows["records"]) == rows["totalSize"] > 100
    assert len({row["Id"] for row in rows["records"]}) == rows["totalSize"]


def test_client_describes_and_lists_objects(sf: Any) -> None:
    names = {row["name"] for row in sf.describe()["sobjects"]}

    assert {"Account", "Opportunity", "Case", "Contact", "User", "Task", "CaseMilestone"} <= names
    assert sf.Account.describe()["keyPrefix"] == "001"


def test_client_creates_reads_changes_and_deletes(sf: Any) -> None:
    made = sf.Account.create({"Name": "Borealis"})
    sf.Account.update(made["id"], {"Industry": "Energy"})
    read = sf.Account.get(made["id"])
    sf.Account.delete(made["id"])

    assert (made["success"], read["Name"], read["Industry"]) == (True, "Borealis", "Energy")
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get(made["id"])


def test_client_raises_its_own_errors_and_counts_calls(sf: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        sf.query("SELECT Nothing FROM Account")

    sf.query("SELECT Id FROM Account LIMIT 1")
    assert sf.api_usage["api-usage"].used > 1


def test_client_writes_a_collection_through_restful(sf: Any, account_ids: list[str]) -> None:
    records = [{"attributes": {"type": "Account"}, "id": known, "Rating": "Hot"} for known in account_ids[:3]]
    records[1]["NumberOfEmployees"] = "many"
    body = {"allOrNone": False, "records": records}
    results: Any = sf.restful("composite/sobjects", method="PATCH", json=body)

    assert [row["success"] for row in results] == [True, False, True]
    assert results[1]["errors"][0]["fields"] == ["NumberOfEmployees"]


def test_client_reads_by_bulk_over_pages(sf: Any, tmp_path: Path) -> None:
    soql = "SELECT Id, Name, Owner.Name, CreatedDate FROM Account"
    pages = list(sf.bulk2.Account.query(soql, max_records=15, wait=WAIT_S))
    files = sf.bulk2.Account.download(soql, str(tmp_path), max_records=25, wait=WAIT_S)
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]

    assert [file["number_of_records"] for file in files] == [25, 15]
    assert len(pages) == 3 and len({row["Id"] for row in rows}) == 40
    assert rows[0].keys() == {"Id", "Name", "Owner.Name", "CreatedDate"}


def test_client_writes_by_bulk_and_finds_the_row_that_failed(
    sf: Any, sync: Caller, account_ids: list[str]
) -> None:
    records = [
        {"Id": account_ids[0], "Rating": "Hot", "Site": "#N/A"},
        {"Id": account_ids[1], "Rating": "x" * 300, "Site": ""},
    ]
    done = sf.bulk2.Account.update(records=records, wait=WAIT_S)
    failed = sf.bulk2.Account.get_failed_records(done[0]["job_id"])
    succeeded = sf.bulk2.Account.get_successful_records(done[0]["job_id"])

    assert (done[0]["numberRecordsFailed"], done[0]["numberRecordsProcessed"]) == (1, 2)
    assert "STRING_TOO_LONG:" in failed and ":Rating--" in failed
    assert account_ids[0] in succeeded
    assert sync.rows("SELECT Rating FROM Account WHERE Rating = 'Hot'") == [{"Rating": "Hot"}]
