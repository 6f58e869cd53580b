"""Whatever is edited, added or cut behind the back of the audit trail is found and named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from detente.store.audit import append_link, chain_length, check_anchor, head, verify, verify_chain
from detente.store.audit_anchor import anchor, read_anchor
from detente.store.audit_leaves import leaves_for, read_subject, receipts_subject, writes_subject
from detente.store.cases import append_events
from detente.store.checkpoints import save_batch
from detente.store.columns import Instant
from detente.store.database import Store
from detente.store.records import Upserted
from detente.store.scores import save_scoring
from detente.store.tables import metadata
from detente.store.writes import PlannedWrite, SettledWrite, WriteState, plan_rows, settle
from detente_contracts import Batch, CaseEvent, EventKind, Kind, Ref, RuleViolationError
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, text

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AUDITED = ("read_batch", "scoring", "receipt_batch", "case_event", "write", "audit_link")
COLUMNS = [(name, column) for name in AUDITED for column in metadata.tables[name].columns]


def link(connection: Connection, kind: str, subject: str) -> None:
    append_link(connection, kind=kind, subject=subject, leaves=leaves_for(connection, kind, subject), at=NOW)


def a_run(connection: Connection, run: str) -> None:
    """Rows of every audited kind, each under its link."""
    batch = Batch((), "c", True, refused=[("row 4", "no id")])
    seq = save_batch(
        connection, run=run, connector="hub", kind=Kind.DEAL, batch=batch, upserted=Upserted(), at=NOW
    )
    link(connection, "read", read_subject(run, "hub", Kind.DEAL, seq))
    scores = pl.DataFrame({"customer": ["c-1"], "score_micro": [50_000_000], "band": ["P3"]})
    receipt = run.encode()
    save_scoring(connection, run=run, seq=1, bundle="b", as_of=NOW, receipt=receipt, scores=scores)
    link(connection, "receipts", receipts_subject(run, 1))
    event = CaseEvent(case=f"case-{run}", seq=1, at=NOW, kind=EventKind.OPENED, actor="rule", data={"a": 1})
    append_events(connection, [event], link=run)
    link(connection, "case_events", run)
    plan = [
        PlannedWrite(
            run, seq, Ref("hub", "deal", str(seq)), "c-1", Kind.DEAL, {"a": None}, {"a": "1"}, {"a": "b"}
        )
        for seq in (1, 2, 3)
    ]
    plan_rows(connection, plan)
    settle(connection, [SettledWrite(run, seq, WriteState.APPLIED, "", NOW) for seq in (1, 2)])
    link(connection, "writes", writes_subject(run, 1, 2))


@pytest.fixture
def history(store: Store, tmp_path: Path) -> Store:
    """Two runs; the head is anchored after each."""
    for run in ("run-1", "run-2"):
        with store.transaction() as connection:
            a_run(connection, run)
            anchor(tmp_path / "audit.anchor", head(connection))
    return store


FIRST_ROW = {
    "read_batch": "run = 'run-1'",
    "scoring": "run = 'run-1'",
    "receipt_batch": "hash = (SELECT MIN(hash) FROM receipt_batch)",
    "case_event": "\"case\" = 'case-run-1'",
    "write": "run = 'run-1' AND seq = 2",
    "audit_link": "seq = 4",
}


def tampered(column: Column[object], engine: str) -> str:
    """Another value for a column, as SQL."""
    if isinstance(column.type, LargeBinary):
        return f"CAST('other' AS {'BYTEA' if engine == 'postgresql' else 'BLOB'})"
    if isinstance(column.type, (BigInteger, Instant)):
        return f'COALESCE("{column.name}", 0) + 100'
    return f"COALESCE(\"{column.name}\", '') || 'x'"


def test_untouched_history_verifies(history: Store, tmp_path: Path) -> None:
    assert verify(history, tmp_path / "audit.anchor") == []
    with history.reading() as connection:
        assert len(read_anchor(tmp_path / "audit.anchor")) == 2
        assert verify_chain(connection) == []


@pytest.mark.parametrize(
    ("table", "column"), COLUMNS, ids=[f"{name}.{column.name}" for name, column in COLUMNS]
)
def test_edit_of_any_value_is_found(
    history: Store, tmp_path: Path, table: str, column: Column[object]
) -> None:
    value = tampered(column, history.engine.name)
    change = f'UPDATE "{table}" SET "{column.name}" = {value} WHERE {FIRST_ROW[table]}'  # noqa: S608
    with history.transaction() as connection:
        assert connection.execute(text(change)).rowcount == 1

    assert verify(history, tmp_path / "audit.anchor") != []


@pytest.mark.parametrize("table", ["read_batch", "scoring", "receipt_batch", "case_event", "write"])
def test_removed_row_is_found(history: Store, tmp_path: Path, table: str) -> None:
    with history.transaction() as connection:
        connection.execute(text(f'DELETE FROM "{table}"'))  # noqa: S608 - a table of the list above

    assert any("rows stand where" in str(problem) for problem in verify(history, tmp_path / "audit.anchor"))


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_byte_that_makes_no_text_is_a_problem_and_not_a_crash(history: Store, tmp_path: Path) -> None:
    with history.transaction() as connection:
        connection.execute(text("UPDATE \"write\" SET detail = CAST(x'ff' AS TEXT) WHERE seq = 1"))

    assert [problem.seq for problem in verify(history, tmp_path / "audit.anchor")] == [4, 8]


def test_rows_that_no_link_covers_are_named(history: Store, tmp_path: Path) -> None:
    with history.transaction() as connection:
        settle(connection, [SettledWrite("run-1", 3, WriteState.APPLIED, "", NOW)])
        event = CaseEvent(case="case-run-1", seq=2, at=NOW, kind=EventKind.SEEN, actor="rule")
        append_events(connection, [event])

    messages = [str(problem) for problem in verify(history, tmp_path / "audit.anchor")]
    assert messages == [
        "case events without a link: no audit link covers them",
        "write run-1/3: no audit link covers it",
    ]


def test_tail_cut_with_all_its_rows_is_found_by_the_anchor_only(history: Store, tmp_path: Path) -> None:
    with history.transaction() as connection:
        for name in ("read_batch", "scoring", "write"):
            connection.execute(text(f"DELETE FROM \"{name}\" WHERE run = 'run-2'"))  # noqa: S608
        connection.execute(text("DELETE FROM case_event WHERE \"case\" = 'case-run-2'"))
        connection.execute(text("DELETE FROM audit_link WHERE seq > 4"))

    assert verify(history, tmp_path / "no.anchor") == []
    (problem,) = verify(history, tmp_path / "audit.anchor")
    assert problem.seq == 8
    assert "cut" in problem.message


def test_tail_that_was_cut_and_written_anew_is_found_by_the_anchor(history: Store, tmp_path: Path) -> None:
    with history.transaction() as connection:
        connection.execute(text("DELETE FROM audit_link WHERE seq = 8"))
        leaves = leaves_for(connection, "writes", writes_subject("run-2", 1, 2))
        later = NOW + timedelta(seconds=1)
        append_link(connection, kind="writes", subject=writes_subject("run-2", 1, 2), leaves=leaves, at=later)
        assert verify_chain(connection) == []

        assert check_anchor(tmp_path / "audit.anchor", connection) == [
            "audit link 8 is not the one that was anchored"
        ]


def test_link_removed_from_the_middle_is_found(history: Store) -> None:
    with history.transaction() as connection:
        connection.execute(text("DELETE FROM audit_link WHERE seq = 3"))

        assert verify_chain(connection) == ["audit link 4 follows 2: links between were removed"]


def test_same_link_told_again_changes_nothing_and_another_is_refused(history: Store) -> None:
    with history.transaction() as connection:
        before = head(connection)
        link(connection, "case_events", "run-1")
        append_link(connection, kind="case_events", subject="nothing happened", leaves=[], at=NOW)
        assert head(connection) == before

        with pytest.raises(RuleViolationError, match="run-1"):
            append_link(connection, kind="case_events", subject="run-1", leaves=[b"other"], at=NOW)


def test_links_appended_side_by_side_make_one_chain(store: Store, store_url: str) -> None:
    other = Store.open(store_url)

    def append(number: int) -> None:
        with (store, other)[number % 2].transaction() as connection:
            append_link(connection, kind="writes", subject=f"r/{number}-{number}", leaves=[b"a"], at=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(20)))
    with other.reading() as connection:
        assert (chain_length(connection), verify_chain(connection)) == (20, [])
    other.close()


@pytest.mark.parametrize(
    ("kind", "subject"), [("rulings", "run-1"), ("read", "run-1"), ("receipts", "x"), ("writes", "run-1/1")]
)
def test_kind_or_subject_that_says_nothing_is_refused(store: Store, kind: str, subject: str) -> None:
    with store.reading() as connection, pytest.raises(RuleViolationError):
        list(leaves_for(connection, kind, subject))


def test_anchor_line_cut_by_a_kill_harms_no_later_line(history: Store, tmp_path: Path) -> None:
    path = tmp_path / "audit.anchor"
    with path.open("a") as file:
        file.write("9 abc")
    with history.transaction() as connection:
        a_run(connection, "run-3")
        newest = head(connection)
    anchor(path, newest)
    anchor(path, newest)

    assert [item.seq for item in read_anchor(path)] == [4, 8, 12]
    assert read_anchor(path)[-1] == newest
