"""Writing to an account by jobs, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from detente_contracts import (
    AccessError,
    FieldSpec,
    FieldType,
    FieldWrite,
    Kind,
    RateLimitedError,
    Ref,
    Result,
    UnavailableError,
)
from detente_contracts.testing import read_all

KEYS = ("detente_priority", "detente_score", "detente_reason")
VALUES: dict[str, str | None] = {"detente_score": "87.5", "detente_priority": "P1"}
MOOD = FieldSpec(
    name="mood",
    label="Mood",
    help="How they feel",
    type=FieldType.CHOICE,
    options=("Very good", "bad"),
    prefix="acme",
    kinds=(Kind.ACCOUNT, Kind.TICKET),
)


def organizations(connector: Any, count: int) -> list[Ref]:
    """The first organizations."""
    return [record.ref for record in read_all(connector, Kind.ACCOUNT)[0][:count]]


def tickets(desk: Any, status: str) -> list[Ref]:
    """The tickets of a status."""
    found = [row for row in desk.sandbox.get("/_sandbox/objects/tickets") if row["status"] == status]
    return [Ref("zen", "tickets", str(row["id"])) for row in found]


def open_tickets(desk: Any, count: int) -> list[Ref]:
    """The first tickets that are worked on."""
    return tickets(desk, "open")[:count]


def rows(refs: Sequence[Ref], values: dict[str, str | None] | None = None) -> list[FieldWrite]:
    return [FieldWrite(ref, values or VALUES) for ref in refs]


def results(outcomes: Any) -> list[Result]:
    return [outcome.result for outcome in outcomes]


def next_job_ends(desk: Any, *told: Any, status: str = "completed") -> None:
    """The next look at the first job of the account finds it ended so."""
    job = {"id": f"V3{1:032x}", "status": status, "results": list(told), "message": "as it is"}
    desk.fault("job_statuses/show_many", status=200, body=orjson.dumps({"job_statuses": [job]}).decode())


def running(desk: Any) -> int:
    """Jobs that have not ended, without a look at them that would let them get on."""
    jobs = desk.api("/job_statuses")["job_statuses"]
    return sum(job["status"] in ("queued", "working") for job in jobs)


def test_rows_go_in_jobs_of_a_hundred_that_are_looked_at_together(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 300)
    desk.counts()
    outcomes = writable.write(rows(refs))
    counts = desk.counts()

    assert results(outcomes) == [Result.APPLIED] * 300
    assert counts["update_many"] == 3
    assert counts["jobs"] <= 3


def test_held_is_read_a_hundred_at_a_time(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 250)
    desk.counts()

    assert len(writable.held(refs, KEYS)) == 250
    assert desk.counts() == {"show_many": 3}


@pytest.mark.parametrize("most", [2, 3])
def test_no_more_jobs_are_under_way_at_once_than_the_settings_say(
    writable: Any, connect: Any, desk: Any, clock: Any, most: int
) -> None:
    refs = organizations(writable, 310)
    seen: list[int] = []
    clock.on_sleep = lambda: seen.append(running(desk))
    outcomes = connect(jobs_at_once=most).write(rows(refs))

    assert results(outcomes) == [Result.APPLIED] * 310
    assert max(seen) == most


def test_a_record_that_comes_twice_has_the_later_value_in_the_end(
    writable: Any, desk: Any, clock: Any
) -> None:
    seen: list[int] = []
    clock.on_sleep = lambda: seen.append(running(desk))
    first = organizations(writable, 1)
    given = [*rows(first, {"detente_score": "1.0"}), *rows(first, {"detente_score": "2.0"})]
    desk.counts()

    assert results(writable.write(given)) == [Result.APPLIED] * 2
    assert desk.counts()["update_many"] == 2
    assert max(seen) == 1
    assert writable.held(first, ["detente_score"]) == {first[0]: {"detente_score": "2.0"}}


def test_a_value_that_one_row_cannot_hold_stops_no_other(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 3)
    given = [*rows(refs[:1]), *rows(refs[1:2], {"detente_priority": "P9"}), *rows(refs[2:])]
    outcomes = writable.write(given)

    assert results(outcomes) == [Result.APPLIED, Result.REJECTED, Result.APPLIED]
    assert outcomes[1].detail == "detente_priority: none of P1, P2, P3, P4"


def test_a_job_that_completed_may_hold_rows_that_failed(writable: Any, desk: Any) -> None:
    refs = open_tickets(desk, 3)
    closed = tickets(desk, "closed")[0]
    desk.remove("tickets", refs[1].id)
    outcomes = writable.write(rows([refs[0], refs[1], closed, refs[2]]))

    assert results(outcomes) == [Result.APPLIED, Result.GONE, Result.REJECTED, Result.APPLIED]
    assert "closed" in outcomes[2].detail


def test_rows_without_an_id_in_the_results_go_by_their_place(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 4)
    good = {"id": int(refs[0].id), "index": 0}
    bad = {"index": 2, "error": "OrganizationUpdateFailed", "details": "Name: cannot be blank"}
    next_job_ends(desk, bad, good, {"id": int(refs[3].id), "success": True})
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.APPLIED, Result.RETRY, Result.REJECTED, Result.APPLIED]
    assert outcomes[2].detail == "Name: cannot be blank"
    assert "did not say what became of this row" in outcomes[1].detail


def test_a_job_that_failed_as_a_whole_leaves_its_rows_to_be_read_again(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    next_job_ends(desk, status="failed")
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.RETRY] * 2
    assert "its job is failed" in outcomes[0].detail


def test_a_job_that_breaks_off_tells_the_rows_that_were_done(writable: Any, desk: Any, clock: Any) -> None:
    refs = organizations(writable, 100)

    def break_off() -> None:
        desk.advance(1.2)
        jobs = desk.api("/job_statuses")["job_statuses"]
        if any(job["status"] == "working" for job in jobs):
            desk.act("fail_job", job=jobs[-1]["id"])

    clock.on_sleep = break_off
    outcomes = writable.write(rows(refs))
    clock.on_sleep = lambda: None
    written = [ref for ref, held in writable.held(refs, ["detente_score"]).items() if held["detente_score"]]

    assert set(results(outcomes)) == {Result.APPLIED, Result.RETRY}
    assert written == [outcome.ref for outcome in outcomes if outcome.result is Result.APPLIED]


def test_a_job_that_does_not_get_on_is_left_after_a_while(connect: Any, desk: Any, clock: Any) -> None:
    connector = connect(job_wait_s=90)
    connector.provision(apply=True)
    refs = organizations(connector, 2)
    desk.act("stall_jobs", on=True)
    before = clock.slept_s
    outcomes = connector.write(rows(refs))

    assert results(outcomes) == [Result.RETRY] * 2
    assert "its job is queued" in outcomes[0].detail
    assert 90 <= clock.slept_s - before <= 100


def test_a_ticket_that_somebody_changed_is_not_written(writable: Any, desk: Any) -> None:
    still, moved = open_tickets(desk, 2)
    desk.advance(60)
    seen = writable.seen([still, moved], KEYS)
    desk.advance(1)
    desk.edit("tickets", moved.id, subject="Somebody was faster")
    outcomes = writable.write([FieldWrite(ref, VALUES, seen[ref].version) for ref in (still, moved)])
    held = writable.held([still, moved], ["detente_score"])

    assert results(outcomes) == [Result.APPLIED, Result.MOVED]
    assert [held[ref]["detente_score"] for ref in (still, moved)] == ["87.5", None]


def test_an_edit_of_our_own_field_inside_the_window_stands(writable: Any, desk: Any, clock: Any) -> None:
    (ref,) = open_tickets(desk, 1)
    desk.advance(60)
    seen = writable.seen([ref], KEYS)[ref]
    edit = {"Detente priority": "detente_p4"}

    def edit_while_the_job_waits() -> None:
        clock.on_sleep = lambda: None
        desk.edit("tickets", ref.id, **edit)
        desk.act("stall_jobs", on=False)

    desk.act("stall_jobs", on=True)
    clock.on_sleep = edit_while_the_job_waits
    desk.advance(5)
    outcomes = writable.write([FieldWrite(ref, VALUES, seen.version)])

    assert results(outcomes) == [Result.MOVED]
    assert writable.held([ref], ["detente_priority"]) == {ref: {"detente_priority": "P4"}}


def test_tags_of_a_ticket_stay_but_for_our_own(writable: Any, desk: Any) -> None:
    (ref,) = open_tickets(desk, 1)
    before = set(desk.raw("tickets", ref.id)["tags"])
    writable.write(rows([ref]))
    writable.write(rows([ref], {"detente_priority": "P2"}))

    assert set(desk.raw("tickets", ref.id)["tags"]) == before | {"detente_p2"}


def test_other_fields_of_an_organization_stay(writable: Any, desk: Any) -> None:
    (ref,) = organizations(writable, 1)
    before = desk.raw("organizations", ref.id)
    writable.write(rows([ref]))
    after = desk.raw("organizations", ref.id)

    assert after["organization_fields"] == {
        **before["organization_fields"],
        "detente_score": 87.5,
        "detente_priority": "detente_org_p1",
    }
    assert (after["domain_names"], after["tags"]) == (before["domain_names"], before["tags"])


def test_a_plugins_own_field_is_written_by_its_option(connect: Any, desk: Any) -> None:
    connector = connect(fields=(MOOD,))
    connector.provision(apply=True)
    refs = [*organizations(connector, 1), *open_tickets(desk, 1)]
    for ref in refs:
        assert results(connector.write(rows([ref], {"acme_mood": "Very good"}))) == [Result.APPLIED]
        assert connector.held([ref], ["acme_mood"]) == {ref: {"acme_mood": "Very good"}}

    assert "acme_mood_very_good" in desk.raw("tickets", refs[1].id)["tags"]


@pytest.mark.parametrize(
    "action",
    [{"drop": True, "apply": True}, {"status": 502, "body": "<html>", "apply": True}, {"drop": True}],
    ids=["dropped after the job was queued", "502 after the job was queued", "dropped before"],
)
def test_a_lost_answer_is_a_row_to_read_back_and_never_a_second_job(
    action: dict[str, object], writable: Any, desk: Any
) -> None:
    refs = organizations(writable, 3)
    desk.fault("organizations/update_many", method="PUT", **action)
    desk.counts()
    outcomes = writable.write(rows(refs))
    desk.advance(60)
    expected = "87.5" if action.get("apply") else None

    assert results(outcomes) == [Result.RETRY] * 3
    assert desk.counts()["update_many"] == 1
    held = writable.held(refs, ["detente_score"])
    assert [held[ref]["detente_score"] for ref in refs] == [expected] * 3


def test_jobs_after_a_lost_one_are_still_queued(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 250)
    desk.fault("organizations/update_many", method="PUT", drop=True)
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.RETRY] * 100 + [Result.APPLIED] * 150


def test_a_request_that_is_refused_whole_is_halved_until_the_bad_row_stands_alone(
    writable: Any, desk: Any
) -> None:
    refs = organizations(writable, 8)
    details = {"base": [{"description": "Region: is required"}]}
    body = orjson.dumps({"error": "RecordInvalid", "description": "x", "details": details}).decode()
    # the whole request, its first half, the first quarter and the first row: that one is to blame
    desk.fault("organizations/update_many", method="PUT", times=4, status=422, body=body)
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.REJECTED] + [Result.APPLIED] * 7
    assert outcomes[0].detail == "Region: is required"
    assert desk.counts()["update_many"] == 4 + 3


def test_a_full_job_queue_is_waited_for(writable: Any, desk: Any, clock: Any) -> None:
    refs = organizations(writable, 3)
    body = {"organizations": [{"id": int(refs[2].id), "details": "of another integration"}]}
    for _ in range(30):
        desk.api("/organizations/update_many", "PUT", body)
    before = clock.slept_s
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.APPLIED] * 3
    assert clock.slept_s - before >= 10


def test_a_job_queue_that_stays_full_is_told_and_nothing_was_written(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    desk.fault(
        "organizations/update_many", method="PUT", times=99, status=429, body='{"error": "TooManyJobs"}'
    )

    with pytest.raises(RateLimitedError):
        writable.write(rows(refs))


def test_a_right_that_is_lost_half_way_is_told_row_by_row(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 250)
    desk.fault("organizations/update_many", method="PUT", after=1, times=9, status=403, body="{}")
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.APPLIED] * 100 + [Result.RETRY] * 150


def test_a_right_that_is_missing_from_the_start_is_an_access_error(
    writable: Any, connect: Any, desk: Any
) -> None:
    refs = organizations(writable, 1)

    with pytest.raises(AccessError, match=r"required scopes: .*write"):
        connect("readonly", scope="read").write(rows(refs))


def test_jobs_that_cannot_be_looked_at_leave_their_rows_to_be_read_back(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    desk.fault("job_statuses/show_many", times=99, status=503, body="")
    outcomes = writable.write(rows(refs))

    assert results(outcomes) == [Result.RETRY] * 2


def test_a_look_that_tells_nothing_of_a_job_is_taken_again(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    desk.fault("job_statuses/show_many", times=2, status=200, body='{"job_statuses": []}')

    assert results(writable.write(rows(refs))) == [Result.APPLIED] * 2


def test_a_field_that_does_not_exist_is_told_with_what_to_do(connector: Any, desk: Any) -> None:
    refs = [*organizations(connector, 1), *open_tickets(desk, 1)]
    desk.counts()
    outcomes = connector.write(rows(refs))

    assert results(outcomes) == [Result.REJECTED] * 2
    assert all("detente provision" in outcome.detail for outcome in outcomes)
    assert "update_many" not in desk.counts()


def test_a_row_whose_id_is_no_number_is_rejected_in_words(writable: Any) -> None:
    told = writable.write([FieldWrite(Ref("zen", "tickets", "12a"), {"detente_score": "1"})])

    assert [(one.result, one.detail) for one in told] == [(Result.REJECTED, "'12a' is no id of Zendesk's")]


def test_a_field_that_is_not_ours_is_never_written(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    outcomes = writable.write(rows(refs, {"name": "Taken over"}))

    assert results(outcomes) == [Result.REJECTED] * 2
    assert "update_many" not in desk.counts()


def test_records_of_two_objects_are_written_each_to_its_own(writable: Any, desk: Any) -> None:
    refs = [*organizations(writable, 1), *open_tickets(desk, 1)]
    outcomes = writable.write(rows(refs, {"detente_score": "5.0"}))

    assert results(outcomes) == [Result.APPLIED] * 2
    assert all(writable.held([ref], ["detente_score"])[ref]["detente_score"] == "5.0" for ref in refs)


def test_a_record_that_could_not_be_read_is_not_taken_for_gone(writable: Any, desk: Any) -> None:
    refs = organizations(writable, 2)
    desk.fault("organizations/show_many", status=200, body="{}")

    with pytest.raises(UnavailableError, match="without organizations"):
        writable.held(refs, KEYS)


def test_a_humans_edit_is_held_as_the_human_left_it(writable: Any, desk: Any) -> None:
    (ref,) = organizations(writable, 1)
    writable.write(rows([ref]))
    desk.edit("organizations", ref.id, detente_priority="detente_org_p3", detente_score=12)

    held = writable.held([ref], KEYS)[ref]
    assert held == {"detente_priority": "P3", "detente_score": "12.0", "detente_reason": None}
