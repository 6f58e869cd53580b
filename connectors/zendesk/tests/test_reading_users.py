"""Reading agents, and the people at customers, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from detente_connector_kit import restarted_cursor
from detente_contracts import Kind, Person, Record, instant_text
from detente_contracts.testing import batches, read_all, told_gone

HOUR_S = 3600
PAGE = 100


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def contacts(connector: Any, cursor: str | None = None) -> list[Record]:
    """Everybody from `cursor` on, in pages of a hundred."""
    told = batches(connector, Kind.CONTACT, cursor, limit=PAGE)
    return [record for batch in told for record in batch.records]


def fresh_cursor(connector: Any, desk: Any) -> str:
    """Where a read stands that has just seen everything."""
    cursor = read_all(connector, Kind.CONTACT)[1]
    desk.advance(HOUR_S)
    return read_all(connector, Kind.CONTACT, cursor)[1]


def end_users(desk: Any) -> list[Any]:
    users = desk.api("/incremental/users/cursor?start_time=0")["users"]
    return [row for row in users if row["role"] == "end-user"]


def test_contacts_are_the_end_users_of_an_organization(connector: Any, desk: Any) -> None:
    records = contacts(connector)

    assert len(records) > 2 * PAGE
    assert sorted(ids(records)) == sorted(str(row["id"]) for row in end_users(desk) if row["organization_id"])
    assert all(getattr(record, "account_id", None) for record in records)


def export_brings(desk: Any, *rows: Any) -> None:
    """The next page of the export holds these users."""
    page = {"users": rows, "after_cursor": "later", "end_of_stream": True}
    desk.fault("incremental/users", status=200, body=orjson.dumps(page).decode())


def test_a_contact_who_leaves_the_organization_is_gone(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    now = {"updated_at": instant_text(desk.now)}
    left, removed, renamed = ({**row, **now} for row in end_users(desk)[:3])
    export_brings(
        desk, {**left, "organization_id": None}, {**removed, "active": False}, {**renamed, "name": "Renamed"}
    )
    told = list(batches(connector, Kind.CONTACT, cursor))

    assert [ref.id for batch in told for ref in batch.gone] == [str(left["id"]), str(removed["id"])]
    assert [getattr(record, "name", "") for batch in told for record in batch.records] == ["Renamed"]


def test_a_contact_who_was_deleted_before_all_are_read_anew_is_still_told(connect: Any, desk: Any) -> None:
    cursor = fresh_cursor(connect(), desk)
    deleted, other = end_users(desk)[:2]
    export_brings(desk, other, {**deleted, "active": False, "updated_at": instant_text(desk.now)})
    told = list(batches(connect(mapping={"contact": {"email": None}}), Kind.CONTACT, cursor))

    assert [ref.id for batch in told for ref in batch.gone] == [str(deleted["id"])]


def test_a_contact_who_was_deleted_before_cursors_changed_their_form_is_still_told(
    connector: Any, desk: Any
) -> None:
    cursor = fresh_cursor(connector, desk)
    deleted, other = end_users(desk)[:2]
    export_brings(desk, other, {**deleted, "active": False, "updated_at": instant_text(desk.now)})
    told = list(batches(connector, Kind.CONTACT, restarted_cursor(cursor)))

    assert [ref.id for batch in told for ref in batch.gone] == [str(deleted["id"])]


def test_a_first_read_tells_nobody_as_gone(connector: Any) -> None:
    assert [ref for batch in batches(connector, Kind.CONTACT) for ref in batch.gone] == []


def test_a_cursor_that_is_refused_goes_on_from_the_newest_change(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    desk.act("expire_cursors")
    records, _ = read_all(connector, Kind.CONTACT, cursor)
    newest = max(row["updated_at"] for row in end_users(desk))

    assert 0 < len(records) < PAGE
    assert newest in {instant_text(record.modified_at) for record in records}


def test_reading_on_from_every_place_gives_the_same_end(connect: Any) -> None:
    told = list(batches(connect(), Kind.CONTACT, None, limit=PAGE))
    whole = {record.ref: record for batch in told for record in batch.records}
    assert len(told) > 2
    for place, batch in enumerate(told):
        before = {record.ref: record for one in told[: place + 1] for record in one.records}
        after = {record.ref: record for record in contacts(connect(), batch.cursor)}
        assert {**before, **after} == whole


def test_agents_are_people_with_their_group_as_team(connector: Any, desk: Any) -> None:
    people = read_all(connector, Kind.PERSON)[0]
    groups = {row["name"] for row in desk.api("/groups")["groups"]}
    agents = [person for person in people if isinstance(person, Person)]

    assert {person.team for person in agents} - {None} == groups
    assert not set(ids(people)) & {str(row["id"]) for row in end_users(desk)}
    assert all(person.name and person.email for person in agents)


def test_agents_come_again_only_when_one_of_them_changed(connector: Any, desk: Any) -> None:
    people, cursor = read_all(connector, Kind.PERSON)
    unchanged = read_all(connector, Kind.PERSON, cursor)
    rows = desk.api("/users?role[]=agent&role[]=admin&page[size]=100")["users"]
    page = {"users": [{**rows[0], "suspended": True}, *rows[1:]], "meta": {"has_more": False}}
    desk.fault(r"/api/v2/users", status=200, body=orjson.dumps(page).decode())
    changed, _ = read_all(connector, Kind.PERSON, cursor)

    assert unchanged == ([], cursor)
    assert not next(one for one in changed if isinstance(one, Person) and one.ref == people[0].ref).active


def test_an_agent_who_left_or_became_an_end_user_is_gone(connector: Any, desk: Any) -> None:
    people, cursor = read_all(connector, Kind.PERSON)
    rows = desk.api("/users?role[]=agent&role[]=admin&page[size]=100")["users"]
    listed = [{**rows[0], "role": "end-user"}, *rows[2:]]
    page = {"users": listed, "meta": {"has_more": False}}
    desk.fault(r"/api/v2/users", status=200, body=orjson.dumps(page).decode())
    told = batches(connector, Kind.PERSON, cursor)

    assert {ref.id for ref in told_gone(told, [one.ref for one in people])} == {
        str(row["id"]) for row in rows[:2]
    }


def test_a_list_without_any_agent_takes_nobody_as_gone(connector: Any, desk: Any) -> None:
    people, cursor = read_all(connector, Kind.PERSON)
    page = {"users": [], "meta": {"has_more": False}}
    desk.fault(r"/api/v2/users", status=200, body=orjson.dumps(page).decode())

    assert told_gone(batches(connector, Kind.PERSON, cursor), [one.ref for one in people]) == set()


def test_an_account_that_lists_everybody_still_gives_agents_alone(connector: Any, desk: Any) -> None:
    everybody = desk.sandbox.api("GET", "/api/v2/users?page[size]=100").text
    wanted = ids(read_all(connector, Kind.PERSON)[0])
    desk.fault(r"/api/v2/users", status=200, body=everybody.replace('"has_more":true', '"has_more":false'))

    assert set(ids(read_all(connector, Kind.PERSON)[0])) == set(wanted)
