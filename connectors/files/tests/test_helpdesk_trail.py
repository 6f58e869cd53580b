"""A real helpdesk trail of 141,712 events, read by the settings that stand in the README.

Data: "Incident management process enriched event log", UCI data set 498, by C. Amaral, M. Fantinato and
S. Peres (2018), CC BY 4.0. It is not part of the project; without it these tests are skipped.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from detente_connector_kit import LocalBudget
from detente_contracts import Account, Batch, Connector, ConnectorContext, Kind, Person, Ticket
from detente_contracts.testing import StandingClock
from detente_files import FilesSettings
from detente_files.connector import build_connector

FILES = Path(__file__).parents[1]
ARCHIVE = (
    FILES.parents[2] / "shared/reference/data/zendesk/incident_log/incident_event_log.zip"
)  # ../shared/reference/data from the project's root
AS_OF = datetime(2016, 5, 13, 9, tzinfo=UTC)
WORDS = {"1": "urgent", "2": "high", "3": "normal", "4": "low"}

Read = Callable[..., list[Batch]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the trail in it."""
    if not ARCHIVE.is_file():
        pytest.skip("the helpdesk trail is not at ../shared/reference/data")
    folder = tmp_path_factory.mktemp("trail")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def events(home: Path) -> list[list[str]]:
    """The rows as Python's own reader sees them, without the header."""
    with (home / "incident_event_log" / "incident_event_log.csv").open(newline="") as stream:
        return list(csv.reader(stream))[1:]


def readme_settings() -> dict[str, object]:
    """The example of the README that reads this trail."""
    blocks = re.findall(r"```yaml\n(.*?)```", (FILES / "README.md").read_text("utf-8"), re.DOTALL)
    [example] = [block for block in blocks if "incident_event_log" in block]
    settings: dict[str, object] = yaml.safe_load(example)["connectors"]["helpdesk"]["with"]
    return settings


@pytest.fixture(scope="module")
def helpdesk(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    """A connector by the README's settings."""
    memory = str(tmp_path_factory.mktemp("memory"))
    settings = FilesSettings.read({**readme_settings(), "memory": memory}, where="README.md")
    clock = StandingClock(AS_OF)
    connector = build_connector(
        settings, ConnectorContext("helpdesk", clock, LocalBudget(clock), (), str(home))
    )
    yield connector
    connector.close()


@pytest.fixture(scope="module")
def batches(helpdesk: Connector, read: Read) -> list[Batch]:
    """Every ticket of the trail, read once."""
    return read(helpdesk, Kind.TICKET, None, 5000)


def tickets_of(batches: list[Batch]) -> list[Ticket]:
    return [record for batch in batches for record in batch.records if isinstance(record, Ticket)]


def known_states(events: list[list[str]]) -> dict[str, list[str]]:
    """The last event of each incident up to the day, told without the connector."""
    known: dict[str, tuple[datetime, list[str]]] = {}
    for event in events:
        at = datetime.strptime(event[13], "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
        if at <= AS_OF and (event[0] not in known or known[event[0]][0] <= at):
            known[event[0]] = (at, event)
    return {number: event for number, (_, event) in known.items()}


def test_the_trail_shows_its_incidents_as_they_stood(batches: list[Batch], events: list[list[str]]) -> None:
    tickets = tickets_of(batches)
    expected = known_states(events)

    assert (len(events), len(tickets)) == (141_712, 20_686)
    assert not [row for batch in batches for row in batch.refused]
    assert {t.ref.id: t.stage for t in tickets} == {number: event[1] for number, event in expected.items()}
    assert sum(ticket.is_open for ticket in tickets) == 1_216
    assert Counter(t.priority for t in tickets) == Counter(WORDS[event[22]] for event in expected.values())
    assert max(len(batch.records) for batch in batches) == 5000


def test_nothing_of_the_future_is_told(batches: list[Batch]) -> None:
    times = [(t.opened_at, t.modified_at, t.closed_at) for t in tickets_of(batches)]

    assert all(at is None or at <= AS_OF for triple in times for at in triple)


def test_places_stand_for_accounts_and_every_ticket_finds_its_own(
    helpdesk: Connector, batches: list[Batch], read: Read
) -> None:
    accounts = [r for batch in read(helpdesk, Kind.ACCOUNT) for r in batch.records if isinstance(r, Account)]
    places = {account.ref.id for account in accounts}

    assert len(accounts) == len(places) == 202
    assert {ticket.account_id for ticket in tickets_of(batches)} - {None} <= places
    assert all(account.name == f"Location {account.ref.id}" for account in accounts)


def test_people_come_from_the_column_that_names_them(
    helpdesk: Connector, events: list[list[str]], read: Read
) -> None:
    people = [r for batch in read(helpdesk, Kind.PERSON) for r in batch.records if isinstance(r, Person)]

    assert {person.ref.id for person in people} == {event[24] for event in events} - {"?"}


def test_the_whole_trail_holds_every_incident(home: Path, tmp_path: Path, read: Read) -> None:
    settings = {**readme_settings(), "memory": str(tmp_path)}
    sources = settings["sources"]
    assert isinstance(sources, list)
    everything = [{k: v for k, v in source.items() if k not in ("as_of", "event_time")} for source in sources]
    clock = StandingClock(AS_OF)
    model = FilesSettings.read({**settings, "sources": everything}, where="test")
    connector = build_connector(model, ConnectorContext("helpdesk", clock, LocalBudget(clock), (), str(home)))
    counts = {
        kind: sum(len(b.records) for b in read(connector, kind, None, 9000)) for kind in connector.reads
    }
    connector.close()

    assert (counts[Kind.TICKET], counts[Kind.ACCOUNT]) == (24_918, 224)
