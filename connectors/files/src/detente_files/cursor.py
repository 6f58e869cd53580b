"""Where reading goes on: contents that were read whole or in part, and the place in the one under way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from detente_connector_kit import CursorValue, pack_cursor, unpack_any_cursor, unpack_cursor

from detente_files.settings import Source

_FORM = 1
"""Goes up when rows read by an older version must be read again."""
_READ, _PARTLY = "read:", "partly:"


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
    """By object the content that was read whole, those that were begun since, and what is under way.

    What a content brought that was replaced before it was read whole is known to whoever reads, too.
    """

    read: Mapping[str, Content] = field(default_factory=dict)
    partly: Mapping[str, Sequence[Content]] = field(default_factory=dict)
    under: Under | None = None

    def going_on(self, name: str, content: Content, offset: int) -> Self:
        """The cursor with `offset` changes of `name` behind it."""
        at = replace(self, under=Under(name, content, offset))
        return at._begun(name, content) if offset else at

    def finished(self, name: str, content: Content) -> Cursor:
        """The cursor with all of `name` behind it."""
        partly = {other: contents for other, contents in self.partly.items() if other != name}
        return Cursor({**self.read, name: content}, partly)

    def resting(self) -> Self:
        """The cursor with nothing under way: what was begun is begun again."""
        return replace(self, under=None)

    def stands_at(self, name: str, content: Content) -> bool:
        """Whether `name` was read whole with this content, and nothing since."""
        return self.read.get(name) == content and not self.partly.get(name)

    def begun(self, name: str, content: Content) -> Sequence[Content]:
        """Contents of `name` that were read in part since one was read whole, `content` itself left out."""
        return [other for other in self.partly.get(name, ()) if other != content]

    def _anew(self) -> Self:
        """The cursor to read every row from, as if no content was read whole."""
        whole = {name: [*self.partly.get(name, ()), content] for name, content in self.read.items()}
        return replace(self, read={}, partly={**self.partly, **whole}, under=None)

    def _begun(self, name: str, content: Content) -> Self:
        return replace(self, partly={**self.partly, name: [*self.begun(name, content), content]})

    def offset_in(self, name: str, content: Content) -> int:
        """How many changes of this very content are behind us; 0 when it is another."""
        under = self.under
        return under.offset if under and (under.object, under.content) == (name, content) else 0

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """The cursor that `str` gave; None and an empty text stand at the beginning.

        For another form every row is read again, and what was told is still known.

        Raises: ConfigurationError.
        """
        if not text:
            return cls()
        state = unpack_any_cursor(text)
        read = {name: Content.parse(told) for name, told in _named(state, _READ)}
        partly = {
            name: [Content.parse(part) for part in told.split()] for name, told in _named(state, _PARTLY)
        }
        at = cls(read, partly)
        if "under" in state:
            offset = int(state["offset"] or 0)
            # a cursor of the time before contents read in part were kept names none but the one under way
            at = at.going_on(str(state["under"]), Content.parse(str(state["content"])), offset)
        return at if unpack_cursor(text, _FORM) is not None else at._anew()

    def __str__(self) -> str:
        state: dict[str, CursorValue] = {_READ + name: str(content) for name, content in self.read.items()}
        state |= {_PARTLY + name: " ".join(map(str, contents)) for name, contents in self.partly.items()}
        if self.under:
            under = self.under
            state |= {"under": under.object, "content": str(under.content), "offset": under.offset}
        return pack_cursor(_FORM, state)


def _named(state: Mapping[str, CursorValue], prefix: str) -> list[tuple[str, str]]:
    return [(key.removeprefix(prefix), str(value)) for key, value in state.items() if key.startswith(prefix)]
