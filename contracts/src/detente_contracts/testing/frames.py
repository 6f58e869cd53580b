"""A plain Frame over mappings, for tests that need no Polars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from detente_contracts.criteria import Row


class FrameOfRows:
    """Rows as a Frame. Columns are the union over all rows, `customer` first unless rows are accounts; a gap
    reads as None.

    It has no Arrow form: a plugin that takes frames through Arrow gives its tests a Polars frame.
    """

    def __init__(self, rows: Iterable[Row], columns: Iterable[str] = ()) -> None:
        kept = list(rows)
        named = [*columns, *(name for row in kept for name in row)]
        names = dict.fromkeys(named if named[:1] == ["account"] else ["customer", *named])
        self._columns = tuple(names)
        self._rows = [{name: row.get(name) for name in self._columns} for row in kept]

    @property
    def columns(self) -> Sequence[str]:
        """Column names; the first is `customer` or `account`."""
        return self._columns

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def rows(self) -> Iterator[Row]:
        """Copies of the rows, so that a plugin cannot change what the next one sees."""
        return (dict(row) for row in self._rows)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise TypeError("FrameOfRows has no Arrow form; override `frame` in the conformance class")
