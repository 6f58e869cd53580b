"""Read what changed: one batch of one kind from one connector, with its checkpoint, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from detente_contracts import Batch, Connector, DetenteError, Kind, Progress, UnavailableError

from detente.store import checkpoints, merges, records
from detente.store.audit import append_link
from detente.store.audit_leaves import leaves_for, read_subject
from detente.store.database import Store

BATCH = 10_000
"""Rows that one transaction and one durable step may hold."""


def read_batch(
    store: Store, connector: Connector, name: str, kind: Kind, *, run: str, now: datetime, progress: Progress
) -> bool:
    """Read forward from the checkpoint and keep what came; whether nothing more is to be had now.

    The CRM is asked outside any transaction; rows, checkpoint, journal and audit link are one. Called again
    after a kill it goes on from the checkpoint that was kept.

    Raises: DetenteError when the connector's `read` fails; nothing was kept then.
    """
    with store.reading() as connection:
        checkpoint = checkpoints.read_checkpoint(connection, name, kind)
    batch = _asked(connector, kind, checkpoint.cursor if checkpoint else None)
    with store.transaction() as connection:
        upserted = records.upsert_records(connection, kind, batch.records)
        if batch.census is not None:
            missed = records.missed(connection, name, kind, batch.census)
            batch = replace(batch, gone=[*batch.gone, *missed])
        lost = records.mark_gone(connection, batch.gone, now)
        merges.note_merges(connection, batch.merged if kind is Kind.ACCOUNT else {}, now)
        seq = checkpoints.save_batch(
            connection, run=run, connector=name, kind=kind, batch=batch, upserted=upserted, at=now, lost=lost
        )
        subject = read_subject(run, name, kind, seq)
        append_link(
            connection, kind="read", subject=subject, leaves=leaves_for(connection, "read", subject), at=now
        )
        read = checkpoints.counts_of(connection, run)
    progress(
        f"read {name} {kind}", sum(row.read for row in read if (row.connector, row.kind) == (name, kind))
    )
    return batch.done


def _asked(connector: Connector, kind: Kind, cursor: str | None) -> Batch:
    try:
        return connector.read(kind, cursor, BATCH)
    except DetenteError:
        raise
    except Exception as error:  # a connector is a plugin: its faults stop no other
        raise UnavailableError(f"the connector failed ({type(error).__name__})") from error
