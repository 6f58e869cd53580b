"""What a portal refuses, limits and breaks, and what becomes of it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from detente_contracts import (
    AccessError,
    ConfigurationError,
    FieldWrite,
    Kind,
    RateLimitedError,
    Severity,
    UnavailableError,
)
from detente_contracts.testing import read_all


def test_the_burst_limit_is_waited_for_on_the_portals_clock(connect: Any, portal: Any, clock: Any) -> None:
    portal.ask("PUT", "/limits", {"ten_secondly": 4})
    records, _ = read_all(connect(), Kind.TICKET)

    assert len(records) == portal.held("tickets")
    assert clock.slept_s >= 10


def test_the_search_limit_is_waited_for_on_the_portals_clock(connect: Any, portal: Any, clock: Any) -> None:
    connector = connect()
    cursors = {kind: read_all(connector, kind)[1] for kind in (Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL)}
    portal.advance(3600)
    portal.ask("PUT", "/limits", {"search_per_second": 1})
    for kind, cursor in cursors.items():
        read_all(connector, kind, cursor)

    assert clock.slept_s >= 2


def test_limits_that_are_known_are_hardly_ever_met(connect: Any, portal: Any) -> None:
    connector = connect()
    for _ in range(6):
        cursor = read_all(connector, Kind.TICKET)[1]
        portal.advance(60)
        read_all(connector, Kind.TICKET, cursor)
    asked = portal.ask("GET", "/requests?since=0")["requests"]

    assert [row for row in asked if row["status"] == 429] == []


def test_a_day_that_is_used_up_is_told_with_the_time_until_midnight(connect: Any, portal: Any) -> None:
    connector = connect()
    read_all(connector, Kind.PERSON)
    connector.check()
    portal.ask("PUT", "/limits", {"daily": 1})

    with pytest.raises(RateLimitedError) as caught:
        connector.read(Kind.ACCOUNT, None, 100)
    # 09:00 UTC in a portal in Berlin, in winter
    assert 13 * 3600 < caught.value.retry_after_s <= 14 * 3600
    assert caught.value.message == "HubSpot takes no calls for 14 h"


def test_a_day_that_is_used_up_lets_no_write_through_either(writable: Any, portal: Any) -> None:
    ref = read_all(writable, Kind.ACCOUNT)[0][0].ref
    portal.ask("PUT", "/limits", {"daily": 1})
    with pytest.raises(RateLimitedError):
        writable.read(Kind.ACCOUNT, None, 100)
    portal.counts()

    with pytest.raises(RateLimitedError, match="a later run goes on"):
        writable.write([FieldWrite(ref, {"detente_score": "50"})])
    assert portal.counts() == {}


def test_a_page_of_html_from_the_network_is_asked_for_again(connect: Any, portal: Any, clock: Any) -> None:
    portal.fault("objects/2026-03/companies", method="GET", status=502, body="<html>Bad gateway</html>")
    portal.fault("objects/2026-03/companies", method="GET", status=200, body="<html>Hello</html>")
    records, _ = read_all(connect(), Kind.ACCOUNT)

    assert len(records) == portal.held("companies")
    assert clock.slept_s >= 2


def test_a_portal_that_stays_down_is_unavailable(connect: Any, portal: Any) -> None:
    portal.fault(".*", method="GET", times=1000, status=503, body="")

    with pytest.raises(UnavailableError):
        connect().read(Kind.ACCOUNT, None, 100)


def test_a_dropped_connection_in_a_read_is_asked_for_again(connect: Any, portal: Any) -> None:
    portal.fault("objects/2026-03/companies", method="GET", drop=True)
    records, _ = read_all(connect(), Kind.ACCOUNT)

    assert len(records) == portal.held("companies")


def test_the_cold_paths_go_on_after_a_fault_too(connect: Any, portal: Any, clock: Any) -> None:
    portal.fault("crm/v3/properties", method="GET", status=502, body="<html>")
    portal.fault("crm/v3/owners", method="GET", drop=True)
    connector = connect()

    assert connector.read(Kind.PERSON, None, 100).records
    assert connector.read(Kind.ACCOUNT, None, 100).records
    assert connector.transport.calls["properties"] == 2


def test_a_revoked_token_is_an_access_error_with_what_to_do(connect: Any, portal: Any) -> None:
    connector = connect("sync")
    connector.read(Kind.ACCOUNT, None, 100)
    portal.ask("PUT", "/tokens/sync", {"revoked": True})

    with pytest.raises(AccessError, match="token"):
        connector.read(Kind.ACCOUNT, None, 100)


def test_a_missing_scope_is_named(connect: Any, portal: Any) -> None:
    portal.ask("PUT", "/tokens/sync", {"scopes": ["crm.objects.companies.read"]})
    connector = connect("sync")

    assert connector.read(Kind.ACCOUNT, None, 100).records
    with pytest.raises(AccessError, match="tickets"):
        connector.read(Kind.TICKET, None, 100)


def test_check_names_every_scope_that_is_missing_and_goes_on(connect: Any, portal: Any) -> None:
    portal.ask("PUT", "/tokens/sync", {"scopes": ["crm.objects.companies.read"]})
    errors = [item for item in connect("sync").check() if item.severity is Severity.ERROR]
    told = " ".join(item.message for item in errors)

    for scope in ("tickets", "crm.objects.deals.read", "crm.objects.owners.read", "companies.write"):
        assert scope in told


def test_check_names_the_clicks_that_no_api_can_do(connector: Any) -> None:
    found = [item for item in connector.check() if item.severity is Severity.CLICK]

    pages = [item.subject for item in found if "Record customization" in item.hint]
    assert pages == ["Companies, record page", "Deals, record page", "Tickets, record page"]
    assert [item.subject for item in found[3:]] == ["lists", "rights on properties"]
    assert all(item.message and item.hint for item in found)


def test_check_names_a_mapped_property_that_is_not_there(connect: Any) -> None:
    found = connect(mapping={"account": {"arr": "nowhere"}}).check()
    warnings = [item.subject for item in found if item.severity is Severity.WARNING]

    assert warnings == ["companies.nowhere"]


def test_check_changes_nothing(connector: Any, portal: Any) -> None:
    before = portal.ask("GET", "/state")
    connector.check()

    assert portal.ask("GET", "/state") == before


def test_a_version_that_hubspot_does_not_know_is_a_matter_of_settings(connect: Any, portal: Any) -> None:
    portal.fault("objects/2026-03/companies", method="GET", status=404, body="{}")

    with pytest.raises(ConfigurationError, match="api_version"):
        connect().read(Kind.ACCOUNT, None, 100)


def test_logs_hold_no_token_and_no_customer_text(
    connector: Any, portal: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        records, _ = read_all(connector, Kind.CONTACT)
        connector.read(Kind.PERSON, None, 100)
    named = [str(getattr(record, "email", "") or "@@") for record in records]

    assert caplog.records
    assert str(portal.sandbox.token("admin")) not in caplog.text
    assert not [name for name in named if name in caplog.text]
