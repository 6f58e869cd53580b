"""What search sees: records in order of (modified, id), behind the records themselves by a lag."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from sortedcontainers import SortedList  # type: ignore[import-untyped]


class Indexed(Protocol):
    """What the index needs of a row."""

    @property
    def id(self) -> int: ...
    @property
    def modified_ms(self) -> int: ...


R = TypeVar("R", bound=Indexed)
_ABOVE_ALL_IDS = 1 << 62


class SearchIndex(Generic[R]):
    """Live rows as search sees them; `lag_ms` is how long a change stays unseen."""

    def __init__(self) -> None:
        self.lag_ms = 0
        self.version = 0
        self._order: SortedList = SortedList()
        self._seen: dict[int, R] = {}
        self._pending: deque[tuple[int, int, R | None]] = deque()

    def load(self, rows: list[R]) -> None:
        """Takes the rows of the start, visible at once."""
        self._seen = {row.id: row for row in rows}
        self._order = SortedList((row.modified_ms, row.id) for row in rows)
        self.version += 1

    def note(self, record_id: int, after: R | None, now_ms: int) -> None:
        """Takes a change that becomes visible `lag_ms` after `now_ms`; `after` None takes it away."""
        self._pending.append((now_ms, record_id, after))
        self.settle(now_ms)

    def settle(self, now_ms: int) -> None:
        """Makes every change visible whose lag is over."""
        while self._pending and self._pending[0][0] + self.lag_ms <= now_ms:
            _, record_id, row = self._pending.popleft()
            self._show(record_id, row)

    def rows(self) -> Iterator[R]:
        """All visible rows, in no order."""
        return iter(self._seen.values())

    def count(self, low_ms: int | None, high_ms: int | None) -> int:
        """How many visible rows were modified from `low_ms` to `high_ms`, both included."""
        first, last = self._bounds(low_ms, high_ms)
        return max(0, last - first)

    def window(self, low_ms: int | None, high_ms: int | None, skip: int, take: int | None) -> Iterator[R]:
        """Visible rows modified in a window, ordered by (modified, id)."""
        first, last = self._bounds(low_ms, high_ms)
        stop = last if take is None else min(last, first + skip + take)
        for _, record_id in self._order.islice(min(first + skip, last), max(stop, min(first + skip, last))):
            yield self._seen[record_id]

    def _bounds(self, low_ms: int | None, high_ms: int | None) -> tuple[int, int]:
        first = 0 if low_ms is None else self._order.bisect_left((low_ms, -1))
        last = len(self._order) if high_ms is None else self._order.bisect_right((high_ms, _ABOVE_ALL_IDS))
        return first, last

    def _show(self, record_id: int, row: R | None) -> None:
        self.version += 1
        old = self._seen.pop(record_id, None)
        if old is not None:
            self._order.remove((old.modified_ms, record_id))
        if row is not None:
            self._seen[record_id] = row
            self._order.add((row.modified_ms, record_id))
