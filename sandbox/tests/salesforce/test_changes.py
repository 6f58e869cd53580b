"""What was changed and deleted, how much there is, and targets that run on the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller


def test_ids_that_were_changed_in_a_span(org: SandboxProcess, sync: Caller, account_ids: list[str]) -> None:
    org.advance(60)
    sync.done("PATCH", f"sobjects/Account/{account_ids[3]}", {"Rating": "Hot"})
    org.advance(60)
    span = {"start": "2026-11-03T09:00:30+00:00", "end": "2026-11-03T09:02:00+00:00"}
    told = sync.done("GET", "sobjects/Account/updated/", params=span)

    assert told == {"ids": [account_ids[3]], "latestDateCovered": "2026-11-03T09:02:00.000+0000"}


def test_ids_that_were_deleted_in_a_span(org: SandboxProcess, sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Gone"})["id"]
    sync.done("DELETE", f"sobjects/Account/{made}")
    org.advance(60)
    span = {"start": "2026-11-03T08:00:00Z", "end": "2026-11-03T10:00:00Z"}
    told = sync.done("GET", "sobjects/Account/deleted", params=span)

    assert told["deletedRecords"] == [{"id": made, "deletedDate": "2026-11-03T09:00:00.000+0000"}]
    assert told["latestDateCovered"] == "2026-11-03T09:01:00.000+0000"
    assert told["earliestDateAvailable"] == "2026-10-19T09:01:00.000+0000"


def test_span_that_reaches_back_too_far_is_refused(sync: Caller) -> None:
    span = {"start": "2026-09-01T00:00:00Z", "end": "2026-11-03T00:00:00Z"}
    answers = [sync.ask("GET", f"sobjects/Account/{word}", params=span) for word in ("updated", "deleted")]

    assert [answer.json()[0]["errorCode"] for answer in answers] == ["INVALID_REPLICATION_DATE"] * 2


def test_records_are_counted_by_type(sync: Caller) -> None:
    told = sync.done("GET", "limits/recordCount?sObjects=Account,Case,Nothing")

    assert told == {"sObjects": [{"count": 40, "name": "Account"}, {"count": 120, "name": "Case"}]}


# -- targets -----------------------------------------------------------------------------------------------


def test_target_is_violated_when_its_time_has_come(org: SandboxProcess, sync: Caller) -> None:
    soql = (
        "SELECT Id, TargetDate, IsViolated, TimeRemainingInMins FROM CaseMilestone WHERE IsCompleted = false"
    )
    before = [row for row in sync.rows(f"{soql} ORDER BY TargetDate") if not row["IsViolated"]]
    stamp = "SELECT Id, SystemModstamp FROM CaseMilestone"
    stamps = sync.rows(stamp)
    org.advance(40 * 86_400)
    sync.sign_in()
    after = {row["Id"]: row for row in sync.rows(soql)}

    assert before and all(row["TimeRemainingInMins"] for row in before)
    assert all(after[row["Id"]]["IsViolated"] for row in before)
    assert sync.rows(stamp) == stamps


def test_closing_a_case_completes_its_targets(org: SandboxProcess, sync: Caller) -> None:
    soql = "SELECT CaseId FROM CaseMilestone WHERE IsCompleted = false AND MilestoneType.Name = 'Resolution'"
    case = sync.rows(soql)[0]["CaseId"]
    sync.done("PATCH", f"sobjects/Case/{case}", {"Status": "Closed"})
    shown = sync.done("GET", f"sobjects/Case/{case}")

    assert shown["IsClosed"] and shown["ClosedDate"] == "2026-11-03T09:00:00.000+0000"
    assert case not in {row["CaseId"] for row in sync.rows(soql)}


def test_targets_are_read_and_completed_but_never_made(sync: Caller) -> None:
    row = sync.rows("SELECT Id FROM CaseMilestone WHERE IsCompleted = false LIMIT 1")[0]
    made = sync.ask("POST", "sobjects/CaseMilestone", {"TargetDate": "2026-12-01T00:00:00Z"})
    sync.done("PATCH", f"sobjects/CaseMilestone/{row['Id']}", {"CompletionDate": "2026-11-03T08:00:00Z"})

    assert made.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert sync.done("GET", f"sobjects/CaseMilestone/{row['Id']}")["IsCompleted"]
