"""Changing many records: jobs and their rows. Section 4.2 of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Ended = Callable[[str, Json], Json]
FIRST = 5_100_000_001
MANY = "/api/v2/organizations/update_many"


def noted(*numbers: int) -> Json:
    return {"organizations": [{"id": number, "notes": f"note {number}"} for number in numbers]}


def status(zendesk: SandboxProcess, job: str) -> Json:
    told: Json = zendesk.api("GET", f"/api/v2/job_statuses/{job}.json", app="sync").json()["job_status"]
    return told


def start(zendesk: SandboxProcess, body: Json, path: str = MANY) -> str:
    answer = zendesk.api("PUT", path, body, "sync")
    assert answer.status_code == 200, answer.text
    told: str = answer.json()["job_status"]["id"]
    return told


def test_job_is_queued_then_works_then_completes_on_the_clock(zendesk: SandboxProcess) -> None:
    answer = zendesk.api("PUT", MANY, noted(*range(FIRST, FIRST + 60)), "sync").json()["job_status"]
    states, progress = [answer["status"]], [answer["progress"]]
    while states[-1] not in ("completed", "failed"):
        zendesk.advance(0.5)
        told = status(zendesk, answer["id"])
        states.append(told["status"])
        progress.append(told["progress"])

    assert list(dict.fromkeys(states)) == ["queued", "working", "completed"]
    assert (answer["total"], progress[0], progress[-1]) == (60, None, 60)
    assert answer["url"].endswith(f"/api/v2/job_statuses/{answer['id']}.json")
    assert [row["id"] for row in told["results"]] == list(range(FIRST, FIRST + 60))


def test_job_gets_on_by_being_looked_at_for_who_waits_on_another_clock(zendesk: SandboxProcess) -> None:
    job = start(zendesk, noted(FIRST))
    states = [status(zendesk, job)["status"] for _ in range(3)]

    assert states[-1] == "completed"


def test_completed_job_can_hold_failed_rows(ended: Ended) -> None:
    body = noted(FIRST, 99)
    body["organizations"].append({"id": FIRST + 1, "organization_fields": {"arr": "much"}})
    told = ended("organizations/update_many", body)

    assert told["status"] == "completed"
    assert [(row["id"], row["success"], row.get("error")) for row in told["results"]] == [
        (FIRST, True, None),
        (99, False, "OrganizationNotFound"),
        (FIRST + 1, False, "OrganizationUpdateFailed"),
    ]
    assert told["results"][0]["status"] == "Updated"
    assert "ARR: must be a number" in told["results"][2]["details"]


def test_job_without_any_good_row_has_failed(ended: Ended) -> None:
    assert ended("organizations/update_many", noted(99))["status"] == "failed"


def test_same_change_for_many_by_ids_or_numbers(zendesk: SandboxProcess, ended: Ended) -> None:
    row = zendesk.get(f"/_sandbox/objects/organizations/{FIRST + 2}")
    body = {"organization": {"notes": "same"}}
    ended(f"organizations/update_many.json?ids={FIRST},{FIRST + 1}", body)
    ended(f"organizations/update_many?external_ids={row['external_id']}", body)
    notes = [zendesk.get(f"/_sandbox/objects/organizations/{FIRST + place}")["notes"] for place in range(4)]

    assert notes == ["same", "same", "same", None]


@pytest.mark.parametrize("kind", ["organizations", "tickets"])
def test_more_than_a_hundred_rows_are_refused(zendesk: SandboxProcess, kind: str) -> None:
    body = {kind: [{"id": number} for number in range(101)]}
    answer = zendesk.api("PUT", f"/api/v2/{kind}/update_many", body, "sync")

    assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")


def test_thirty_first_job_is_refused_with_those_that_run(
    zendesk: SandboxProcess, act: Callable[..., Any]
) -> None:
    act("stall_jobs", on=True)
    jobs = [start(zendesk, noted(FIRST + place)) for place in range(30)]
    refused = zendesk.api("PUT", MANY, noted(FIRST), "sync")
    act("stall_jobs", on=False)
    zendesk.advance(10)
    answer = zendesk.api("PUT", MANY, noted(FIRST), "sync")

    assert (refused.status_code, refused.json()["error"]) == (429, "TooManyJobs")
    assert refused.json()["current_job_ids"] == jobs
    assert answer.headers["Zendesk-RateLimit-inflight-jobs"] == "total=30; remaining=29; resets=60"


def test_data_of_a_job_is_gone_after_a_day(zendesk: SandboxProcess) -> None:
    job = start(zendesk, noted(FIRST))
    zendesk.advance(86_000)
    before = zendesk.api("GET", f"/api/v2/job_statuses/{job}")
    zendesk.advance(800)
    after = zendesk.api("GET", f"/api/v2/job_statuses/{job}")

    assert before.json()["job_status"]["status"] == "completed"
    assert (after.status_code, after.json()["error"]) == (404, "RecordNotFound")


def test_job_that_breaks_off_leaves_rows_untold(zendesk: SandboxProcess, act: Callable[..., Any]) -> None:
    job = start(zendesk, noted(*range(FIRST, FIRST + 50)))
    zendesk.advance(1.5)
    act("fail_job", job=job)
    told = status(zendesk, job)

    assert told["status"] == "failed"
    assert [row["id"] for row in told["results"]] == list(range(FIRST, FIRST + 25))


def test_jobs_can_be_looked_up_together_and_listed(zendesk: SandboxProcess) -> None:
    jobs = [start(zendesk, noted(FIRST + place)) for place in range(3)]
    many = zendesk.api("GET", f"/api/v2/job_statuses/show_many?ids={','.join(jobs[:2])},gone").json()
    whole = zendesk.api("GET", "/api/v2/job_statuses").json()

    assert [row["id"] for row in many["job_statuses"]] == jobs[:2]
    assert [row["id"] for row in whole["job_statuses"]] == jobs


def changed_by_hand(zendesk: SandboxProcess, ticket: int) -> None:
    zendesk.patch(f"/_sandbox/objects/tickets/{ticket}", {"properties": {"priority": "urgent"}})


def test_ticket_changed_after_queueing_is_a_conflict_in_its_row(
    zendesk: SandboxProcess, open_ticket: Json
) -> None:
    number = open_ticket["id"]
    body = {"tickets": [{"id": number, "priority": "low"}]}
    job = start(zendesk, body, "/api/v2/tickets/update_many")
    zendesk.advance(0.2)
    changed_by_hand(zendesk, number)
    zendesk.advance(10)
    told = status(zendesk, job)

    assert [(row["id"], row["error"]) for row in told["results"]] == [(number, "UpdateConflict")]
    assert zendesk.get(f"/_sandbox/objects/tickets/{number}")["priority"] == "urgent"


def test_row_with_an_outlived_stamp_is_a_conflict(
    zendesk: SandboxProcess, ended: Ended, open_ticket: Json
) -> None:
    number, stamp = open_ticket["id"], open_ticket["updated_at"]
    zendesk.advance(5)
    changed_by_hand(zendesk, number)
    row = {"id": number, "priority": "low", "safe_update": True, "updated_stamp": stamp}
    told = ended("tickets/update_many", {"tickets": [row]})

    assert told["results"][0]["error"] == "UpdateConflict"
    fresh = {**row, "updated_stamp": "2026-11-03T10:00:05+01:00"}
    assert ended("tickets/update_many", {"tickets": [fresh]})["results"][0]["success"] is True


def test_row_that_asks_for_a_safe_update_without_a_stamp_fails(ended: Ended, open_ticket: Json) -> None:
    told = ended("tickets/update_many", {"tickets": [{"id": open_ticket["id"], "safe_update": True}]})

    assert told["results"][0]["success"] is False


def test_tags_are_added_and_removed_in_bulk_without_replacing(
    zendesk: SandboxProcess, ended: Ended, open_ticket: Json
) -> None:
    number = open_ticket["id"]
    ended("tickets/update_many", {"tickets": [{"id": number, "tags": ["a", "b"]}]})
    ended(f"tickets/update_many?ids={number}", {"ticket": {"additional_tags": ["c"], "remove_tags": ["a"]}})

    assert zendesk.get(f"/_sandbox/objects/tickets/{number}")["tags"] == ["b", "c"]


def test_rows_of_created_records_have_an_index_and_failed_ones_no_id(zendesk: SandboxProcess) -> None:
    rows = [{"subject": "s", "comment": {"body": "b"}}, {"subject": "without a comment"}]
    job = zendesk.api("POST", "/api/v2/tickets/create_many", {"tickets": rows}).json()["job_status"]["id"]
    zendesk.advance(10)
    good, bad = status(zendesk, job)["results"]

    assert good["index"] == 0
    assert zendesk.api("GET", f"/api/v2/tickets/{good['id']}").json()["ticket"]["subject"] == "s"
    assert bad == {"index": 1, "error": "TicketCreateFailed", "details": "Description: cannot be blank"}


def test_name_taken_between_two_rows_fails_the_second(zendesk: SandboxProcess) -> None:
    body = {"organizations": [{"name": "Twice"}, {"name": "Twice"}]}
    job = zendesk.api("POST", "/api/v2/organizations/create_many", body).json()["job_status"]["id"]
    zendesk.advance(10)

    assert ["id" in row for row in status(zendesk, job)["results"]] == [True, False]


def test_one_record_in_two_rows_is_not_guessed(wild: SandboxProcess) -> None:
    assert wild.api("PUT", MANY, noted(FIRST, FIRST), "sync").status_code == 501
