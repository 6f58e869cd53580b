"""What holds of the org's records whatever is done to them, and of pages whatever happens between them."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.facts import RowError
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Row, Store
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.salesforce.writing import create, delete, merge, purge, update
from detente_sandbox.vendor import Request
from detente_sandbox.world import generate_world
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

START_MS = 1_793_696_400_000
WORLD = generate_world(companies=6, tickets=6, seed=3, start_ms=START_MS)
PLACES = st.integers(0, 40)


def fresh() -> Salesforce:
    vendor = Salesforce(Clock(START_MS), Options(start_ms=START_MS))
    vendor.start(WORLD)
    return vendor


class Records(RuleBasedStateMachine):
    """Writes of all kinds to accounts, some of them taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.org: Org = fresh()._org
        self.of = self.org.types["Account"]
        self.store: Store = self.org.stores["Account"]
        self.store.having("Rating", "Hot")

    def _id(self, place: int) -> str:
        ids = list(self.store.rows) or ["0015g0000000001AAA"]
        return ids[place % len(ids)]

    def _do(self, what: str, place: int, other: int, rating: str | None) -> None:
        org, of, person = self.org, self.of, self.org.person()
        try:
            if what == "create":
                create(org, of, {"Name": f"New {place}", "Rating": rating}, person, org.now)
            elif what == "update":
                update(org, of, self._id(place), {"Rating": rating}, person, org.now)
            elif what == "delete":
                delete(org, of, self._id(place), person, org.now)
            elif what == "merge":
                merge(org, of, self._id(place), self._id(other), person, org.now)
            else:
                purge(org, of, self._id(place))
        except RowError:
            pass

    acts = st.lists(
        st.tuples(
            st.sampled_from(["create", "update", "update", "delete", "merge", "purge"]),
            PLACES,
            PLACES,
            st.sampled_from(["Hot", "hot", "Cold", None]),
        ),
        min_size=1,
        max_size=6,
    )

    @rule(acts=acts, seconds=st.integers(0, 90))
    def write(self, acts: list[tuple[str, int, int, str | None]], seconds: int) -> None:
        self.org.clock.move_to(self.org.clock.now_ms + seconds * 1000)
        for act in acts:
            self._do(*act)

    @rule(acts=acts)
    def write_and_take_back(self, acts: list[tuple[str, int, int, str | None]]) -> None:
        before = {name: dict(store.rows) for name, store in self.org.stores.items()}
        history = {known: list(rows) for known, rows in self.store.history.items()}
        with self.org.ledger.open() as undo:
            for act in acts:
                self._do(*act)
            undo.roll_back()

        assert {name: dict(store.rows) for name, store in self.org.stores.items()} == before
        assert {known: rows for known, rows in self.store.history.items() if rows} == {
            known: rows for known, rows in history.items() if rows
        }

    @invariant()
    def order_and_bin_follow_the_records(self) -> None:
        rows = self.store.rows

        assert list(self.store.by_stamp) == sorted(rows.values())
        assert self.store.bin.keys() == {row.id for row in rows.values() if row.is_deleted}
        assert self.store.live_count == sum(1 for _ in self.store.live())

    @invariant()
    def index_finds_what_a_look_at_each_record_finds(self) -> None:
        def has(row: Row, rating: str) -> bool:
            return str(row.values().get("Rating")).casefold() == rating

        for rating in ("hot", "cold"):
            by_hand = {row.id for row in self.store.rows.values() if has(row, rating)}
            assert self.store.having("Rating", rating) == by_hand

    @invariant()
    def nothing_live_refers_to_a_record_that_was_merged_away(self) -> None:
        gone = {row.id for row in self.store.rows.values() if row.master}
        for row in self.org.stores["Opportunity"].live():
            assert row.values().get("AccountId") not in gone


TestRecords = Records.TestCase
TestRecords.settings = settings(max_examples=10, stateful_step_count=8, deadline=None)


def asked(vendor: Salesforce, token: str, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    sent = {"authorization": f"Bearer {token}", **headers}
    reply = vendor.reply(Request(1, "GET", path, query, sent, b"", "https://localhost"), vendor.clock.tick())
    assert reply.status == 200
    page: dict[str, Any] = orjson.loads(reply.body)
    return page


@pytest.fixture(scope="module")
def busy() -> Salesforce:
    """An org with 900 tasks, in which one test after another goes on working."""
    vendor = fresh()
    org = vendor._org
    for number in range(900):
        create(org, org.types["Task"], {"Subject": f"T{number}"}, org.person(), org.now)
    return vendor


def work(org: Org, deed: str, ids: list[str]) -> None:
    """What somebody does to tasks between two pages."""
    of, person = org.types["Task"], org.person()
    alive = [known for known in ids if org.store(of).find(known)]
    if deed == "write":
        update(org, of, alive[0], {"Subject": "again"}, person, org.now)
    elif deed == "delete":
        delete(org, of, alive[-1], person, org.now)
    elif deed == "make":
        create(org, of, {"Subject": "late"}, person, org.now)


@settings(max_examples=12, deadline=None)
@given(
    size=st.sampled_from([200, 450, 2_000]),
    shrinks=st.booleans(),
    deeds=st.lists(st.sampled_from(["write", "delete", "make", "rest"]), min_size=1, max_size=12),
)
def test_pages_hold_each_record_once_whatever_happens_between_them(
    busy: Salesforce, size: int, shrinks: bool, deeds: list[str]
) -> None:
    org, options = busy._org, {"sforce-query-options": f"batchSize={size}"}
    token = org.sessions.open(org.apps["sync"], busy.clock.now_ms)
    org.trouble.shrinks_pages = shrinks
    expected = [row.id for row in org.stores["Task"].by_stamp if not row.is_deleted]
    soql = urlencode({"q": "SELECT Id FROM Task ORDER BY SystemModstamp, Id"})
    page = asked(busy, token, "/services/data/v62.0/query", soql, **options)
    found = [row["Id"] for row in page["records"]]
    for deed in itertools.cycle(deeds):
        if page["done"]:
            break
        busy.clock.move_to(busy.clock.now_ms + 1_000)
        work(org, deed, expected)
        page = asked(busy, token, page["nextRecordsUrl"], **options)
        found += [row["Id"] for row in page["records"]]

    assert found == expected and page["totalSize"] == len(expected)
