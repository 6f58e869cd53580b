"""How Salesforce says no, told from its answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from detente_connector_kit import Reply
from detente_contracts import Result
from detente_salesforce.manners import SalesforceManners, missing_column
from detente_salesforce.row_errors import is_locked, verdict

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
MANNERS = SalesforceManners(0.8, 0.95)


def errors(code: str, message: str = "") -> dict[str, Any]:
    return {"errors": [{"errorCode": code, "message": message}]}


@pytest.mark.parametrize(
    ("message", "wait_s"),
    [
        ("TotalRequests Limit exceeded.", 900.0),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", 5.0),
    ],
)
def test_a_limit_closes_the_day_for_as_long_as_it_is_likely_to_last(message: str, wait_s: float) -> None:
    body = errors("REQUEST_LIMIT_EXCEEDED", message)

    assert MANNERS.limited(Reply(403, {}, b""), body, NOW) == ("day", wait_s)


def test_a_missing_right_closes_nothing() -> None:
    assert MANNERS.limited(Reply(403, {}, b""), errors("INSUFFICIENT_ACCESS"), NOW) is None


@pytest.mark.parametrize(
    ("usage", "spent"),
    [
        ("api-usage=11999/15000", []),
        ("api-usage=12000/15000", ["reading"]),
        ("api-usage=14249/15000; per-app-api-usage=17/250(appName=x)", ["reading"]),
        ("api-usage=14250/15000", ["day", "reading"]),
        ("", []),
        ("api-usage=nonsense", []),
    ],
)
def test_reading_pauses_before_everything_does(usage: str, spent: list[str]) -> None:
    assert sorted(MANNERS.spent({"Sforce-Limit-Info": usage})) == spent


def test_the_days_calls_are_as_answers_tell_them() -> None:
    limits = MANNERS.limits({"Sforce-Limit-Info": "api-usage=18/100000"})

    assert limits == {"day": (100_000, 86_400.0), "reading": (100_000, 86_400.0)}


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (
            {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"},
            "Pre-authorise",
        ),
        ({"error": "invalid_grant", "error_description": "audience is invalid"}, "my_domain"),
        ({"error": "invalid_client", "error_description": "invalid client credentials"}, "client_secret"),
        ({"error": "invalid_client_id", "error_description": "client identifier invalid"}, "client_id"),
        ({"error": "app_not_found"}, "client_id"),
        ({"error": "something_new"}, "External Client App"),
    ],
)
def test_a_refused_sign_in_says_what_to_do(body: dict[str, str], hint: str) -> None:
    message, said = MANNERS.explain(400, body)

    assert body["error"] in message
    assert hint in said


def test_a_refusal_never_repeats_the_query() -> None:
    secret = "SELECT Id FROM Account WHERE Name = 'Ms Private'"

    assert "Private" not in " ".join(MANNERS.explain(400, errors("MALFORMED_QUERY", secret)))


def test_a_field_that_is_hidden_from_the_user_is_told_by_name() -> None:
    body = errors(
        "INVALID_FIELD", "\nSELECT X__c FROM Account\n ^\nNo such column 'X__c' on entity 'Account'."
    )

    assert missing_column(body) == "X__c"
    assert missing_column(errors("MALFORMED_QUERY", "No such column 'X__c'")) is None


def row_error(code: str, message: str = "said so", *fields: str) -> list[dict[str, Any]]:
    return [{"statusCode": code, "message": message, "fields": list(fields)}]


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("UNABLE_TO_LOCK_ROW", Result.RETRY),
        ("UNKNOWN_EXCEPTION", Result.RETRY),
        ("ENTITY_IS_DELETED", Result.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", Result.GONE),
        ("STRING_TOO_LONG", Result.REJECTED),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", Result.REJECTED),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Result.REJECTED),
        ("A_CODE_NOBODY_KNOWS", Result.REJECTED),
    ],
)
def test_a_rows_error_says_what_becomes_of_it(code: str, result: Result) -> None:
    assert verdict(row_error(code))[0] is result


def test_the_orgs_own_rule_is_told_in_its_words_and_a_value_is_not() -> None:
    rule = verdict(row_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ask Kim first", "Detente_Priority__c"))[1]
    long = verdict(row_error("STRING_TOO_LONG", "data value too large: Ms Private", "Detente_Reason__c"))[1]

    assert rule == "Detente_Priority__c: FIELD_CUSTOM_VALIDATION_EXCEPTION (Ask Kim first)"
    assert long == "Detente_Reason__c: STRING_TOO_LONG"


def test_what_a_flow_wrote_is_cut_and_moves_no_terminals_cursor() -> None:
    flow = verdict(row_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "\x1b[2J no\r\nway " + "x" * 5000))[1]

    assert flow.startswith("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY ([2J no way xxx")
    assert flow.isprintable()
    assert len(flow) < 300


def test_a_field_that_cannot_be_written_says_what_to_do() -> None:
    detail = verdict(row_error("INVALID_FIELD_FOR_INSERT_UPDATE", "", "Detente_Score__c"))[1]

    assert "detente provision" in detail


def test_a_lock_inside_an_automation_is_a_lock() -> None:
    wrapped = row_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Flow: UNABLE_TO_LOCK_ROW, unable to obtain")

    assert is_locked(wrapped)
    assert verdict(wrapped)[0] is Result.RETRY
    assert not is_locked(row_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Flow: no"))
