"""One way to call a CRM: budget, retries, breaker and errors, whoever makes the HTTP request."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import orjson
from detente_contracts.clock import Clock
from detente_contracts.connector import Budget
from detente_contracts.errors import (
    AccessError,
    DetenteError,
    RateLimitedError,
    RetryableError,
    UnavailableError,
)
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from detente_connector_kit.breaker import Breaker
from detente_connector_kit.budget import Bucket
from detente_connector_kit.replies import (
    Answer,
    ConnectionFault,
    RefusedCallError,
    Reply,
    UnknownResultError,
    Vendor,
    decode_refusal,
    http_date,
    retry_after_s,
)
from detente_connector_kit.wire import Wire

_log = logging.getLogger(__name__)

_LIMITED = frozenset({429, 477})
_FAULTS = frozenset({408, 423, 425})
_NEVER = 501
"""The CRM does not do this at all; trying again would not help."""

_SMALL_SKEW = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `purpose` names it in counts and logs; `buckets` are taken from, in order.

    `repeatable` means that doing it twice does no harm: a call that is not is never sent again once the CRM
    may have received it. `body` is sent as JSON.
    """

    method: str
    path: str
    purpose: str
    buckets: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: object | None = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is pursued: attempts, pauses between them, the longest wait for a limit."""

    attempts: int = 5
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_wait_s: float = 120.0


class _Again(Exception):
    """Try again after `wait_s` (None: the usual pause); `error` is raised when there are no tries left."""

    def __init__(self, error: RetryableError, wait_s: float | None = None) -> None:
        self.error = error
        self.wait_s = wait_s


class Transport:
    """Calls one CRM account. `calls` counts what was sent, by purpose."""

    def __init__(
        self,
        vendor: Vendor,
        wire: Wire,
        *,
        clock: Clock,
        budget: Budget,
        buckets: Iterable[Bucket],
        patience: Patience | None = None,
    ) -> None:
        self._vendor = vendor
        self._wire = wire
        self._clock = clock
        self._budget = budget
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._patience = patience or Patience()
        self._breaker = Breaker(vendor.name, clock)
        self._skew = timedelta(0)
        self._date = ""
        self.calls: Counter[str] = Counter()
        self._retrying = Retrying(
            sleep=clock.sleep,
            stop=stop_after_attempt(self._patience.attempts),
            wait=self._pause_s,
            retry=retry_if_exception_type(_Again),
            reraise=True,
        )

    def vendor_now(self) -> datetime:
        """The present as the CRM's own clock tells it, to the second, by the last answer's Date header."""
        return self._clock.now() + self._skew

    def send(self, call: Call) -> Answer:
        """Make the call.

        Raises: AccessError, RateLimitedError, UnavailableError (UnknownResultError for a lost write),
        RefusedCallError.
        """
        body = None if call.body is None else orjson.dumps(call.body)
        return self.guard(call, lambda: self._wire.exchange(call.method, call.path, call.query, body))

    def guard(self, call: Call, exchange: Callable[[], Reply]) -> Answer:
        """As `send`, for a request that somebody else's client makes: `call` says how to treat it."""
        try:
            return self._retrying(self._attempt, call, exchange)
        except _Again as again:
            raise again.error from None

    def close(self) -> None:
        """Let go of connections; a later call opens new ones."""
        self._wire.close()

    def _attempt(self, call: Call, exchange: Callable[[], Reply]) -> Answer:
        self._breaker.admit()
        for name in call.buckets:
            self._wait_for(self._buckets[name])
        self.calls[call.purpose] += 1
        try:
            reply = exchange()
        except ConnectionFault as fault:
            _log.debug("%s %s: no answer", call.method, call.purpose)
            self._give_way(call, fault.what, sent=fault.sent)
        _log.debug("%s %s: %d", call.method, call.purpose, reply.status)
        self._learn(reply.headers)
        return self._judge(call, reply)

    def _wait_for(self, bucket: Bucket) -> None:
        while (wait_s := self._budget.take(bucket.name, bucket.limit, bucket.window_s)) > 0:
            if wait_s > self._patience.longest_wait_s:
                raise RateLimitedError(self._vendor.name, wait_s)
            # a wait shorter than a clock can tell would spin
            self._clock.sleep(max(wait_s, 0.001))

    def _judge(self, call: Call, reply: Reply) -> Answer:
        status = reply.status
        if 200 <= status < 300:
            return self._decode(call, reply)
        if status in _LIMITED:
            self._slow_down(reply)
        if (status >= 500 and status != _NEVER) or status in _FAULTS:
            wait_s = retry_after_s(reply.headers, self.vendor_now())
            self._give_way(call, f"answered {status}", sent=status not in _FAULTS, wait_s=wait_s)
        self._breaker.success()
        if 300 <= status < 400:
            raise UnavailableError(
                f"{self._vendor.name} redirects a call, which is not followed",
                hint="Check `base_url` and any proxy in between",
            )
        raise self._refusal(reply)

    def _decode(self, call: Call, reply: Reply) -> Answer:
        try:
            data = orjson.loads(reply.body) if reply.body.strip() else None
        except orjson.JSONDecodeError:
            self._give_way(call, f"answered {reply.status} with something that is not JSON", sent=True)
        self._breaker.success()
        return Answer(reply.status, data)

    def _give_way(self, call: Call, what: str, *, sent: bool, wait_s: float | None = None) -> NoReturn:
        self._breaker.fault()
        message = f"{self._vendor.name} {what} ({call.purpose})"
        if sent and not call.repeatable:
            raise UnknownResultError(message, hint="The write may have happened; it is read back first")
        error = UnavailableError(message, hint="Try again later; what was read and written so far stands")
        if wait_s is not None and wait_s > self._patience.longest_wait_s:
            raise error
        raise _Again(error, wait_s)

    def _slow_down(self, reply: Reply) -> NoReturn:
        now = self.vendor_now()
        bucket, wait_s = self._vendor.limited(reply, decode_refusal(reply.body), now)
        asked = retry_after_s(reply.headers, now)
        wait_s = wait_s if asked is None else asked
        self._budget.exhaust(bucket, wait_s)
        error = RateLimitedError(self._vendor.name, wait_s)
        if wait_s > self._patience.longest_wait_s:
            raise error
        # the closed bucket makes the next attempt wait, and every other process with it
        raise _Again(error, 0.0)

    def _refusal(self, reply: Reply) -> DetenteError:
        body = decode_refusal(reply.body)
        message, hint = self._vendor.explain(reply.status, body)
        if reply.status in (401, 403):
            return AccessError(message, hint=hint)
        return RefusedCallError(message, status=reply.status, body=body, hint=hint)

    def _learn(self, headers: Mapping[str, str]) -> None:
        for name, (limit, window_s) in self._vendor.limits(headers).items():
            if limit > 0 and window_s > 0 and name in self._buckets:
                self._buckets[name] = Bucket(name, limit, window_s)
        date = headers.get("Date", "")
        if date == self._date:
            return
        self._date = date
        at = http_date(date)
        if at is not None:
            skew = at - self._clock.now()
            self._skew = skew if abs(skew) > _SMALL_SKEW else timedelta(0)

    def _pause_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, _Again) and error.wait_s is not None:
            return error.wait_s
        pause_s = self._patience.first_pause_s * 2.0 ** (state.attempt_number - 1)
        return min(pause_s, self._patience.longest_pause_s)
