"""What Zendesk says in a refusal: four envelopes and two bare forms, read as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detente_connector_kit import vendor_words

_LONGEST = 300
"""Characters of a refusal that are passed on to people: they may quote a record, yet an admin needs them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal: `code` to act on, `text` for people, `details` that name what is wrong with a record."""

    code: str
    text: str = ""
    details: tuple[str, ...] = ()

    def for_people(self) -> str:
        """The details where there are some, else the text, else the code."""
        return vendor_words("; ".join(self.details), _LONGEST) or self.text or self.code


def said_in(body: Mapping[str, Any]) -> Said:
    """What the body of a refusal says; `code` is empty when it says nothing that is known."""
    listed = body.get("errors")
    if isinstance(listed, list) and listed and isinstance(listed[0], Mapping):
        first: Mapping[str, Any] = listed[0]
        return Said(_text(first, "code"), _text(first, "detail") or _text(first, "title"))
    error = body.get("error")
    if isinstance(error, Mapping):
        return Said(_text(error, "title"), _text(error, "message"))
    if isinstance(error, str):
        about = _text(body, "description") or _text(body, "error_description")
        return Said(_text(body, "error"), about, tuple(_details(body.get("details"))))
    return Said(_text(body, "title"), _text(body, "detail"))


def _details(details: object) -> Iterator[str]:
    """One line a fault, with the field it is about unless the description names it."""
    if isinstance(details, str):
        yield details
    if not isinstance(details, Mapping):
        return
    for name, faults in details.items():
        for fault in faults if isinstance(faults, list) else [faults]:
            about = _text(fault, "description") if isinstance(fault, Mapping) else str(fault)
            yield about if name == "base" else f"{name}: {about}"


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return vendor_words(value, _LONGEST) if isinstance(value, str) else ""
