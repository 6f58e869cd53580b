"""Locks of a PostgreSQL transaction; on SQLite every writing transaction is alone anyway."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text


class Lock(IntEnum):
    """What only one transaction at a time may do; the numbers are shared by all versions."""

    MIGRATE = 7_203_001
    APPEND_LINK = 7_203_002
    TAKE_CALL = 7_203_003
    LINKS = 7_203_004
    CASES = 7_203_005


def hold(connection: Connection, lock: Lock, name: str = "") -> None:
    """Wait for `lock` on `name` and keep it until the transaction ends."""
    if connection.dialect.name == "postgresql":
        query = text("SELECT pg_advisory_xact_lock(:lock, hashtext(:name))")
        connection.execute(query, {"lock": lock.value, "name": name})
