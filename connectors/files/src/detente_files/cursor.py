"""Where reading goes on: the content that was read whole, and the place in the content under way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from detente_connector_kit import CursorValue, pack_cursor, unpack_cursor

from detente_files.settings import Source

_FORM = 1
"""Goes up when rows read by an older version must be read again."""
_READ = "read:"


@dataclass(frozen=True, slots=True)
class Content:
    """What a source held when it was read, and by which mapping; both as digests."""

    mapping: str
    files: str

    @classmethod
    def of(cls, source: Source, files: str) -> Self:
        """The content of `source` whose files have the digest `files`."""
        plain = source.model_dump_json(by_alias=True)
        return cls(hashlib.sha256(f"{_FORM}{plain}".encode()).hexdigest()[:16], files[:32])

    def __str__(self) -> str:
        return f"{self.mapping}-{self.files}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The content that `str` gave."""
        mapping, _, files = text.partition("-")
        return cls(mapping, files)


NO_CONTENT = Content("", "")
"""Nothing was read of an object yet."""


@dataclass(frozen=True, slots=True)
class Under:
    """The object that is being read: its content, and how many of its changes are behind us."""

    object: str
    content: Content
    offset: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """By object the content that was read whole, and what is under way."""

    read: Mapping[str, Content] = field(default_factory=dict)
    under: Under | None = None

    def going_on(self, name: str, content: Content, offset: int) -> Cursor:
        """The cursor with `offset` changes of `name` behind it."""
        return replace(self, under=Under(name, content, offset))

    def finished(self, name: str, content: Content) -> Cursor:
        """The cursor with all of `name` behind it."""
        return Cursor({**self.read, name: content})

    def offset_in(self, name: str, content: Content) -> int:
        """How many changes of this very content are behind us; 0 when it is another."""
        under = self.under
        return under.offset if under and (under.object, under.content) == (name, content) else 0

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """The cursor that `str` gave; None, an empty text and an older form stand at the beginning.

        Raises: ConfigurationError.
        """
        state = unpack_cursor(text, _FORM) if text else None
        if not state:
            return cls()
        read = {
            name.removeprefix(_READ): Content.parse(str(value))
            for name, value in state.items()
            if name.startswith(_READ)
        }
        if "under" not in state:
            return cls(read)
        offset = int(state["offset"] or 0)
        return cls(read, Under(str(state["under"]), Content.parse(str(state["content"])), offset))

    def __str__(self) -> str:
        state: dict[str, CursorValue] = {_READ + name: str(content) for name, content in self.read.items()}
        if self.under:
            under = self.under
            state |= {"under": under.object, "content": str(under.content), "offset": under.offset}
        return pack_cursor(_FORM, state)
