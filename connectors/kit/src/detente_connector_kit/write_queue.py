"""The batches of one `write` that wait to be sent, and what becomes of one that the CRM refuses whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from detente_contracts.connector import Result
from detente_contracts.errors import AccessError, RetryableError

from detente_connector_kit.replies import RefusedCallError, UnknownResultError
from detente_connector_kit.write_sheet import WriteSheet

Send = Callable[[Sequence[int]], None]
"""Sends the rows at these places in one call; it settles them, now or later."""


class WriteQueue:
    """Batches in their order. One that is refused whole waits again as two halves, before the others.

    So a bad row ends up alone and is told what the CRM says of it: `k` bad rows of a batch of `n` cost at
    most 2 x k x log2(n) calls more, with the logarithm rounded up.
    """

    def __init__(
        self,
        sheet: WriteSheet,
        batches: Iterable[Sequence[int]],
        verdict: Callable[[RefusedCallError], tuple[Result, str]],
        is_about_all: Callable[[RefusedCallError], bool] = lambda _: False,
    ) -> None:
        """`verdict` says what a refusal means for a row; one that `is_about_all` is not halved."""
        self._sheet = sheet
        self._waiting = deque(batches)
        self._verdict = verdict
        self._is_about_all = is_about_all

    def __len__(self) -> int:
        """How many batches wait."""
        return len(self._waiting)

    def first(self) -> Sequence[int]:
        """The places that are sent next; something must wait."""
        return self._waiting[0]

    def send_all(self, send: Send) -> None:
        """Send until nothing waits.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        while self._waiting:
            self.send_first(send)

    def send_first(self, send: Send) -> None:
        """Send one batch. Once something was written, trouble leaves all the rest to be tried again.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        places = self._waiting.popleft()
        try:
            send(places)
            self._sheet.has_written = True
        except UnknownResultError as error:
            self._sheet.has_written = True
            self._sheet.settle_rest(places, Result.RETRY, error.message)
        except RefusedCallError as refusal:
            self._narrow(self._sheet.unsettled(places), refusal)
        except (RetryableError, AccessError) as error:
            if not self._sheet.has_written:
                raise
            self._sheet.settle_rest(places, Result.RETRY, error.message)
            self.give_up(error.message)

    def give_up(self, why: str) -> None:
        """Leave all that waits to be tried again."""
        while self._waiting:
            self._sheet.settle_rest(self._waiting.popleft(), Result.RETRY, why)

    def _narrow(self, places: Sequence[int], refusal: RefusedCallError) -> None:
        if len(places) <= 1 or self._is_about_all(refusal):
            self._sheet.settle_rest(places, *self._verdict(refusal))
            return
        middle = len(places) // 2
        self._waiting.extendleft((places[middle:], places[:middle]))
