"""Signals: one documented value a customer, with its state, from records of several connectors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from detente.engine.money import unknown_currencies
from detente.engine.policy import Policy
from detente.engine.signals import build_portfolio
from detente_contracts import ConfigurationError, Kind, Merge, Rates, Signal, SignalState, SignalType
from polars.datatypes import DataTypeClass

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KNOWN, ABSENT, HIDDEN, STALE = (int(state) for state in SignalState)
INSTANT = pl.Datetime("us", "UTC")
Schema = dict[str, DataTypeClass | pl.DataType]
ACCOUNT: Schema = {
    "connector": pl.String,
    "object": pl.String,
    "id": pl.String,
    "modified_at": INSTANT,
    "name": pl.String,
    "owner": pl.String,
    "arr_minor": pl.Int64,
    "arr_currency": pl.String,
    "employees": pl.Int64,
    "created_at": INSTANT,
    "renewal_at": INSTANT,
}
TICKET: Schema = {
    "connector": pl.String,
    "object": pl.String,
    "id": pl.String,
    "modified_at": INSTANT,
    "account_id": pl.String,
    "priority": pl.String,
    "is_open": pl.Boolean,
    "is_breached": pl.Boolean,
    "opened_at": INSTANT,
    "closed_at": INSTANT,
}


def days(count: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=count)


def accounts(*rows: Mapping[str, Any], **custom: Any) -> pl.DataFrame:
    """Accounts; `custom` gives the types of mapped fields."""
    base = {"connector": "crm", "object": "company", "modified_at": NOW}
    full = [{**base, "id": f"a{number}", **row} for number, row in enumerate(rows)]
    return pl.DataFrame(full, schema={**ACCOUNT, **custom})


def tickets(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Tickets of account `a0` unless told."""
    base = {"connector": "crm", "object": "ticket", "modified_at": NOW, "account_id": "a0", "is_open": True}
    full = [{**base, "id": f"t{number}", **row} for number, row in enumerate(rows)]
    return pl.DataFrame(full, schema=TICKET)


def a_signal(value: str = "1", merge: str = "first", **changes: Any) -> Signal:
    content = {"name": "s", "title": "S", "unit": "", "kind": Kind.ACCOUNT, **changes}
    return Signal.model_validate({**content, "value": value, "merge": Merge(merge)})


def a_portfolio(frames: Mapping[Kind, pl.DataFrame], *signals: Signal, **changes: Any) -> pl.DataFrame:
    """Every account of connector `crm` is a customer `c-<id>`, unless `memberships` says otherwise."""
    members = frames[Kind.ACCOUNT].select(
        (pl.lit("c-") + pl.col("id")).alias("customer"),
        "connector",
        "object",
        "id",
        pl.lit("x").alias("evidence"),
    )
    settings: dict[str, Any] = {
        "memberships": members,
        "policy": Policy(),
        "hidden": {},
        "caught_up_at": {(name, kind): NOW for name in ("crm", "desk") for kind in frames},
        "connectors": ["crm", "desk"],
        "as_of": NOW,
    }
    return build_portfolio(frames=frames, signals=signals, **{**settings, **changes})


def value_of(frames: Mapping[Kind, pl.DataFrame], signal: Signal, **changes: Any) -> tuple[Any, int]:
    """Value and state of the first customer."""
    row = a_portfolio(frames, signal, **changes).row(0, named=True)
    return row[signal.name], row[f"{signal.name}__state"]


def test_there_is_one_row_a_customer_in_order_with_name_and_owner_of_the_first_account() -> None:
    frame = accounts(
        {"id": "2", "name": "Zeta", "owner": "7"},
        {"id": "1", "connector": "desk", "name": "Desk name", "owner": "9"},
        {"id": "1", "name": None, "owner": "8"},
    )
    members = frame.select("connector", "object", "id", pl.lit("c1").alias("customer"))
    members = members.with_columns(pl.Series("customer", ["c2", "c1", "c1"]))
    found = a_portfolio({Kind.ACCOUNT: frame}, memberships=members)

    assert found.rows() == [("c1", "Desk name", "8"), ("c2", "Zeta", "7")]


def test_days_are_whole_calendar_days_in_utc_and_hours_are_exact() -> None:
    frames = {Kind.ACCOUNT: accounts({"renewal_at": datetime(2026, 11, 23, 0, 15, tzinfo=UTC)})}

    assert value_of(frames, a_signal("days_until_renewal_at")) == (1.0, KNOWN)
    assert value_of(frames, a_signal("days_since_renewal_at")) == (-1.0, KNOWN)
    assert value_of(frames, a_signal("hours_until_renewal_at")) == (14.75, KNOWN)


def test_a_mapped_instant_has_days_too() -> None:
    frame = accounts({"go_live": days(-10)}, go_live=INSTANT)

    assert value_of({Kind.ACCOUNT: frame}, a_signal("days_since_go_live", needs=("go_live",))) == (
        10.0,
        KNOWN,
    )


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (123_456, "EUR", 1234.56),
        (123_456, None, 1234.56),
        (10_000, "USD", 90.0),
        (10_000, "JPY", 60.0),
        (10_000, "KWD", 30.0),
        (10_000, "XXX", None),
        (None, "USD", None),
    ],
    ids=["own", "none named", "dollars", "no minor unit", "three places", "without a rate", "no amount"],
)
def test_money_is_told_in_the_policys_currency(
    minor: int | None, currency: str | None, amount: float
) -> None:
    rates = Rates(since=date(2026, 1, 1), rates={"USD": 0.9, "JPY": 0.006, "KWD": 3.0})
    frames = {Kind.ACCOUNT: accounts({"arr_minor": minor, "arr_currency": currency})}
    value, _ = value_of(frames, a_signal("arr"), policy=Policy(exchange=(rates,)))

    assert value == (pytest.approx(amount) if amount is not None else None)


def test_the_rate_of_the_day_that_is_scored_counts() -> None:
    old = Rates(since=date(2026, 1, 1), rates={"USD": 0.5})
    new = Rates(since=date(2026, 11, 22), rates={"USD": 0.8})
    policy = Policy(exchange=(new, old))
    frames = {Kind.ACCOUNT: accounts({"arr_minor": 1000, "arr_currency": "USD"})}

    assert value_of(frames, a_signal("arr"), policy=policy)[0] == 8.0
    assert value_of(frames, a_signal("arr"), policy=policy, as_of=days(-1))[0] == 5.0


def test_currencies_without_a_rate_are_named() -> None:
    rows = [{"arr_minor": 1, "arr_currency": code} for code in ("XXX", "EUR", "XXX", None, "ABC")]

    assert unknown_currencies({Kind.ACCOUNT: accounts(*rows)}, Policy(), NOW) == {"ABC": 1, "XXX": 2}


MERGES: dict[str, tuple[str, float]] = {
    "sum": ("employees", 60.0),
    "max": ("employees", 30.0),
    "min": ("employees", 10.0),
    "mean": ("employees", 20.0),
    "count": ("1", 4.0),
    "distinct": ("employees", 3.0),
    "latest": ("employees", 20.0),
    "first": ("employees", 30.0),
}


@pytest.mark.parametrize(
    ("merge", "value", "expected"), [(m, v, e) for m, (v, e) in MERGES.items()], ids=MERGES
)
def test_values_of_several_accounts_become_one(merge: str, value: str, expected: float) -> None:
    frame = accounts(
        {"id": "1", "connector": "desk", "employees": 10, "modified_at": days(-3)},
        {"id": "2", "connector": "desk", "employees": 20, "modified_at": days(-1)},
        {"id": "3", "connector": "crm", "employees": 30, "modified_at": days(-2)},
        {"id": "0", "connector": "crm", "employees": None, "modified_at": NOW},
    )
    members = frame.select(pl.lit("c").alias("customer"), "connector", "object", "id")

    assert value_of({Kind.ACCOUNT: frame}, a_signal(value, merge), memberships=members) == (expected, KNOWN)


def test_records_that_fail_the_condition_do_not_count() -> None:
    frames = {
        Kind.ACCOUNT: accounts({}),
        Kind.TICKET: tickets(
            {"is_breached": True}, {"is_breached": False}, {"is_breached": None}, {"account_id": "x"}
        ),
    }
    signal = a_signal(merge="count", kind=Kind.TICKET, where="is_breached", empty=0)

    assert value_of(frames, signal) == (1.0, KNOWN)
    assert value_of(frames, a_signal(merge="count", kind=Kind.TICKET, where="NOT is_breached")) == (
        1.0,
        KNOWN,
    )


def test_without_matching_records_the_declared_empty_value_stands() -> None:
    frames = {Kind.ACCOUNT: accounts({}), Kind.TICKET: tickets()}

    assert value_of(frames, a_signal(merge="count", kind=Kind.TICKET, empty=0)) == (0.0, KNOWN)
    assert value_of(frames, a_signal(merge="count", kind=Kind.TICKET)) == (None, ABSENT)


def test_nothing_is_known_about_records_that_no_connector_of_the_customer_reads() -> None:
    frames = {Kind.ACCOUNT: accounts({}), Kind.TICKET: tickets()}
    signal = a_signal(merge="count", kind=Kind.TICKET, empty=0)

    assert value_of(frames, signal, caught_up_at={("desk", Kind.TICKET): NOW}) == (None, ABSENT)
    assert value_of({Kind.ACCOUNT: accounts({})}, signal) == (None, ABSENT)


def test_matching_records_without_a_value_leave_the_signal_absent() -> None:
    frames = {Kind.ACCOUNT: accounts({"employees": None})}

    assert value_of(frames, a_signal("employees", "sum", empty=0)) == (None, ABSENT)


def test_a_value_that_is_not_finite_is_absent() -> None:
    frames = {Kind.ACCOUNT: accounts({"employees": 0})}

    assert value_of(frames, a_signal("1 / employees")) == (None, ABSENT)


def test_a_field_that_this_credential_cannot_see_makes_the_signal_hidden() -> None:
    frames = {Kind.ACCOUNT: accounts({"renewal_at": days(3), "employees": 4})}
    hidden = {("crm", Kind.ACCOUNT): frozenset({"renewal_at"})}
    named = a_signal("employees", needs=("renewal_at",))

    assert value_of(frames, a_signal("days_until_renewal_at"), hidden=hidden) == (None, HIDDEN)
    assert value_of(frames, named, hidden=hidden) == (None, HIDDEN)
    assert value_of(frames, a_signal("employees"), hidden=hidden) == (4.0, KNOWN)


def test_what_one_connector_hides_is_hidden_for_its_own_customers_only() -> None:
    frame = accounts({"employees": 1}, {"connector": "desk", "employees": 2})
    hidden = {("desk", Kind.ACCOUNT): frozenset({"employees"})}
    found = a_portfolio({Kind.ACCOUNT: frame}, a_signal("employees"), hidden=hidden)

    assert found["s__state"].to_list() == [KNOWN, HIDDEN]


def test_a_signal_read_too_long_ago_is_stale() -> None:
    frames = {Kind.ACCOUNT: accounts({"employees": 4})}
    policy = Policy(stale_after_hours=6)
    caught_up_at = {("crm", Kind.ACCOUNT): NOW - timedelta(hours=6)}

    assert value_of(frames, a_signal("employees"), policy=policy, caught_up_at=caught_up_at) == (4.0, KNOWN)
    later = NOW + timedelta(seconds=1)
    assert value_of(frames, a_signal("employees"), policy=policy, caught_up_at=caught_up_at, as_of=later) == (
        None,
        STALE,
    )


def test_a_signal_of_a_source_that_was_never_read_to_its_end_is_stale() -> None:
    frames = {Kind.ACCOUNT: accounts({"employees": 4})}

    assert value_of(frames, a_signal("employees"), caught_up_at={("crm", Kind.ACCOUNT): None}) == (
        None,
        STALE,
    )


def test_a_field_that_nobody_maps_is_absent_where_it_is_needed_and_refused_where_it_is_not() -> None:
    frames = {Kind.ACCOUNT: accounts({"employees": 4})}

    assert value_of(frames, a_signal("health_score", needs=("health_score",))) == (None, ABSENT)
    with pytest.raises(ConfigurationError, match=r"signal s, value: .*did you mean 'employees'"):
        a_portfolio(frames, a_signal("employes"))


def test_a_past_day_sees_no_later_records_and_still_open_tickets() -> None:
    frames = {
        Kind.ACCOUNT: accounts({"created_at": days(-90)}, {"created_at": days(-1)}),
        Kind.TICKET: tickets(
            {"opened_at": days(-30), "closed_at": days(-5), "is_open": False},
            {"opened_at": days(-30), "closed_at": days(-20), "is_open": False},
            {"opened_at": days(-2)},
        ),
    }
    signals = [
        a_signal(merge="count", kind=Kind.TICKET, where="is_open", name="open"),
        a_signal(merge="count", kind=Kind.TICKET, name="all"),
        a_signal("days_since_closed_at", "min", kind=Kind.TICKET, name="closed"),
    ]
    found = a_portfolio(frames, *signals, as_of=days(-10))

    assert found.select("customer", "open", "all", "closed").rows() == [("c-a0", 1.0, 2.0, 10.0)]


def test_flags_and_text_keep_their_type() -> None:
    frames = {
        Kind.ACCOUNT: accounts({"name": "Acme", "vip": True}, {"name": None, "vip": None}, vip=pl.Boolean)
    }
    flag = a_signal("vip", type=SignalType.FLAG, name="flag")
    text = a_signal("LOWER(name)", type=SignalType.TEXT, name="text")
    found = a_portfolio(frames, flag, text)

    assert found.select("flag", "text", "flag__state").rows() == [(1.0, "acme", KNOWN), (None, None, ABSENT)]


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        (a_signal("name"), "the type is number"),
        (a_signal("employees", type=SignalType.TEXT), "the type is text"),
        (a_signal("name", "sum", type=SignalType.TEXT), "text has no sum"),
        (a_signal("SUM(employees)"), "not allowed"),
        (a_signal("employees", where="employees"), "signal s, where: "),
        (a_signal("renewal_at"), "unknown column 'renewal_at'"),
        (a_signal("held"), "unknown column 'held'"),
        (a_signal(kind=Kind.PERSON), "belong to no customer"),
    ],
)
def test_a_signal_that_cannot_be_meant_is_refused(signal: Signal, message: str) -> None:
    frames = {
        Kind.ACCOUNT: accounts({"employees": 1}),
        Kind.PERSON: pl.DataFrame(schema={"connector": pl.String, "id": pl.String}),
    }
    with pytest.raises(ConfigurationError, match=message):
        a_portfolio(frames, signal)


def test_mapped_fields_may_have_any_name() -> None:
    frame = accounts({"customer": "x", "rank": 3.0}, customer=pl.String, rank=pl.Float64)

    assert value_of({Kind.ACCOUNT: frame}, a_signal("rank")) == (3.0, KNOWN)


def test_without_accounts_there_is_an_empty_portfolio_with_all_columns() -> None:
    empty = a_portfolio({Kind.ACCOUNT: accounts()}, a_signal("employees"))

    assert empty.height == 0
    assert empty.columns == ["customer", "name", "account_owner", "s", "s__state"]
    assert empty.schema["s__state"] == pl.UInt8


PERSON: Schema = {"connector": pl.String, "object": pl.String, "id": pl.String, "email": pl.String}


def one_customer(frame: pl.DataFrame) -> pl.DataFrame:
    """Memberships by which all accounts are one customer."""
    return frame.select(
        pl.lit("c1").alias("customer"), "connector", "object", "id", pl.lit("x").alias("evidence")
    )


def test_a_colleague_whom_two_crms_know_by_one_address_is_one_person() -> None:
    frame = accounts({"id": "1", "owner": "7"}, {"id": "1", "connector": "desk", "owner": "7"})
    persons = pl.DataFrame(
        [("crm", "user", "7", "Kim@acme.example"), ("desk", "user", "7", "kim@acme.example ")],
        schema=PERSON,
        orient="row",
    )
    frames = {Kind.ACCOUNT: frame, Kind.PERSON: persons}
    changes = {"memberships": one_customer(frame)}

    assert value_of(frames, a_signal("owner_person", "distinct"), **changes) == (1.0, KNOWN)
    assert (
        value_of(frames, a_signal("owner_person", "first", type="text"), **changes)[0] == "kim@acme.example"
    )


def test_owners_without_an_address_are_persons_of_their_own_crm() -> None:
    frame = accounts({"id": "1", "owner": "7"}, {"id": "1", "connector": "desk", "owner": "7"})
    changes = {"memberships": one_customer(frame)}

    assert value_of({Kind.ACCOUNT: frame}, a_signal("owner_person", "distinct"), **changes) == (2.0, KNOWN)


def test_a_hidden_owner_hides_the_person() -> None:
    frames = {Kind.ACCOUNT: accounts({"owner": "7"})}
    hidden = {("crm", Kind.ACCOUNT): frozenset({"owner"})}

    assert value_of(frames, a_signal("owner_person", "distinct"), hidden=hidden) == (None, HIDDEN)


def test_spread_is_how_far_crms_lie_apart_each_by_its_latest_record() -> None:
    frame = accounts(
        {"id": "1", "employees": 100},
        {"id": "2", "employees": 10, "modified_at": days(-9)},
        {"id": "1", "connector": "desk", "employees": 70},
        {"id": "3", "connector": "files", "employees": None},
    )
    changes = {"memberships": one_customer(frame)}

    assert value_of({Kind.ACCOUNT: frame}, a_signal("employees", "spread"), **changes) == (30.0, KNOWN)
    told = a_signal("employees", "by_source", type="text", unit="people")
    assert value_of({Kind.ACCOUNT: frame}, told, **changes) == ("100 people in crm, 70 people in desk", KNOWN)


@pytest.mark.parametrize(
    ("cents", "told"),
    [
        pytest.param((7001, 7104), "70.0 in crm, 71.0 in desk", id="apart as usual"),
        pytest.param((7001, 7004), "70.01 in crm, 70.04 in desk", id="apart below the usual decimals"),
    ],
)
def test_values_that_differ_are_shown_with_as_many_decimals_as_tell_them_apart(
    cents: tuple[int, int], told: str
) -> None:
    crm, desk = cents
    frame = accounts({"id": "1", "employees": crm}, {"id": "1", "connector": "desk", "employees": desk})
    signal = a_signal("employees / 100", "by_source", type="text", decimals=1)

    assert value_of({Kind.ACCOUNT: frame}, signal, memberships=one_customer(frame)) == (told, KNOWN)


@pytest.mark.parametrize(
    ("values", "spread", "told"),
    [
        pytest.param((70, 70), (0.0, KNOWN), (None, ABSENT), id="both agree"),
        pytest.param((70, None), (0.0, KNOWN), (None, ABSENT), id="one alone has it"),
        pytest.param((None, None), (None, ABSENT), (None, ABSENT), id="nobody has it"),
    ],
)
def test_crms_that_do_not_differ_disagree_about_nothing(
    values: tuple[int | None, int | None], spread: tuple[Any, int], told: tuple[Any, int]
) -> None:
    crm, desk = values
    frame = accounts({"id": "1", "employees": crm}, {"id": "1", "connector": "desk", "employees": desk})
    frames, changes = {Kind.ACCOUNT: frame}, {"memberships": one_customer(frame)}

    assert value_of(frames, a_signal("employees", "spread"), **changes) == spread
    assert value_of(frames, a_signal("employees", "by_source", type="text"), **changes) == told
