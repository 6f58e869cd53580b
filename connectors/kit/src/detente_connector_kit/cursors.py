"""Cursors: where a connector reads on, as JSON text with a version."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from detente_contracts.errors import ConfigurationError

CursorValue = str | int | bool | None


def pack_cursor(version: int, state: Mapping[str, CursorValue]) -> str:
    """The state as text: the same state gives the same text."""
    return orjson.dumps({"v": version, **state}, option=orjson.OPT_SORT_KEYS).decode()


def unpack_cursor(text: str, version: int) -> dict[str, CursorValue] | None:
    """The state that `pack_cursor` was given; None for another version, which means: read from the start.

    Raises: ConfigurationError when the text is no cursor.
    """
    try:
        state = orjson.loads(text)
    except orjson.JSONDecodeError:
        state = None
    if not isinstance(state, dict) or "v" not in state:
        raise ConfigurationError(
            "a stored cursor cannot be read", hint="Clear the checkpoint of this connector to read it anew"
        )
    return state if state.pop("v") == version else None
