"""Reading organizations over HTTP: by export, by list, and what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from detente_contracts import Account, Kind, Record, UnavailableError
from detente_contracts.testing import batches, read_all, told_gone

HOUR_S = 3600
PAGE = 100
"""The least that an export is asked for; with this limit several pages are read."""


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def paged(connector: Any, cursor: str | None = None) -> list[Record]:
    """Everything from `cursor` on, in pages of a hundred."""
    told = batches(connector, Kind.ACCOUNT, cursor, limit=PAGE)
    return [record for batch in told for record in batch.records]


def fresh_cursor(connector: Any, desk: Any) -> str:
    """Where a read stands that has just seen everything."""
    cursor = read_all(connector, Kind.ACCOUNT)[1]
    desk.advance(HOUR_S)
    return read_all(connector, Kind.ACCOUNT, cursor)[1]


def touch(desk: Any, ids: Sequence[str]) -> None:
    """People edit these organizations, all within one second."""
    for id_ in ids:
        desk.edit("organizations", id_, details="Edited by hand")


def test_a_first_read_brings_every_organization_by_the_export_alone(connector: Any, desk: Any) -> None:
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == desk.held("organizations")
    assert desk.counts() == {"fields": 1, "export": 1, "token": 1}


def test_an_account_is_what_the_organization_holds(connector: Any, desk: Any) -> None:
    for record in read_all(connector, Kind.ACCOUNT)[0][:25]:
        assert isinstance(record, Account)
        raw = desk.raw("organizations", record.ref.id)
        fields = raw["organization_fields"]
        assert (record.name, record.customer_key) == (raw["name"], raw["external_id"])
        assert record.domain == (raw["domain_names"][0] if raw["domain_names"] else None)
        assert record.arr_minor == (None if fields["arr"] is None else round(fields["arr"] * 100))
        assert (record.renewal_at is None) == (fields["renewal_date"] is None)
        assert (record.custom["uptime"], record.custom["tier"]) == (
            fields["uptime_exposure"],
            fields["data_security_tier"],
        )


def test_many_pages_bring_each_organization_once(connector: Any, desk: Any) -> None:
    records = paged(connector)

    assert sorted(ids(records)) == sorted(set(ids(records)))
    assert len(records) == desk.held("organizations") > 2 * PAGE


def test_the_second_on_which_a_page_ends_is_not_brought_twice(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    known = ids(paged(connector))
    for start in range(0, 180, 60):
        touch(desk, known[start : start + 60])
        desk.advance(1)
    desk.advance(HOUR_S)

    assert sorted(ids(paged(connector, cursor))) == sorted(known[:180])


def test_a_second_with_more_organizations_than_a_page_is_read_to_its_end(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    known = ids(paged(connector))
    touch(desk, known[:150])
    desk.advance(1)
    touch(desk, known[150:170])
    desk.advance(HOUR_S)
    records = paged(connector, cursor)

    assert sorted(ids(records)) == sorted(known[:170])


def test_an_edit_within_the_last_minute_is_left_for_the_next_read(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    edited = ids(paged(connector))[0]
    desk.advance(HOUR_S)
    touch(desk, [edited])
    none_yet, cursor = read_all(connector, Kind.ACCOUNT, cursor)
    desk.advance(61)
    found, _ = read_all(connector, Kind.ACCOUNT, cursor)

    assert (ids(none_yet), ids(found)) == ([], [edited])


def test_reads_that_follow_each_other_closely_lose_nothing(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    known = ids(paged(connector))[:12]
    found: set[str] = set()
    for id_ in known:
        touch(desk, [id_])
        desk.advance(20)
        records, cursor = read_all(connector, Kind.ACCOUNT, cursor)
        found.update(ids(records))
    desk.advance(120)
    found.update(ids(read_all(connector, Kind.ACCOUNT, cursor)[0]))

    assert found == set(known)


def test_reading_on_from_every_place_gives_the_same_end(connect: Any, desk: Any) -> None:
    told = list(batches(connect(), Kind.ACCOUNT, None, limit=PAGE))
    whole = {record.ref: record for batch in told for record in batch.records}
    assert len(told) > 2
    for place, batch in enumerate(told):
        before = {record.ref: record for one in told[: place + 1] for record in one.records}
        after = {record.ref: record for record in paged(connect(), batch.cursor)}
        assert {**before, **after} == whole


@pytest.mark.parametrize("verb", ["deleted", "merged away"])
def test_an_organization_that_is_no_more_is_missed_in_the_list(connector: Any, desk: Any, verb: str) -> None:
    records = paged(connector)
    cursor = fresh_cursor(connector, desk)
    gone, kept = records[7].ref, records[8].ref
    if verb == "deleted":
        desk.remove("organizations", gone.id)
    else:
        desk.act("merge", winner=int(kept.id), loser=int(gone.id))
    desk.advance(HOUR_S)
    told = list(batches(connector, Kind.ACCOUNT, cursor))

    assert told_gone(told, [record.ref for record in records]) == {gone}


def test_the_list_is_walked_in_parts_that_lie_side_by_side(connector: Any, desk: Any) -> None:
    records = paged(connector)
    cursor = fresh_cursor(connector, desk)
    gone = [records[place].ref for place in (0, 120, -1)]
    for ref in gone:
        desk.remove("organizations", ref.id)
    desk.advance(HOUR_S)
    told = list(batches(connector, Kind.ACCOUNT, cursor, limit=PAGE))
    counts = [batch.census for batch in told if batch.census is not None]

    assert told_gone(told, [record.ref for record in records]) == set(gone)
    assert [count.after for count in counts] == [None, *(count.until for count in counts[:-1])]
    assert counts[-1].until is None


def test_a_longer_list_is_walked_less_often(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    desk.counts()
    for _ in range(3):
        desk.advance(70)
        _, cursor = read_all(connector, Kind.ACCOUNT, cursor)
    counts = desk.counts()

    # four pages, so three minutes lie between two walks
    assert counts["export"] == 3
    assert counts["list"] == 4


def test_an_empty_list_does_not_mean_that_all_is_gone(connector: Any, desk: Any) -> None:
    records = paged(connector)
    cursor = fresh_cursor(connector, desk)
    desk.advance(HOUR_S)
    desk.fault(
        r"api/v2/organizations$", status=200, body='{"organizations": [], "meta": {"has_more": false}}'
    )
    told = list(batches(connector, Kind.ACCOUNT, cursor))

    assert told_gone(told, [record.ref for record in records]) == set()


def test_a_list_in_another_order_tells_nothing_of_what_it_leaves_out(connector: Any, desk: Any) -> None:
    records = paged(connector)
    cursor = fresh_cursor(connector, desk)
    desk.advance(HOUR_S)
    body = '{"organizations": [{"id": 5100000009}, {"id": 5100000002}], "meta": {"has_more": false}}'
    desk.fault(r"api/v2/organizations$", status=200, body=body)
    told = list(batches(connector, Kind.ACCOUNT, cursor))

    assert told_gone(told, [record.ref for record in records]) == set()


def test_an_answer_without_rows_is_no_empty_answer(connector: Any, desk: Any) -> None:
    desk.fault("incremental/organizations", status=200, body='{"count": 0}')

    with pytest.raises(UnavailableError, match="without organizations"):
        connector.read(Kind.ACCOUNT, None, 100)


def test_another_mapping_reads_everything_anew(connect: Any, desk: Any) -> None:
    cursor = fresh_cursor(connect(), desk)
    records, _ = read_all(connect(mapping={"account": {"domain": None}}), Kind.ACCOUNT, cursor)

    assert len(records) == desk.held("organizations")


def test_fields_that_were_just_made_do_not_read_everything_anew(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    connector.provision(apply=True)
    desk.advance(HOUR_S)

    assert read_all(connector, Kind.ACCOUNT, cursor)[0] == []


def test_a_mapped_field_that_the_account_lacks_is_hidden_and_not_empty(connect: Any) -> None:
    mapping = {"account": {"arr": "nowhere", "custom": {"mood": "no_such_field"}}}
    batch = connect(mapping=mapping).read(Kind.ACCOUNT, None, 100)

    assert batch.hidden == {"arr_minor", "arr_currency", "custom.mood"}


def test_a_field_that_is_removed_in_mid_read_is_hidden_from_then_on(connector: Any, desk: Any) -> None:
    first = connector.read(Kind.ACCOUNT, None, PAGE)
    field = next(
        row for row in desk.api("/organization_fields")["organization_fields"] if row["key"] == "arr"
    )
    assert desk.sandbox.api("DELETE", f"/api/v2/organization_fields/{field['id']}").ok
    second = connector.read(Kind.ACCOUNT, first.cursor, PAGE)

    assert "arr_minor" not in first.hidden
    assert "arr_minor" in second.hidden


def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_read(connect: Any, desk: Any) -> None:
    records = paged(connect())
    odd = [item.ref.id for item in records if isinstance(item, Account) and item.custom["uptime"]]
    batch = connect(mapping={"account": {"employees": "uptime_exposure"}}).read(Kind.ACCOUNT, None, 1000)

    refused = [(f"zen/organizations/{id_}", "uptime_exposure is not a number") for id_ in odd]
    assert odd
    assert sorted(batch.refused) == sorted(refused)
    assert len(batch.records) == len(records) - len(odd)
