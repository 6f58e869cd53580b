"""The portfolio as plugins see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from detente_contracts import Row, SignalState, Value, unknown_name

_STATE = "__state"
_INTERNAL = ("points__", "part__", "score_micro")


class UnknownSignalError(KeyError):
    """A plugin asked for a signal that there is not; the text names the nearest, and no customer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Row(dict[str, Value]):
    """One customer. A name that is not there is told with the nearest, unless it may be a customer's text."""

    def __missing__(self, name: object) -> Value:
        if isinstance(name, str) and name.isidentifier() and name not in self.values():
            raise UnknownSignalError(unknown_name("signal", name, self))
        raise KeyError(name)


class PortfolioFrame:
    """A contract Frame over a Polars frame; nothing a plugin does to it reaches what core holds.

    Values whose state is not known are null; states, points, parts and integer scores are left out.
    """

    __slots__ = ("__weakref__", "_frame")

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = _visible(frame)

    @property
    def frame(self) -> pl.DataFrame:
        """The same as a Polars frame, `customer` first."""
        return self._frame

    @property
    def columns(self) -> Sequence[str]:
        """Column names; the first is `customer`."""
        return tuple(self._frame.columns)

    @property
    def height(self) -> int:
        """How many customers there are."""
        return self._frame.height

    def rows(self) -> Iterator[Row]:
        """One mapping a customer, in the order of the frame."""
        names = self._frame.columns
        return (_Row(zip(names, values, strict=True)) for values in self._frame.iter_rows())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _visible(frame: pl.DataFrame) -> pl.DataFrame:
    stated = {name for name in frame.columns if f"{name}{_STATE}" in frame.columns}
    states = {f"{name}{_STATE}" for name in stated}
    kept = [name for name in frame.columns if name not in states and not name.startswith(_INTERNAL)]
    kept.sort(key=lambda name: name != "customer")
    return frame.select(_known(name) if name in stated else pl.col(name) for name in kept)


def _known(name: str) -> pl.Expr:
    known = pl.col(f"{name}{_STATE}") == int(SignalState.KNOWN)
    return pl.when(known).then(pl.col(name)).alias(name)
