"""The waterfall of a score: each reason lifts or lowers the sum from where every customer starts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from detente.engine.rubric.explain import Explanation, LineKind
from detente.engine.rubric.told import said

_START = 500
_TOP = 1000
_MARGIN = 20
"""Tenths of a point that the drawing leaves free where a sum leaves 0 to 100."""
_THINNEST = 4.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the drawing; `x`, `width` and `end` are thousandths of the drawing's width."""

    label: str
    detail: str
    points: str
    tone: str
    x: float
    width: float
    end: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A bar for every contribution, and where 0, the start of 50, 100 and the total lie, in thousandths."""

    bars: tuple[Bar, ...]
    zero: float
    start: float
    top: float
    total: float


def waterfall(explanation: Explanation) -> Waterfall:
    """The drawing of one score, its lines in the order of the explanation."""
    axis = _Axis.around(explanation)
    return Waterfall(
        bars=tuple(_bars(explanation, axis)),
        zero=axis.place(0),
        start=axis.place(_START),
        top=axis.place(_TOP),
        total=axis.place(round(explanation.score * 10)),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """From tenths of a point to thousandths of the drawing's width."""

    low: int
    high: int

    @classmethod
    def around(cls, explanation: Explanation) -> _Axis:
        """An axis from 0 to 100, wider where the sum leaves that range on its way."""
        sums = list(accumulate(explanation.tenths, initial=_START))
        low, high = min(sums), max(sums)
        return cls(low - _MARGIN if low < 0 else 0, high + _MARGIN if high > _TOP else _TOP)

    def place(self, tenths: int) -> float:
        """Where a sum lies."""
        return round((tenths - self.low) * 1000 / (self.high - self.low), 2)


def _bars(explanation: Explanation, axis: _Axis) -> list[Bar]:
    sums = list(accumulate(explanation.tenths, initial=_START))
    bars = []
    for line, tenths, before, after in zip(
        explanation.lines, explanation.tenths, sums[:-1], sums[1:], strict=True
    ):
        left, right = sorted((axis.place(before), axis.place(after)))
        label = line.said if line.kind is LineKind.CRITERION else line.title
        detail = line.title if line.kind is LineKind.CRITERION else said(line)
        shown = f"{tenths / 10:+.1f}" if tenths else "0.0"
        width = max(right - left, _THINNEST)
        bars.append(Bar(label, detail, shown, _tone(line.kind, tenths), left, width, axis.place(after)))
    return bars


def _tone(kind: LineKind, tenths: int) -> str:
    if tenths == 0:
        return "none"
    if kind in (LineKind.CRITERION, LineKind.ASSUMED):
        return "up" if tenths > 0 else "down"
    return "rule"
