"""One way to call a CRM: budget, retries, breaker and errors, whoever makes the HTTP request."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import BinaryIO, NoReturn
from urllib.parse import urlencode

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
from detente_connector_kit.calls import Call, Pairs, Patience
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
from detente_connector_kit.tokens import RenewedToken
from detente_connector_kit.wire import Wire

_log = logging.getLogger(__name__)

_FAULTS = frozenset({408, 423, 425})
_NEVER = 501
"""The CRM does not do this at all; trying again would not help."""

_FORM = "application/x-www-form-urlencoded"

_SMALL_SKEW = timedelta(seconds=2)


class _Again(Exception):
    """Try again after `wait_s` (None: the usual pause); `error` is raised when there are no tries left."""

    def __init__(self, error: RetryableError, wait_s: float | None = None) -> None:
        self.error = error
        self.wait_s = wait_s


class Transport:
    """Calls one CRM account. `calls` counts what was sent, by purpose.

    With `token`, a call whose token is refused is made once more with a new one.
    """

    def __init__(
        self,
        vendor: Vendor,
        wire: Wire,
        *,
        clock: Clock,
        budget: Budget,
        buckets: Iterable[Bucket],
        patience: Patience | None = None,
        token: RenewedToken | None = None,
    ) -> None:
        self._vendor = vendor
        self._wire = wire
        self._clock = clock
        self._budget = budget
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._patience = patience or Patience()
        self._token = token
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

    @property
    def skew(self) -> timedelta:
        """How far the CRM's clock is ahead of ours, by the last answer; 0 within two seconds."""
        return self._skew

    def send(self, call: Call) -> Answer:
        """Make the call.

        Raises: AccessError, RateLimitedError, UnavailableError (UnknownResultError for a lost write),
        RefusedCallError.
        """
        body, headers = _encoded(call)
        return self.guard(
            call, lambda: self._wire.exchange(call.method, call.path, call.query, body, headers)
        )

    def download(self, call: Call, into: BinaryIO) -> Answer:
        """As `send`, with a good answer's body, of any length, as all that `into` holds; `data` is None.

        A body that breaks off is asked for again from its start.
        """
        return self.guard(
            call, lambda: self._wire.download(call.method, call.path, call.query, call.headers, into)
        )

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
        turn = 0 if self._token is None else self._token.turn()
        reply = self._reply(call, exchange)
        if self._token is not None and self._token.is_refused(reply):
            # a call whose token is refused has done nothing
            self._token.renew(turn)
            reply = self._reply(call, exchange)
        return self._judge(call, reply)

    def _reply(self, call: Call, exchange: Callable[[], Reply]) -> Reply:
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
        return reply

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
        if 400 <= status < 500:
            self._slow_down_if_limited(reply)
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
        return Answer(reply.status, data, reply.headers)

    def _give_way(self, call: Call, what: str, *, sent: bool, wait_s: float | None = None) -> NoReturn:
        self._breaker.fault()
        message = f"{self._vendor.name} {what} ({call.purpose})"
        if sent and not call.repeatable:
            raise UnknownResultError(message, hint="The write may have happened; it is read back first")
        error = UnavailableError(message, hint="Try again later; what was read and written so far stands")
        if wait_s is not None and wait_s > self._patience.longest_wait_s:
            raise error
        raise _Again(error, wait_s)

    def _slow_down_if_limited(self, reply: Reply) -> None:
        now = self.vendor_now()
        limited = self._vendor.limited(reply, decode_refusal(reply.body), now)
        if limited is None:
            return
        bucket, wait_s = limited
        asked = retry_after_s(reply.headers, now)
        wait_s = min(wait_s if asked is None else asked, self._patience.longest_rest_s)
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
        for name, wait_s in self._vendor.spent(headers).items():
            self._budget.exhaust(name, wait_s)
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


def _encoded(call: Call) -> tuple[bytes | None, Pairs]:
    if call.form:
        return urlencode(call.form).encode(), (*call.headers, ("Content-Type", _FORM))
    if call.body is None:
        return None, call.headers
    return orjson.dumps(call.body), (*call.headers, ("Content-Type", "application/json"))
