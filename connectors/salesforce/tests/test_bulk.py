"""A large first read by Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from detente_contracts import Kind, Record, UnavailableError
from detente_contracts.testing import batches, read_all

DAY_S = 86_400
KINDS = (Kind.PERSON, Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL, Kind.TICKET)


def by_id(records: Sequence[Record]) -> dict[str, Record]:
    return {record.ref.id: record for record in records}


@pytest.fixture
def bulky(connect: Any) -> Any:
    return connect(bulk_from=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_brings_the_same_records_as_queries_do(kind: Kind, bulky: Any, connector: Any) -> None:
    jobs, _ = read_all(bulky, kind)
    queries, _ = read_all(connector, kind)

    assert len(jobs) == len(by_id(jobs))
    assert by_id(jobs) == by_id(queries)


def test_a_small_org_is_read_without_a_job(connector: Any, org: Any) -> None:
    read_all(connector, Kind.ACCOUNT)

    assert "jobs" not in connector.connection.open().transport.calls


def test_a_killed_read_goes_on_with_its_job_at_its_page(connect: Any, org: Any) -> None:
    whole = list(batches(connect(bulk_from=0), Kind.ACCOUNT, limit=40))
    assert len(whole) > 3
    wanted = sorted(org.ids("Account", count=1000))

    for place, batch in enumerate(whole[:-1]):
        connector = connect(bulk_from=0)
        rest = list(batches(connector, Kind.ACCOUNT, batch.cursor, limit=40))
        read = [*whole[: place + 1], *rest]
        assert sorted(record.ref.id for item in read for record in item.records) == wanted
        assert connector.connection.open().transport.calls["results"] == len([b for b in rest if b.records])


def test_changes_since_a_job_are_read_by_the_next_read(bulky: Any, org: Any) -> None:
    _, cursor = read_all(bulky, Kind.DEAL)
    edited, removed = org.ids("Opportunity", count=2)
    org.edit("Opportunity", edited, NextStep="call them")
    org.remove("Opportunity", removed)
    org.advance(3600)
    told = list(batches(bulky, Kind.DEAL, cursor))

    assert edited in {record.ref.id for batch in told for record in batch.records}
    assert [ref.id for batch in told for ref in batch.gone] == [removed]


def test_a_job_that_is_gone_is_begun_once_more_then_queries_take_over(connect: Any, org: Any) -> None:
    connector = connect(bulk_from=0)
    first = connector.read(Kind.ACCOUNT, None, 40)
    body = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    org.fault("jobs/query/750", times=2, status=404, body=body)
    records, _ = read_all(connector, Kind.ACCOUNT, first.cursor)

    assert sorted(by_id(records)) == sorted(org.ids("Account", count=1000))
    assert len(records) == len(by_id(records))


@pytest.mark.parametrize("fate", ["Failed", "Stuck"])
def test_a_job_that_fails_or_never_ends_gives_way_to_queries(
    fate: str, connect: Any, org: Any, clock: Any
) -> None:
    org.act("job_fate", fate=fate)
    connector = connect(bulk_from=0, bulk_deadline_s=120)
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert sorted(by_id(records)) == sorted(org.ids("Account", count=1000))
    assert clock.slept_s < 300


def test_a_job_of_a_later_reading_of_everything_has_its_whole_time(
    connect: Any, org: Any, clock: Any
) -> None:
    _, cursor = read_all(connect(bulk_from=0), Kind.ACCOUNT)
    org.advance(7 * DAY_S)
    org.act("job_fate", fate="Stuck")
    other = connect(bulk_from=0, bulk_deadline_s=120, mapping={"account": {"employees": None}})
    records, _ = read_all(other, Kind.ACCOUNT, cursor)

    assert len(records) == len(org.rows("Account"))
    assert clock.slept_s >= 120


def test_an_object_that_no_job_can_read_is_read_by_queries(bulky: Any, org: Any) -> None:
    body = [{"errorCode": "INVALIDENTITY", "message": "Entity is not supported by the Bulk API"}]
    org.fault("jobs/query", method="POST", status=400, body=body)
    records, _ = read_all(bulky, Kind.ACCOUNT)

    assert len(records) == len(org.rows("Account"))


def test_a_job_whose_beginning_was_not_answered_is_not_begun_twice_in_one_read(bulky: Any, org: Any) -> None:
    org.fault("jobs/query", method="POST", drop=True, apply=True)

    with pytest.raises(UnavailableError) as caught:
        bulky.read(Kind.ACCOUNT, None, 500)
    assert bulky.connection.open().transport.calls["jobs"] == 1
    assert "next read" in caught.value.hint
    assert len(read_all(bulky, Kind.ACCOUNT)[0]) == len(org.rows("Account"))


def test_a_page_of_results_that_breaks_off_is_asked_for_again(bulky: Any, org: Any) -> None:
    org.fault("/results", drop=True)
    org.fault("/results", status=503, body="<html>")
    records, _ = read_all(bulky, Kind.ACCOUNT)

    assert len(records) == len(by_id(records)) == len(org.rows("Account"))


def test_a_session_that_expires_during_a_job_is_renewed(bulky: Any, org: Any) -> None:
    seen: list[str] = []
    for batch in batches(bulky, Kind.ACCOUNT, limit=40):
        seen += [record.ref.id for record in batch.records]
        org.act("expire_sessions")

    assert sorted(seen) == sorted(org.ids("Account", count=1000))


def test_a_field_that_vanishes_before_the_job_is_hidden(connect: Any, org: Any) -> None:
    connector = connect("sync", bulk_from=0)
    connector.read(Kind.PERSON, None, 10)
    connector.read(Kind.ACCOUNT, None, 10)
    org.app("sync", hidden=["Account.Industry"])
    batch = list(batches(connector, Kind.ACCOUNT))[-1]

    assert "industry" in batch.hidden
    assert len(batch.records) == len(org.rows("Account"))


def test_newlines_and_quotes_in_a_name_survive_the_way_through_csv(bulky: Any, org: Any) -> None:
    id_ = org.ids("Account", count=1)[0]
    name = 'Söhne "& Co",\nsecond line'
    org.edit("Account", id_, Description=name, Name='Söhne "& Co", GmbH')
    records: list[Any] = read_all(bulky, Kind.ACCOUNT)[0]

    assert next(record.name for record in records if record.ref.id == id_) == 'Söhne "& Co", GmbH'
