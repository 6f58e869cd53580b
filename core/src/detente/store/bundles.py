"""Policy bundles by content hash, kept so that old scores and cases can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from detente_contracts import RuleViolationError
from sqlalchemy import Connection, select

from detente.store.bulk import put_rows
from detente.store.columns import canonical, micros
from detente.store.tables import bundle


def save_bundle(connection: Connection, hash: str, content: Mapping[str, object], at: datetime) -> None:
    """Keep a bundle under its hash; one that is kept already stays as it is."""
    row = (hash, canonical(content), micros(at))
    put_rows(connection, bundle, ("hash", "content", "at"), [row], replace=False)


def read_bundle(connection: Connection, hash: str) -> dict[str, object]:
    """The content of a bundle.

    Raises: RuleViolationError when none has this hash.
    """
    content = connection.scalar(select(bundle.c.content).where(bundle.c.hash == hash))
    if not isinstance(content, dict):
        raise RuleViolationError(
            f"no policy bundle {hash} is kept", hint="Verify the store: it is incomplete"
        )
    return content
