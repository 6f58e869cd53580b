"""What an org refuses, limits and breaks, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from detente_contracts import (
    AccessError,
    ConfigurationError,
    FieldWrite,
    Kind,
    RateLimitedError,
    Result,
    Severity,
    UnavailableError,
)
from detente_contracts.testing import read_all


def test_reading_pauses_when_others_have_used_the_day_and_writing_goes_on(writable: Any, org: Any) -> None:
    ref = writable.read(Kind.ACCOUNT, None, 1).records[0].ref
    org.act("use_calls", calls=int(0.85 * org.ask("GET", "/limits")["daily"]))
    told = writable.write([FieldWrite(ref, {"detente_score": "1.0"})])

    assert [outcome.result for outcome in told] == [Result.APPLIED]
    with pytest.raises(RateLimitedError) as caught:
        writable.read(Kind.ACCOUNT, None, 10)
    assert caught.value.retry_after_s <= 900


def test_everything_pauses_before_the_last_calls_of_the_day(writable: Any, org: Any) -> None:
    ref = writable.read(Kind.ACCOUNT, None, 1).records[0].ref
    org.act("use_calls", calls=int(0.96 * org.ask("GET", "/limits")["daily"]))
    writable.held([ref], ["detente_score"])

    with pytest.raises(RateLimitedError):
        writable.write([FieldWrite(ref, {"detente_score": "1.0"})])


def test_reading_goes_on_when_calls_come_back(connector: Any, org: Any) -> None:
    connector.read(Kind.ACCOUNT, None, 10)
    org.act("use_calls", calls=int(0.85 * org.ask("GET", "/limits")["daily"]))
    assert connector.missing_fields()
    org.ask("PUT", "/limits", {"daily": 10_000_000})
    org.advance(900)

    assert connector.read(Kind.ACCOUNT, None, 10).records


def test_a_day_that_is_used_up_is_told_at_once(connector: Any, org: Any, clock: Any) -> None:
    org.ask("PUT", "/limits", {"daily": 0})

    with pytest.raises(RateLimitedError) as caught:
        connector.read(Kind.ACCOUNT, None, 10)
    assert (caught.value.retry_after_s, clock.slept_s) == (900, 0)


def test_too_many_calls_at_once_are_waited_for(connector: Any, org: Any, clock: Any) -> None:
    org.act("refuse_calls", times=2)
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == len(org.rows("Account"))
    assert clock.slept_s > 9


def test_pages_of_html_and_cut_bodies_are_asked_for_again(connector: Any, org: Any) -> None:
    org.fault("/query", status=503, body="<html>Down for maintenance</html>")
    org.fault("/query", status=200, body="<html>Hello</html>")
    org.fault("/query", status=200, body='{"totalSize": 120, "done": true, "records": [{"Id"')
    org.fault("/query", drop=True)
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == len(org.rows("Account"))


def test_an_answer_without_records_is_a_fault_and_not_the_end(connector: Any, org: Any) -> None:
    org.fault("/query", status=200, body={"message": "hello"})

    with pytest.raises(UnavailableError, match="without records"):
        connector.read(Kind.ACCOUNT, None, 10)


def test_an_org_that_stays_down_is_unavailable(connector: Any, org: Any) -> None:
    org.fault("services/data", times=1000, status=503, body="<html>")

    with pytest.raises(UnavailableError):
        connector.read(Kind.ACCOUNT, None, 10)


def test_a_version_that_is_not_served_any_more_is_a_matter_of_settings(connect: Any) -> None:
    with pytest.raises(ConfigurationError, match="version") as caught:
        connect(api_version="29.0").read(Kind.ACCOUNT, None, 10)
    assert "api_version" in caught.value.hint


def test_an_object_that_the_user_does_not_see_is_an_access_error_that_names_it(
    connector: Any, org: Any
) -> None:
    org.act("hide_type", type="Opportunity", hidden=True)

    assert connector.read(Kind.ACCOUNT, None, 10).records
    with pytest.raises(AccessError, match="Opportunity"):
        connector.read(Kind.DEAL, None, 10)


def test_rights_are_refused_before_a_run_that_writes_and_not_before_one_that_reads(connect: Any) -> None:
    connector = connect("readonly")
    connector.require_rights(writing=False)

    with pytest.raises(AccessError, match="edit Account"):
        connector.require_rights(writing=True)


def test_check_names_what_is_missing_and_goes_on(connect: Any, org: Any) -> None:
    org.act("hide_type", type="Opportunity", hidden=True)
    found = connect("readonly", api_version="62.0").check()
    errors = {item.subject for item in found if item.severity is Severity.ERROR}

    assert {"Opportunity", "Account", "Case"} <= errors
    assert all(item.hint for item in found if item.severity is Severity.ERROR)


def test_check_names_every_field_that_is_hidden_and_what_stays_unknown(connect: Any, org: Any) -> None:
    org.app("sync", hidden=["Account.Industry"])
    org.act("hide_type", type="CaseMilestone", hidden=True)
    found = connect("sync", currency=None, mapping={"account": {"arr": "Nowhere__c"}}).check()
    warned = {item.subject for item in found if item.severity is Severity.WARNING}

    assert warned == {
        "Account.Industry",
        "Account.Nowhere__c",
        "Opportunity.CurrencyIsoCode",
        "CaseMilestone",
    }


def test_check_tells_of_a_version_that_the_org_does_not_serve(connect: Any) -> None:
    found = connect(api_version="99.0").check()
    version = next(item for item in found if item.subject == "API version")

    assert version.severity is Severity.ERROR
    assert "68.0" in version.hint


def test_check_names_the_clicks_that_no_api_can_do(connector: Any) -> None:
    found = [item for item in connector.check() if item.severity is Severity.CLICK]

    assert {"Account page", "Opportunity page", "Case page", "Detente_Reader"} <= {
        item.subject for item in found
    }
    assert all("Setup" in item.hint or "List View" in item.hint for item in found)


def test_check_changes_nothing(connector: Any, org: Any) -> None:
    before = org.ask("GET", "/state")
    connector.check()

    assert org.ask("GET", "/state") == before
