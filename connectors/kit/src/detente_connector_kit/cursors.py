"""Cursors: where a connector reads on, as JSON text with a version."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from detente_contracts.errors import ConfigurationError

CursorValue = str | int | bool | None


_OF_NOBODY = 0


def pack_cursor(version: int, state: Mapping[str, CursorValue]) -> str:
    """The state as text: the same state gives the same text. Versions begin at 1."""
    return orjson.dumps({"v": version, **state}, option=orjson.OPT_SORT_KEYS).decode()


def unpack_cursor(text: str, version: int) -> dict[str, CursorValue] | None:
    """The state that `pack_cursor` was given; None for another version, which means: read from the start.

    Raises: ConfigurationError when the text is no cursor.
    """
    found, state = _parts(text)
    return state if found == version else None


def unpack_any_cursor(text: str) -> dict[str, CursorValue]:
    """The state of a cursor of any version, for names that mean the same in all of them.

    Raises: ConfigurationError when the text is no cursor.
    """
    return _parts(text)[1]


def carried(cursor: str | None, name: str, otherwise: int) -> int:
    """The whole number that a cursor of any version holds under `name`; `otherwise` where none does.

    For what outlives a reading from the start: up to when deletions were told, above all. Give such a name no
    other meaning in a later version.

    Raises: ConfigurationError when the text is no cursor.
    """
    value = None if cursor is None else unpack_any_cursor(cursor).get(name)
    return value if type(value) is int else otherwise


def restarted_cursor(text: str) -> str | None:
    """The cursor as one of a version that nobody has: all is read again, and what is carried over stays.

    None when the text is no cursor.
    """
    try:
        return pack_cursor(_OF_NOBODY, unpack_any_cursor(text))
    except ConfigurationError:
        return None


def _parts(text: str) -> tuple[CursorValue, dict[str, CursorValue]]:
    try:
        state = orjson.loads(text)
    except orjson.JSONDecodeError:
        state = None
    if not isinstance(state, dict) or "v" not in state:
        raise ConfigurationError(
            "a stored cursor cannot be read",
            hint="`detente reread` with the connector's name forgets it, and the next run reads everything",
        )
    return state.pop("v"), state
