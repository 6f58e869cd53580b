"""Errors that cross a boundary, grouped by what the caller does next.

Every error carries a message for people (what happened, to which object) and a hint (what to do next).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import takewhile
from math import ceil

_LATER = "What was read and written stands, and a later run goes on from there"


class DetenteError(Exception):
    """Root of every error that Detente raises across a boundary."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigurationError(DetenteError):
    """The admin must change something; core stops before any effect and shows text and hint."""


class RetryableError(DetenteError):
    """The same call may work later; core keeps its place."""


class RateLimitedError(RetryableError):
    """The CRM asked us to slow down for `retry_after_s` seconds."""

    def __init__(self, crm: str, retry_after_s: float) -> None:
        super().__init__(f"{crm} takes no calls for {_span(retry_after_s)}", hint=_LATER)
        self.crm = crm
        self.retry_after_s = retry_after_s


class UnavailableError(RetryableError):
    """The CRM does not answer, or answers with a fault of its own."""


class RejectedRecordError(DetenteError):
    """This record will never be accepted as it is; core parks it and goes on."""


class AccessError(DetenteError):
    """The credential was refused or lacks a right; core pauses the connector and tells the admin."""


class RuleViolationError(DetenteError):
    """A person asked for what the rules forbid."""


class UnfinishedError(DetenteError):
    """Work ended in the middle; what was done stands, and the same call takes over from there."""


class PluginError(DetenteError):
    """A plugin broke its contract; core sets it aside by name and goes on."""

    def __init__(self, plugin: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"plugin {plugin}: {message}", hint=hint)
        self.plugin = plugin


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """A message for an unknown name: the nearest known one first, else all known ones.

    `what` is the kind of thing, such as "criterion". With nothing known it says so.
    """
    choices = sorted(known)
    # What all known names begin with is left out: by it alone, every name would be like some known one.
    shared = _shared_prefix(choices)
    bare = {choice.removeprefix(shared): choice for choice in choices} if name.startswith(shared) else {}
    near = get_close_matches(name.removeprefix(shared), bare or choices, n=1, cutoff=0.6)
    if near:
        return f"unknown {what} {name!r}; did you mean {bare.get(near[0], near[0])!r}?"
    listed = ", ".join(choices) if choices else "none"
    return f"unknown {what} {name!r}; known: {listed}"


def _shared_prefix(names: Sequence[str]) -> str:
    """The whole words, each with its underscore, that all of several sorted names begin with."""
    if len(names) < 2:
        return ""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(names[0], names[-1], strict=False))
    head, underscore, _ = "".join(letter for letter, _ in alike).rpartition("_")
    return head + underscore


def _span(seconds: float) -> str:
    """A time to wait in the largest unit that says enough, rounded up."""
    for unit_s, unit in ((3_600, "h"), (60, "min")):
        if seconds > 2 * unit_s:
            return f"{ceil(seconds / unit_s)} {unit}"
    return f"{ceil(seconds)} s"
