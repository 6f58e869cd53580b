"""Conditions of queries against a plain reading of them, over random conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.soql.finding import finder
from detente_sandbox.salesforce.soql.parser import parse
from detente_sandbox.salesforce.soql.scope import Scope
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.salesforce.writing import update
from detente_sandbox.world import generate_world
from hypothesis import given, settings
from hypothesis import strategies as st

START_MS = 1_793_696_400_000
Record = dict[str, Any]
# A condition as text, and what it means of a record.
Condition = tuple[str, Callable[[Record], bool]]


@pytest.fixture(scope="module")
def loaded() -> tuple[Org, list[Record]]:
    """An org and its accounts, with the last name of each owner beside them; several share their stamps."""
    vendor = Salesforce(Clock(START_MS), Options(start_ms=START_MS))
    vendor.start(generate_world(companies=60, tickets=60, seed=11, start_ms=START_MS))
    users = {row["Id"]: row for row in vendor.list_records("User")}
    person, of = vendor._org.person(), vendor._org.types["Account"]
    for place, row in enumerate(list(vendor._org.stores["Account"].rows.values())[:10]):
        stamp = f"2026-09-{1 + place % 5:02}T10:00:00.000+0000"
        update(vendor._org, of, row.id, {"Site": "HQ"}, person, vendor._org.now, stamp)
    records = vendor.list_records("Account")
    for record in records:
        record["Owner.LastName"] = users[record["OwnerId"]]["LastName"]
    return vendor._org, records


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def compared(have: Any, operator: str, want: Any) -> bool:
    if want is None:
        return (have is None) == (operator == "=")
    if have is None:
        return operator == "!="
    if isinstance(want, str):
        have, want = have.casefold(), want.casefold()
    results: dict[str, bool] = {
        "=": have == want,
        "!=": have != want,
        "<": have < want,
        "<=": have <= want,
        ">": have > want,
        ">=": have >= want,
    }
    return results[operator]


def comparison(name: str, operator: str, value: Any, text: str) -> Condition:
    return f"{name} {operator} {text}", lambda record: compared(record[name], operator, value)


def like(name: str, pattern: str) -> Condition:
    meant = re.compile(
        "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern),
        re.IGNORECASE | re.DOTALL,
    )
    return f"{name} LIKE {quoted(pattern)}", lambda record: bool(
        record[name] is not None and meant.fullmatch(record[name])
    )


def membership(name: str, values: list[str], word: str) -> Condition:
    small = {value.casefold() for value in values}
    listed = ", ".join(quoted(value) for value in values)
    return (
        f"{name} {word} ({listed})",
        lambda record: ((record[name] or "").casefold() in small) == (word == "IN"),
    )


TEXTS = st.sampled_from(["Energy", "energy", "Retail", "Banking", "", 'O\'Neill "x"', "%", "back\\slash"])
EQUALITIES, ORDERINGS = st.sampled_from(["=", "!="]), st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
NUMBERS = st.integers(-5, 4_000)
DAYS = st.dates(min_value=date(2026, 8, 1), max_value=date(2027, 12, 1))
SIMPLE: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        lambda op, v: comparison("Industry", op, v or None, quoted(v) if v else "null"), EQUALITIES, TEXTS
    ),
    st.builds(lambda op, v: comparison("Name", op, v, quoted(v)), ORDERINGS, st.sampled_from("AEMSZ")),
    st.builds(lambda op, v: comparison("NumberOfEmployees", op, v, str(v)), ORDERINGS, NUMBERS),
    st.builds(lambda op, v: comparison("ARR__c", op, v * 99.5, str(v * 99.5)), ORDERINGS, NUMBERS),
    st.builds(lambda op, v: comparison("Renewal_Date__c", op, str(v), str(v)), ORDERINGS, DAYS),
    st.builds(
        lambda op, v: comparison("SystemModstamp", op, f"{v}T10:00:00.000+0000", f"{v}T12:00:00+02:00"),
        ORDERINGS,
        st.dates(min_value=date(2026, 9, 1), max_value=date(2026, 9, 6)),
    ),
    st.builds(
        lambda op, v: comparison("Reference_Customer__c", op, v, str(v).lower()), EQUALITIES, st.booleans()
    ),
    st.builds(lambda op: comparison("ParentId", op, None, "null"), EQUALITIES),
    st.builds(lambda v: like("Name", v), st.sampled_from(["A%", "%gmbh", "%a%e%", "_e%", "%", "%.%", ""])),
    st.builds(lambda v: like("Owner.LastName", v), st.sampled_from(["%a", "R%", "_ao"])),
    st.builds(
        lambda values, word: membership("Industry", values, word),
        st.lists(TEXTS.filter(bool), min_size=1, max_size=3),
        st.sampled_from(["IN", "NOT IN"]),
    ),
)


def joined(members: list[Condition], word: str) -> Condition:
    text = f" {word} ".join(f"({member[0]})" for member in members)
    together = all if word == "AND" else any
    return text, lambda record: together(member[1](record) for member in members)


def negated(member: Condition) -> Condition:
    return f"NOT ({member[0]})", lambda record: not member[1](record)


CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"])),
        st.builds(negated, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(condition=CONDITIONS)
def test_conditions_find_what_a_plain_reading_finds(
    loaded: tuple[Org, list[Record]], condition: Condition
) -> None:
    org, records = loaded
    statement = parse(f"SELECT Id FROM Account WHERE {condition[0]}")  # noqa: S608
    scope = Scope(org, org.person(), org.types["Account"], org.now)
    found = {row.id for row in finder(scope, statement).rows()}

    assert found == {record["Id"] for record in records if condition[1](record)}


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("window", ["{0}", "{0} AND SystemModstamp < 2026-09-05T10:00:00Z", "NOT {0}"])
def test_bounds_of_a_window_of_stamps_are_exact(
    loaded: tuple[Org, list[Record]], operator: str, window: str
) -> None:
    org, records = loaded
    stamp, end = "2026-09-03T10:00:00.000+0000", "2026-09-05T10:00:00.000+0000"
    condition = window.format(f"SystemModstamp {operator} 2026-09-03T12:00:00+02:00")
    statement = parse(f"SELECT Id FROM Account WHERE {condition}")  # noqa: S608
    scope = Scope(org, org.person(), org.types["Account"], org.now)
    found = {row.id for row in finder(scope, statement).rows()}

    def meant(record: Record) -> bool:
        is_met = compared(record["SystemModstamp"], operator, stamp)
        return (
            not is_met if "NOT" in window else is_met and (len(window) < 5 or record["SystemModstamp"] < end)
        )

    assert found == {record["Id"] for record in records if meant(record)}


def sort_key(name: str, record: Record) -> Any:
    """Text sorts without letter cases, ids with them."""
    value = record[name]
    return value.casefold() if isinstance(value, str) and name != "Id" else value


SORTS = ["Name", "Industry", "ARR__c", "SystemModstamp", "Renewal_Date__c", "Id"]


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(st.sampled_from(SORTS), min_size=1, max_size=3, unique=True),
    descending=st.booleans(),
    last=st.booleans(),
    window=st.tuples(st.integers(0, 30), st.integers(0, 70)),
)
def test_orders_and_windows_are_those_of_a_plain_sort(
    loaded: tuple[Org, list[Record]],
    names: list[str],
    descending: bool,
    last: bool,
    window: tuple[int, int],
) -> None:
    org, records = loaded
    direction, nulls = ("DESC" if descending else "ASC"), ("LAST" if last else "FIRST")
    orders = ", ".join(f"{name} {direction} NULLS {nulls}" for name in [*names, "Id"])
    text = f"SELECT Id FROM Account ORDER BY {orders} LIMIT {window[1]} OFFSET {window[0]}"  # noqa: S608
    scope = Scope(org, org.person(), org.types["Account"], org.now)
    expected = list(records)
    for name in reversed([*names, "Id"]):
        present = [record for record in expected if record[name] is not None]
        absent = [record for record in expected if record[name] is None]
        present.sort(key=lambda record: sort_key(name, record), reverse=descending)
        expected = present + absent if last else absent + present

    found = [row.id for row in finder(scope, parse(text)).rows()]
    assert found == [record["Id"] for record in expected][window[0] : window[0] + window[1]]
