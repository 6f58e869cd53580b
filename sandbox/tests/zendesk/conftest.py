"""A small Zendesk account for all tests here, brought back to its start before each."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]


@pytest.fixture(scope="session")
def account() -> Iterator[SandboxProcess]:
    with SandboxProcess(companies=60, tickets=240, seed=7, vendors="zendesk") as process:
        yield process


@pytest.fixture
def wild(account: SandboxProcess) -> SandboxProcess:
    """An account at its start, which may be asked what it does not know."""
    account.post("/_sandbox/reset")
    return account


@pytest.fixture
def zendesk(wild: SandboxProcess) -> Iterator[SandboxProcess]:
    """An account at its start; the test fails when it asked for something unknown."""
    yield wild
    assert wild.get("/_sandbox/unknown") == []


@pytest.fixture
def act(wild: SandboxProcess) -> Callable[..., Any]:
    """Brings about what only this vendor has."""
    return lambda verb, **body: wild.post(f"/_sandbox/act/{verb}", body)


@pytest.fixture
def read(wild: SandboxProcess) -> Callable[..., Json]:
    """The JSON that a path of the API answers with 200."""

    def get(path: str, app: str = "sync") -> Json:
        answer = wild.api("GET", f"/api/v2/{path}", app=app)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    return get


@pytest.fixture
def ended(wild: SandboxProcess) -> Callable[[str, Json], Json]:
    """Sends a change of many records, waits for its job on the clock, and gives the job."""

    def put(path: str, body: Json) -> Json:
        answer = wild.api("PUT", f"/api/v2/{path}", body, "sync")
        assert answer.status_code == 200, answer.text
        wild.advance(60)
        job = wild.api("GET", f"/api/v2/job_statuses/{answer.json()['job_status']['id']}", app="sync")
        told: Json = job.json()["job_status"]
        return told

    return put


@pytest.fixture
def open_ticket(wild: SandboxProcess) -> Json:
    """A ticket that waits for the firm."""
    tickets: list[Json] = wild.get("/_sandbox/objects/tickets")
    return next(row for row in tickets if row["status"] == "open")
