"""What was asked of the API."""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NamedTuple

KEPT = 200_000


class Asked(NamedTuple):
    """One API request; `seq` counts from 1 and `at` is the simulated instant."""

    seq: int
    method: str
    path: str
    kind: str
    status: int
    at: str
    token: str


class Journal:
    """The last 200,000 requests and how many there were of each kind since the last clearing."""

    def __init__(self) -> None:
        self.last = 0
        self._rows: deque[Asked] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def next_seq(self) -> int:
        """The number of the request that begins."""
        self.last += 1
        return self.last

    def add(self, row: Asked) -> None:
        """Adds a request when its answer is known."""
        self._rows.append(row)
        self._counts[row.kind] += 1

    def since(self, seq: int) -> Iterator[dict[str, Any]]:
        """Requests after `seq`, oldest first."""
        return (row._asdict() for row in self._rows if row.seq > seq)

    def counts(self) -> dict[str, int]:
        """Requests by kind since the last clearing; kinds never asked are left out."""
        return dict(self._counts)

    def clear(self) -> None:
        """Forgets all requests; the numbers go on."""
        self._rows.clear()
        self._counts.clear()
