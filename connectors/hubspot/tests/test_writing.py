"""Writing to a portal over HTTP, and what goes wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from detente_contracts import AccessError, FieldWrite, Kind, Ref, Result, UnavailableError

FIELDS = ("detente_priority", "detente_score", "detente_reason")


def rows(portal: Any, count: int, **values: str | None) -> list[FieldWrite]:
    """The same values for the first `count` companies."""
    written = values or {"detente_score": "87.5", "detente_priority": "P1"}
    refs = [Ref("hub", "companies", id_) for id_ in portal.ids("companies", count=min(count, 100))]
    return [FieldWrite(ref, written) for ref in refs]


def many(connector: Any, portal: Any, count: int) -> list[FieldWrite]:
    """Rows for `count` companies, more than a page."""
    records = connector.read(Kind.ACCOUNT, None, 300).records
    portal.counts()
    return [FieldWrite(record.ref, {"detente_score": "12.5"}) for record in records[:count]]


def results(outcomes: Any) -> list[Result]:
    return [outcome.result for outcome in outcomes]


def test_writes_go_in_batches_of_a_hundred(writable: Any, portal: Any) -> None:
    outcomes = writable.write(many(writable, portal, 250))

    assert results(outcomes) == [Result.APPLIED] * 250
    assert portal.counts() == {"batch_update": 3}


def test_held_reads_in_batches_of_a_hundred(writable: Any, portal: Any) -> None:
    refs = [row.ref for row in many(writable, portal, 250)]

    assert len(writable.held(refs, FIELDS)) == 250
    assert portal.counts() == {"batch_read": 3}


def test_reading_back_takes_a_call_for_fifty_records(writable: Any, portal: Any) -> None:
    refs = [row.ref for row in many(writable, portal, 120)]
    back = writable.read_back(refs, FIELDS)

    assert {ref: told.values for ref, told in back.items()} == writable.held(refs, FIELDS)
    assert portal.counts() == {"batch_read": 3 + 2}


def replaced(connector: Any, ref: Ref) -> dict[str, str | None]:
    return dict(connector.read_back([ref], FIELDS)[ref].replaced)


def test_a_write_over_an_edit_tells_what_it_replaced(writable: Any, portal: Any) -> None:
    (row,) = rows(portal, 1)
    writable.write([row])
    portal.edit("companies", row.ref.id, detente_priority="P4")
    writable.write([FieldWrite(row.ref, {"detente_priority": "P2", "detente_score": "60.0"})])

    assert replaced(writable, row.ref) == {"detente_priority": "P4", "detente_score": "87.5"}


def test_a_write_over_a_field_that_a_person_cleared_replaced_nothing(writable: Any, portal: Any) -> None:
    (row,) = rows(portal, 1, detente_priority="P1")
    writable.write([row])
    portal.edit("companies", row.ref.id, detente_priority="")
    writable.write([FieldWrite(row.ref, {"detente_priority": "P2"})])

    assert replaced(writable, row.ref) == {"detente_priority": None}


def test_what_a_person_replaced_is_not_told(writable: Any, portal: Any) -> None:
    (row,) = rows(portal, 1)
    writable.write([row])
    portal.edit("companies", row.ref.id, detente_priority="P4", detente_score="12")

    assert replaced(writable, row.ref) == {}


def test_a_history_of_one_value_says_nothing_of_what_stood_before(writable: Any, portal: Any) -> None:
    (row,) = rows(portal, 1)
    writable.write([row])

    assert replaced(writable, row.ref) == {}


def test_a_portal_that_refuses_histories_is_read_back_without_them(
    writable: Any, portal: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (row,) = rows(portal, 1)
    writable.write([row])
    writable.write([FieldWrite(row.ref, {"detente_priority": "P2"})])
    portal.fault("companies/batch/read", status=400, body='{"category":"VALIDATION_ERROR"}')
    back = writable.read_back([row.ref], FIELDS)[row.ref]

    assert (back.values["detente_priority"], dict(back.replaced)) == ("P2", {})
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_value_that_one_row_cannot_hold_stops_no_other(writable: Any, portal: Any) -> None:
    good = rows(portal, 5)
    bad = FieldWrite(good[2].ref, {"detente_priority": "P9"})
    outcomes = writable.write([*good[:2], bad, *good[3:]])

    assert results(outcomes) == [Result.APPLIED, Result.APPLIED, Result.REJECTED, *[Result.APPLIED] * 2]
    assert "detente_priority" in outcomes[2].detail
    assert "INVALID_OPTION" in outcomes[2].detail


def test_a_batch_that_is_refused_whole_is_halved_until_the_bad_row_stands_alone(
    writable: Any, portal: Any
) -> None:
    written = rows(portal, 8)
    body = '{"status":"error","category":"VALIDATION_ERROR","message":"no"}'
    # the whole batch, its first half, the first quarter and the first row: that one is to blame
    portal.fault("companies/batch/update", times=4, status=400, body=body)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.REJECTED, *[Result.APPLIED] * 7]
    assert outcomes[0].detail == "VALIDATION_ERROR"
    assert portal.counts()["batch_update"] == 4 + 3


def test_a_record_that_is_gone_is_said_to_be_gone(writable: Any, portal: Any) -> None:
    written = rows(portal, 3)
    portal.remove("companies", written[1].ref.id)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.APPLIED, Result.GONE, Result.APPLIED]
    assert set(writable.held([row.ref for row in written], FIELDS)) == {written[0].ref, written[2].ref}


@pytest.mark.parametrize(
    "action",
    [{"drop": True, "apply": True}, {"status": 502, "body": "<html>", "apply": True}, {"drop": True}],
    ids=["dropped after it took effect", "502 after it took effect", "dropped before"],
)
def test_a_lost_answer_is_a_row_to_read_back_and_never_a_second_write(
    action: dict[str, object], writable: Any, portal: Any
) -> None:
    written = rows(portal, 3)
    portal.fault("companies/batch/update", **action)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.RETRY] * 3
    assert portal.counts()["batch_update"] == 1
    held = writable.held([row.ref for row in written], ["detente_score"])
    expected = "87.5" if action.get("apply") else None
    assert [held[row.ref]["detente_score"] for row in written] == [expected] * 3


def test_batches_after_a_lost_one_are_still_written(writable: Any, portal: Any) -> None:
    written = many(writable, portal, 250)
    portal.fault("companies/batch/update", drop=True)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.RETRY] * 100 + [Result.APPLIED] * 150


def test_a_right_that_is_lost_half_way_is_told_row_by_row(writable: Any, portal: Any) -> None:
    written = many(writable, portal, 250)
    portal.fault("companies/batch/update", after=1, times=9, status=403, body="{}")
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.APPLIED] * 100 + [Result.RETRY] * 150
    assert "scopes" in outcomes[-1].detail


def test_a_right_that_is_missing_from_the_start_is_an_access_error(
    writable: Any, connect: Any, portal: Any
) -> None:
    written = rows(portal, 3)

    with pytest.raises(AccessError, match=r"crm\.objects\.companies\.write"):
        connect("readonly").write(written)


def test_a_field_that_does_not_exist_is_told_with_what_to_do(connector: Any, portal: Any) -> None:
    outcomes = connector.write(rows(portal, 3))

    assert results(outcomes) == [Result.REJECTED] * 3
    assert "detente provision" in outcomes[0].detail


def test_a_field_that_is_not_ours_is_never_written(writable: Any, portal: Any) -> None:
    outcomes = writable.write(rows(portal, 2, name="Taken over"))

    assert results(outcomes) == [Result.REJECTED] * 2
    assert "batch_update" not in portal.counts()


def test_a_value_of_the_wrong_type_is_rejected_before_it_is_sent(writable: Any, portal: Any) -> None:
    outcomes = writable.write(rows(portal, 1, detente_score="a lot"))

    assert results(outcomes) == [Result.REJECTED]
    assert "a lot" not in outcomes[0].detail


def test_the_same_record_twice_is_never_in_one_batch(writable: Any, portal: Any) -> None:
    first = rows(portal, 1, detente_score="1.0")[0]
    portal.counts()
    outcomes = writable.write([first, FieldWrite(first.ref, {"detente_score": "2.0"})])

    assert results(outcomes) == [Result.APPLIED] * 2
    assert portal.counts()["batch_update"] == 2
    assert portal.raw("companies", first.ref.id)["detente_score"] == "2.0"


def test_records_of_two_objects_are_written_each_to_its_own(writable: Any, portal: Any) -> None:
    company = Ref("hub", "companies", portal.ids("companies", count=1)[0])
    ticket = Ref("hub", "tickets", portal.ids("tickets", count=1)[0])
    outcomes = writable.write([FieldWrite(ref, {"detente_score": "5.0"}) for ref in (company, ticket)])

    assert results(outcomes) == [Result.APPLIED] * 2
    assert portal.raw("tickets", ticket.id)["detente_score"] == "5.0"


def test_a_record_that_could_not_be_read_is_not_taken_for_gone(writable: Any, portal: Any) -> None:
    refs = [row.ref for row in rows(portal, 2)]
    error = '{"status":"error","category":"INTERNAL","message":"x","context":{"ids":["1"]}}'
    body = f'{{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{error}]}}'
    portal.fault("companies/batch/read", status=207, body=body)

    with pytest.raises(UnavailableError, match="did not read"):
        writable.held(refs, FIELDS)


def test_a_humans_edit_is_held_as_the_human_left_it(writable: Any, portal: Any) -> None:
    row = rows(portal, 1)[0]
    writable.write([row])
    portal.edit("companies", row.ref.id, detente_priority="P3", detente_score="12")

    held = writable.held([row.ref], FIELDS)[row.ref]
    assert held == {"detente_priority": "P3", "detente_score": "12.0", "detente_reason": None}
