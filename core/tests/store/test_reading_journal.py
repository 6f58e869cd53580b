"""Checkpoints move with their batches, and the journal says what each batch brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.store.checkpoints import (
    BatchRow,
    Checkpoint,
    Refused,
    batches_of,
    connectors_read,
    counts_of,
    read_checkpoint,
    refused_of,
    save_batch,
    was_read_whole,
)
from detente.store.database import Store
from detente.store.records import Upserted
from detente_contracts import Batch, Kind, Person, Ref

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PEOPLE = [Person(Ref("hub", "owner", str(number)), NOW, "Kim Lee") for number in range(3)]
BATCH = Batch(PEOPLE, "c1", False, frozenset({"email"}), [Ref("hub", "owner", "9")], [("row 4", "no id")])


def save(store: Store, batch: Batch, upserted: Upserted, kind: Kind = Kind.PERSON, at: datetime = NOW) -> int:
    with store.transaction() as connection:
        return save_batch(
            connection, run="run-1", connector="hub", kind=kind, batch=batch, upserted=upserted, at=at
        )


def test_checkpoint_stands_where_the_last_batch_ended(store: Store) -> None:
    later = NOW + timedelta(minutes=1)
    save(store, BATCH, Upserted(new=3))
    save(store, Batch((), "c2", True), Upserted(), at=later)

    with store.reading() as connection:
        assert read_checkpoint(connection, "hub", Kind.PERSON) == Checkpoint("c2", frozenset(), later, later)
        assert read_checkpoint(connection, "hub", Kind.DEAL) is None
        assert read_checkpoint(connection, "sf", Kind.PERSON) is None
        assert connectors_read(connection) == frozenset({"hub"})


def test_checkpoint_remembers_what_the_credential_could_not_see(store: Store) -> None:
    save(store, BATCH, Upserted(new=3))

    with store.reading() as connection:
        checkpoint = read_checkpoint(connection, "hub", Kind.PERSON)
    assert checkpoint is not None
    assert checkpoint.hidden == frozenset({"email"})


def test_a_connector_was_read_whole_once_each_kind_came_to_its_end(store: Store) -> None:
    kinds = (Kind.PERSON, Kind.DEAL)
    told = []
    for kind, done in ((Kind.PERSON, True), (Kind.DEAL, False), (Kind.DEAL, True), (Kind.PERSON, False)):
        save(store, Batch((), "c", done), Upserted(), kind)
        with store.reading() as connection:
            told.append(was_read_whole(connection, "hub", kinds))

    assert told == [False, False, True, True]


def test_batches_are_numbered_in_a_run_and_summed_by_kind(store: Store) -> None:
    numbers = [
        save(store, BATCH, Upserted(new=2, same=1)),
        save(store, Batch((), "c1", True), Upserted(), Kind.DEAL),
        save(store, BATCH, Upserted(changed=3)),
    ]

    assert numbers == [1, 2, 3]
    with store.reading() as connection:
        assert len(batches_of(connection, "run-1")) == 3
        assert counts_of(connection, "run-1") == [
            BatchRow("hub", Kind.PERSON, read=6, new=2, changed=3, gone=2, refused=2),
            BatchRow("hub", Kind.DEAL, read=0, new=0, changed=0, gone=0, refused=0),
        ]
        assert batches_of(connection, "run-2") == []


def test_refused_rows_are_named_with_their_reason(store: Store) -> None:
    save(store, Batch((), "c0", False), Upserted())
    save(store, BATCH, Upserted(refused=(("hub/owner/5", "a text contains a NUL character"),)))

    with store.reading() as connection:
        assert refused_of(connection, "run-1") == [
            Refused("hub", Kind.PERSON, "row 4", "no id"),
            Refused("hub", Kind.PERSON, "hub/owner/5", "a text contains a NUL character"),
        ]
