"""Files that are replaced while they are read, and readings that go on in another process.

Whoever took all batches knows in the end what the file holds, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from detente_connector_kit import restarted_cursor
from detente_contracts import Account, Connector, Kind
from detente_contracts.testing import Mirror
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

Connect = Callable[..., Connector]
Put = Callable[..., None]

SOURCE = {"kind": "account", "file": "a.csv", "id": "id", "columns": {"name": "name"}}
OLD = {"1": "A", "2": "B", "3": "C"}
HALF_READ = {"1": "A2", "9": "NEW", "2": "B2", "3": "C"}


def rows(names: dict[str, str]) -> list[list[str]]:
    return [["id", "name"], *([id_, name] for id_, name in names.items())]


def names(known: Mirror) -> dict[str, str | None]:
    found = [record for record in known.records.values() if isinstance(record, Account)]
    return {record.ref.id: record.name for record in found}


@pytest.fixture
def half_way(put: Put, connect: Connect) -> Mirror:
    """Knows all of `OLD`, and two of three changes that `HALF_READ` brings."""
    known = Mirror()
    put("a.csv", rows(OLD))
    known.read_on(connect(SOURCE), Kind.ACCOUNT)
    put("a.csv", rows(HALF_READ))
    known.take(connect(SOURCE).read(Kind.ACCOUNT, known.cursor, 2))
    assert names(known) == {**OLD, "1": "A2", "9": "NEW"}
    return known


@pytest.mark.parametrize(
    "then",
    [
        pytest.param({"1": "A", "2": "B", "3": "C", "4": "D"}, id="another content"),
        pytest.param(OLD, id="the content before"),
        pytest.param({"1": "A2", "9": "NEW", "2": "B3"}, id="partly what was half read"),
    ],
)
def test_a_file_replaced_under_an_interrupted_read_ends_as_it_is(
    put: Put, connect: Connect, half_way: Mirror, then: dict[str, str]
) -> None:
    put("a.csv", rows(then))
    half_way.read_on(connect(SOURCE), Kind.ACCOUNT)

    assert names(half_way) == then


def test_only_what_one_of_both_contents_had_otherwise_is_told_again(
    put: Put, connect: Connect, half_way: Mirror
) -> None:
    put("a.csv", rows({**OLD, "4": "D"}))
    batch = connect(SOURCE).read(Kind.ACCOUNT, half_way.cursor, 500)

    assert [record.ref.id for record in batch.records] == ["1", "2", "4"]
    assert [ref.id for ref in batch.gone] == ["9"]


def test_a_half_read_content_is_not_forgotten_while_the_file_cannot_be_read(
    put: Put, connect: Connect, half_way: Mirror, exports: Path
) -> None:
    (exports / "a.csv").unlink()
    half_way.read_on(connect(SOURCE), Kind.ACCOUNT)
    put("a.csv", rows(OLD))
    half_way.read_on(connect(SOURCE), Kind.ACCOUNT)

    assert names(half_way) == OLD


def test_a_file_that_is_empty_after_an_interrupted_first_read_takes_nothing_as_gone(
    put: Put, connect: Connect
) -> None:
    known = Mirror()
    put("a.csv", rows(OLD))
    known.take(connect(SOURCE).read(Kind.ACCOUNT, None, 1))
    put("a.csv", rows({}))
    known.read_on(connect(SOURCE), Kind.ACCOUNT)

    assert names(known) == {"1": "A"}


def test_a_cursor_of_another_form_reads_all_and_still_knows_what_was_told(
    put: Put, connect: Connect, half_way: Mirror
) -> None:
    put("a.csv", rows(OLD))
    batch = connect(SOURCE).read(Kind.ACCOUNT, restarted_cursor(half_way.cursor or ""), 500)

    assert [record.ref.id for record in batch.records] == ["1", "2", "3"]
    assert [ref.id for ref in batch.gone] == ["9"]


def test_a_reading_that_ended_whole_is_told_once(put: Put, connect: Connect, half_way: Mirror) -> None:
    put("a.csv", rows(OLD))
    half_way.read_on(connect(SOURCE), Kind.ACCOUNT)
    put("a.csv", rows({**OLD, "4": "D"}))
    batch = connect(SOURCE).read(Kind.ACCOUNT, half_way.cursor, 500)

    assert ([record.ref.id for record in batch.records], list(batch.gone)) == (["4"], [])


def test_whatever_happens_between_two_batches_the_end_is_what_the_file_holds(
    put: Put, connect: Connect
) -> None:
    class Replacing(RuleBasedStateMachine):
        """A person replaces the file, a process reads a little and may die: in any order."""

        def __init__(self) -> None:
            super().__init__()
            self.known = Mirror()
            self.truth = OLD
            put("a.csv", rows(OLD))
            self.connector = connect(SOURCE)

        @rule(
            held=st.dictionaries(
                st.sampled_from("12345"), st.sampled_from(["A", "B", "C"]), min_size=1, max_size=5
            )
        )
        def replace(self, held: dict[str, str]) -> None:
            self.truth = held
            put("a.csv", rows(held))

        @rule(limit=st.integers(1, 3))
        def read(self, limit: int) -> None:
            self.known.take(self.connector.read(Kind.ACCOUNT, self.known.cursor, limit))

        @rule()
        def die(self) -> None:
            self.connector = connect(SOURCE)

        def teardown(self) -> None:
            # twice: a reading under way is first told as it was
            for _ in range(2):
                self.known.read_on(self.connector, Kind.ACCOUNT)
            assert names(self.known) == self.truth

    run_state_machine_as_test(
        Replacing,
        settings=settings(
            deadline=None,
            max_examples=80,
            stateful_step_count=12,
            suppress_health_check=list(HealthCheck),
        ),
    )
