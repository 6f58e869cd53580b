"""Writing to an org over HTTP, and what goes wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from detente_contracts import AccessError, FieldWrite, Outcome, Ref, Result, UnavailableError

FIELDS = ("detente_priority", "detente_score", "detente_reason")
SCORE = {"detente_score": "87.5", "detente_priority": "P1"}


def rows(org: Any, count: int, name: str = "Account", **values: str | None) -> list[FieldWrite]:
    """The same values for the first `count` records."""
    return [FieldWrite(Ref("sf", name, id_), values or SCORE) for id_ in org.ids(name, count=count)]


def results(outcomes: Sequence[Outcome]) -> list[Result]:
    return [outcome.result for outcome in outcomes]


def asked(connector: Any) -> Any:
    """Calls from now on, by purpose."""
    calls = connector.connection.open().transport.calls
    calls.clear()
    return calls


def test_writes_go_in_as_few_calls_as_the_vendor_takes(writable: Any, org: Any) -> None:
    written = rows(org, 1000, "Opportunity")
    assert 200 < len(written) <= 400
    calls = asked(writable)
    told = writable.write(written)

    assert results(told) == [Result.APPLIED] * len(written)
    assert calls == {"update": 2}


def test_held_asks_for_three_hundred_records_a_call_and_only_for_our_fields(writable: Any, org: Any) -> None:
    refs = [row.ref for row in rows(org, 1000, "Opportunity")]
    calls = asked(writable)
    held = writable.held(refs, FIELDS)

    assert set(held) == set(refs)
    assert calls == {"query": -(-len(refs) // 300)}
    assert {frozenset(values) for values in held.values()} == {frozenset(FIELDS)}


def test_a_value_that_one_row_cannot_hold_stops_no_other(writable: Any, org: Any) -> None:
    good = rows(org, 5)
    bad = FieldWrite(good[2].ref, {"detente_priority": "P9"})
    outcomes = writable.write([*good[:2], bad, *good[3:]])

    assert results(outcomes) == [Result.APPLIED, Result.APPLIED, Result.REJECTED, *[Result.APPLIED] * 2]
    assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in outcomes[2].detail
    assert org.raw("Account", good[2].ref.id)["Detente_Score__c"] is None


def test_a_success_in_which_every_row_failed_is_no_success(writable: Any, org: Any) -> None:
    outcomes = writable.write(rows(org, 3, detente_priority="P9"))

    assert results(outcomes) == [Result.REJECTED] * 3


def test_a_record_that_is_gone_is_said_to_be_gone(writable: Any, org: Any) -> None:
    written = rows(org, 3, "Opportunity")
    org.remove("Opportunity", written[1].ref.id)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.APPLIED, Result.GONE, Result.APPLIED]
    assert set(writable.held([row.ref for row in written], FIELDS)) == {written[0].ref, written[2].ref}


def test_a_locked_row_is_tried_again_without_the_others(writable: Any, org: Any, clock: Any) -> None:
    written = rows(org, 6)
    org.act("lock", ids=[written[4].ref.id], tries=2)
    calls = asked(writable)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.APPLIED] * 6
    assert (calls["update"], clock.slept_s) == (3, 1 + 3)


def test_a_row_that_stays_locked_is_left_for_later_and_stops_no_other(writable: Any, org: Any) -> None:
    written = rows(org, 4)
    org.act("lock", ids=[written[0].ref.id], tries=99)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.RETRY, *[Result.APPLIED] * 3]
    assert "locked" in outcomes[0].detail


@pytest.mark.parametrize(
    "action",
    [{"drop": True, "apply": True}, {"status": 502, "body": "<html>", "apply": True}, {"drop": True}],
    ids=["dropped after it took effect", "502 after it took effect", "dropped before"],
)
def test_a_lost_answer_is_a_row_to_read_back_and_never_a_second_write(
    action: dict[str, object], writable: Any, org: Any
) -> None:
    written = rows(org, 3)
    org.fault("composite/sobjects", method="PATCH", **action)
    calls = asked(writable)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.RETRY] * 3
    assert calls["update"] == 1
    held = writable.held([row.ref for row in written], ["detente_score"])
    expected = "87.5" if action.get("apply") else None
    assert [held[row.ref]["detente_score"] for row in written] == [expected] * 3


def test_an_answer_with_fewer_results_than_rows_is_believed_for_none(writable: Any, org: Any) -> None:
    written = rows(org, 3)
    one = {"id": written[0].ref.id, "success": True, "errors": []}
    org.fault("composite/sobjects", method="PATCH", status=200, body=[one])

    assert results(writable.write(written)) == [Result.RETRY] * 3


def test_a_call_that_is_refused_whole_is_halved_until_the_bad_row_stands_alone(
    writable: Any, org: Any
) -> None:
    written = rows(org, 8)
    body = [{"errorCode": "JSON_PARSER_ERROR", "message": "no"}]
    # the whole call, its first half, the first quarter and the first row: that one is to blame
    org.fault("composite/sobjects", method="PATCH", times=4, status=400, body=body)
    outcomes = writable.write(written)

    assert results(outcomes) == [Result.REJECTED, *[Result.APPLIED] * 7]
    assert outcomes[0].detail == "JSON_PARSER_ERROR"


def test_batches_after_a_lost_one_are_still_written(writable: Any, org: Any) -> None:
    accounts, deals = rows(org, 3), rows(org, 3, "Opportunity")
    org.fault("composite/sobjects", method="PATCH", drop=True)

    assert results(writable.write([*accounts, *deals])) == [Result.RETRY] * 3 + [Result.APPLIED] * 3


def test_a_right_that_is_lost_half_way_is_told_row_by_row(writable: Any, org: Any) -> None:
    accounts, deals = rows(org, 3), rows(org, 3, "Opportunity")
    body = [{"errorCode": "API_DISABLED_FOR_ORG", "message": "The REST API is not enabled"}]
    org.fault("composite/sobjects", method="PATCH", after=1, times=9, status=403, body=body)
    outcomes = writable.write([*accounts, *deals])

    assert results(outcomes) == [Result.APPLIED] * 3 + [Result.RETRY] * 3
    assert "API_DISABLED_FOR_ORG" in outcomes[-1].detail


def test_a_right_that_is_missing_from_the_start_is_an_access_error(writable: Any, org: Any) -> None:
    body = [{"errorCode": "API_DISABLED_FOR_ORG", "message": "The REST API is not enabled"}]
    org.fault("composite/sobjects", method="PATCH", status=403, body=body)

    with pytest.raises(AccessError, match="API_DISABLED_FOR_ORG"):
        writable.write(rows(org, 3))


def test_a_user_who_may_not_edit_is_told_so_for_each_row(writable: Any, connect: Any, org: Any) -> None:
    outcomes = connect("readonly").write(rows(org, 2))

    assert results(outcomes) == [Result.REJECTED] * 2
    assert outcomes[0].detail


def test_a_field_that_does_not_exist_is_told_with_what_to_do(connector: Any, org: Any) -> None:
    outcomes = connector.write(rows(org, 3))

    assert results(outcomes) == [Result.REJECTED] * 3
    assert "detente provision" in outcomes[0].detail


def test_a_field_that_is_not_ours_is_never_written(writable: Any, org: Any) -> None:
    calls = asked(writable)
    outcomes = writable.write(rows(org, 2, Name="Taken over"))

    assert results(outcomes) == [Result.REJECTED] * 2
    assert calls == {}


def test_a_value_of_the_wrong_type_is_rejected_before_it_is_sent(writable: Any, org: Any) -> None:
    outcomes = writable.write(rows(org, 1, detente_score="a lot"))

    assert results(outcomes) == [Result.REJECTED]
    assert "a lot" not in outcomes[0].detail


def test_the_same_record_twice_is_never_in_one_call(writable: Any, org: Any) -> None:
    first = rows(org, 1, detente_score="1.0")[0]
    calls = asked(writable)
    outcomes = writable.write([first, FieldWrite(first.ref, {"detente_score": "2.0"})])

    assert results(outcomes) == [Result.APPLIED] * 2
    assert calls["update"] == 2
    assert org.raw("Account", first.ref.id)["Detente_Score__c"] == 2.0


def test_records_that_could_not_be_read_are_not_taken_for_gone(writable: Any, org: Any) -> None:
    refs = [row.ref for row in rows(org, 2)]
    org.fault("/query", times=50, status=503, body="<html>")

    with pytest.raises(UnavailableError):
        writable.held(refs, FIELDS)


def test_an_id_that_salesforce_cannot_have_is_held_nowhere_and_reaches_no_query(writable: Any) -> None:
    odd = Ref("sf", "Account", "x' OR Name != '")

    assert writable.held([odd], FIELDS) == {}


def test_a_humans_edit_is_held_as_the_human_left_it(writable: Any, org: Any) -> None:
    row = rows(org, 1)[0]
    writable.write([row])
    org.edit("Account", row.ref.id, Detente_Priority__c="P3", Detente_Score__c=12)

    held = writable.held([row.ref], FIELDS)[row.ref]
    assert held == {"detente_priority": "P3", "detente_score": "12.0", "detente_reason": None}


def test_our_fields_hidden_from_the_user_are_left_out_and_not_empty(
    writable: Any, connect: Any, org: Any
) -> None:
    ref = rows(org, 1)[0].ref
    org.app("admin", hidden=["Account.Detente_Reason__c"])

    assert set(writable.held([ref], FIELDS)[ref]) == {"detente_priority", "detente_score"}
    assert "Account.Detente_Reason__c" in writable.missing_fields()


def test_writing_changes_no_owner_and_fires_no_assignment(writable: Any, org: Any) -> None:
    case = next(row for row in org.rows("Case") if row["OwnerId"].startswith("00G"))
    writable.write([FieldWrite(Ref("sf", "Case", case["Id"]), {"detente_score": "5.0"})])
    after = org.raw("Case", case["Id"])

    changed = {name for name, value in case.items() if after[name] != value}
    assert changed - {"Detente_Score__c"} <= {"SystemModstamp", "LastModifiedDate", "LastModifiedById"}
