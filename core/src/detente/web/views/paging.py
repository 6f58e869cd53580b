"""A page of a longer list."""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 50
"""Rows of a page."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows are shown of how many. `number` starts at 1; behind the last page there is none."""

    number: int
    total: int
    size: int = SIZE

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is no row."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the page's first row, from 1; 0 when it has none."""
        return self.offset + 1 if self.offset < self.total else 0

    @property
    def last(self) -> int:
        """The number of the page's last row; 0 when it has none."""
        return min(self.offset + self.size, self.total) if self.first else 0
