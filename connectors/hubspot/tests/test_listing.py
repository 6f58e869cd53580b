"""The walk through the whole list: what it finds that searches and archived records do not tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from detente_connector_kit import pack_cursor, restarted_cursor, unpack_cursor
from detente_contracts import Kind
from detente_contracts.testing import Mirror, batches
from detente_hubspot.reading import CURSOR_VERSION

HOUR_S = 3600
DAY_S = 24 * HOUR_S


@pytest.fixture
def known(connector: Any, portal: Any) -> Mirror:
    """Knows every company, as of the last read."""
    known = Mirror()
    known.read_on(connector, Kind.ACCOUNT)
    portal.advance(HOUR_S)
    known.read_on(connector, Kind.ACCOUNT)
    portal.counts()
    return known


def names(known: Mirror) -> dict[str, str | None]:
    return {ref.id: getattr(record, "name", None) for ref, record in known.records.items()}


def changed(cursor: str | None, **state: object) -> str:
    """The cursor with other values."""
    held = unpack_cursor(cursor or "", CURSOR_VERSION) or {}
    return pack_cursor(CURSOR_VERSION, held | state)  # type: ignore[arg-type]


def archived_unseen(portal: Any, known: Mirror, *, listed: object) -> str:
    """The id of a company that is archived, of which the list of archived records tells no more."""
    removed = str(portal.ids("companies", count=2)[1])
    portal.remove("companies", removed)
    portal.advance(HOUR_S)
    looked = int(portal.now().timestamp() * 1000)
    known.cursor = changed(known.cursor, looked=looked, listed=listed)
    return removed


def test_a_record_that_the_index_showed_too_late_is_found_within_a_day(
    connector: Any, portal: Any, known: Mirror
) -> None:
    portal.ask("PUT", "/limits", {"search_lag_s": 600})
    late = portal.ids("companies", count=1)[0]
    portal.edit("companies", late, name="Shown late")
    portal.advance(300)
    known.read_on(connector, Kind.ACCOUNT)
    portal.advance(HOUR_S)
    known.read_on(connector, Kind.ACCOUNT)
    missed = names(known)[late]
    portal.advance(DAY_S)
    known.read_on(connector, Kind.ACCOUNT)

    assert (missed == "Shown late", names(known)[late]) == (False, "Shown late")


def test_a_record_that_vanished_is_found_by_the_walk(connector: Any, portal: Any, known: Mirror) -> None:
    removed = archived_unseen(portal, known, listed=0)
    known.read_on(connector, Kind.ACCOUNT)

    assert removed not in names(known)
    assert len(known.records) == portal.held("companies")


def test_the_list_is_walked_once_in_its_time_and_not_before(
    connector: Any, portal: Any, known: Mirror
) -> None:
    walks = []
    for hours in (20, 4, 2, 2):
        portal.advance(hours * HOUR_S)
        known.read_on(connector, Kind.ACCOUNT)
        walks.append(portal.counts()["list"] > 1)

    assert walks == [False, True, False, False]


def test_without_a_time_the_list_is_walked_at_first_only(connect: Any, portal: Any, known: Mirror) -> None:
    portal.advance(9 * DAY_S)
    known.read_on(connect(list_every_h=0), Kind.ACCOUNT)

    assert portal.counts()["list"] == 1


def test_a_walk_that_is_cut_off_goes_on_in_another_process(connect: Any, portal: Any, known: Mirror) -> None:
    removed = archived_unseen(portal, known, listed=0)
    steps = 0
    is_done = False
    while not is_done:
        batch = connect().read(Kind.ACCOUNT, known.cursor, 100)
        known.take(batch)
        steps, is_done = steps + 1, batch.done

    assert steps > 3
    assert removed not in names(known)
    assert len(known.records) == portal.held("companies")


def backwards(page: Any) -> Any:
    page["results"].reverse()
    return page


def without_rows(page: Any) -> Any:
    return {"results": []}


@pytest.mark.parametrize("spoilt", [backwards, without_rows])
def test_a_list_in_another_order_or_empty_takes_nothing_as_gone(
    connector: Any, portal: Any, known: Mirror, spoilt: Callable[[Any], Any]
) -> None:
    removed = archived_unseen(portal, known, listed=0)
    page = portal.sandbox.api("GET", "/crm/v3/objects/companies?limit=100").json()
    # the first list is that of archived records
    portal.fault(r"companies$", method="GET", after=1, status=200, body=orjson.dumps(spoilt(page)).decode())
    known.read_on(connector, Kind.ACCOUNT)

    assert removed in names(known)


def test_a_walk_that_began_before_ids_were_kept_counts_nothing(connector: Any, known: Mirror) -> None:
    first = connector.read(Kind.ACCOUNT, None, 100)
    told = list(batches(connector, Kind.ACCOUNT, changed(first.cursor, id=None)))

    assert [batch.census for batch in told] == [None]


def test_what_was_archived_before_cursors_changed_their_form_is_told(
    connector: Any, portal: Any, known: Mirror
) -> None:
    removed = portal.ids("companies", count=1)[0]
    portal.remove("companies", removed)
    portal.advance(HOUR_S)
    known.cursor = restarted_cursor(known.cursor or "")
    known.read_on(connector, Kind.ACCOUNT)

    assert removed not in names(known)
