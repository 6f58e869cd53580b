"""Let the next run read everything again that a connector holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import ConfigurationError, Connector, Kind, unknown_name
from sqlalchemy import Connection

from detente.engine.durable import taken_slot
from detente.engine.opening import open_engine
from detente.private_folder import make_private_folder
from detente.settings import read_settings
from detente.store import checkpoints


@dataclass(frozen=True, slots=True)
class Restarted:
    """A kind that is read again; `tells_gone`: what was deleted since the last read is told, too."""

    kind: Kind
    tells_gone: bool


def reread(home: Path, name: str, kind: str | None = None) -> Sequence[Restarted]:
    """Put the connector `name` back to its start, for all kinds or one; kinds never read are left out.

    Records, links and scores stand: what is read again and did not change rewrites nothing.

    Raises: ConfigurationError for an unknown name or kind, BusyError while another process is at work.
    """
    state = home / read_settings(home).state
    make_private_folder(state)
    slot = taken_slot(state)
    try:
        with open_engine(home) as engine:
            connector = engine.connectors.get(name)
            if connector is None:
                hint = "Name a connector of detente.yaml"
                raise ConfigurationError(unknown_name("connector", name, engine.connectors), hint=hint)
            kinds = _asked_kinds(connector, kind)
            with engine.store.transaction() as connection:
                return list(_restarted(connection, connector, name, kinds))
    finally:
        os.close(slot)


def _asked_kinds(connector: Connector, kind: str | None) -> Sequence[Kind]:
    if kind is None:
        return connector.reads
    known = {item.value: item for item in connector.reads}
    if kind not in known:
        raise ConfigurationError(unknown_name("kind", kind, known), hint="Name a kind that it reads")
    return [known[kind]]


def _restarted(
    connection: Connection, connector: Connector, name: str, kinds: Sequence[Kind]
) -> Iterator[Restarted]:
    for kind in kinds:
        checkpoint = checkpoints.read_checkpoint(connection, name, kind)
        if checkpoint is None:
            continue
        cursor = connector.restarted(kind, checkpoint.cursor)
        checkpoints.move_checkpoint(connection, name, kind, cursor)
        yield Restarted(kind, tells_gone=cursor is not None)
