"""One call of a CRM, and how long it is pursued."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]
"""Names with their values: a query, a form, headers."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `purpose` names it in counts and logs; `buckets` are taken from, in order.

    `repeatable` means that doing it twice does no harm: a call that is not is never sent again once the CRM
    may have received it. `body` is sent as JSON, `form` as a form; a call has one of them at most.
    """

    method: str
    path: str
    purpose: str
    buckets: tuple[str, ...] = ()
    query: Pairs = ()
    body: object | None = None
    repeatable: bool = True
    form: Pairs = ()
    headers: Pairs = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is pursued: attempts, pauses between them, the longest wait for a limit.

    `longest_rest_s` is how long a bucket stays closed at most, whatever a CRM says: some have said 11 days.
    """

    attempts: int = 5
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_wait_s: float = 120.0
    longest_rest_s: float = 86_400.0
