"""The explanation of one score: lines that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from detente.engine.rubric.plan import BASE_MICRO, MICRO

_TENTH = MICRO // 10


class LineKind(StrEnum):
    """What a line of an explanation comes from. A cap, knock-out or clamp moves the sum of the others."""

    CRITERION = "criterion"
    ASSUMED = "assumed"
    REDISTRIBUTED = "redistributed"
    CAP = "cap"
    KNOCK_OUT = "knock_out"
    CLAMP = "clamp"


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution: what it is about, what is said, and its millionths of a point."""

    title: str
    said: str
    points_micro: int
    kind: LineKind


@dataclass(frozen=True, slots=True)
class LensView:
    """What a department's own weights would say."""

    name: str
    title: str
    score: float
    band: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One score explained. 50 points and the lines add up to the score exactly.

    Lines of criteria come first, the strongest first; then what moves their sum, in the order in which it
    does. `unknown` says what is not known and why; `bundle` is the hash of the policy.
    """

    customer: str
    name: str
    score_micro: int
    score: float
    band: str
    lines: tuple[Line, ...]
    lenses: tuple[LensView, ...]
    unknown: tuple[str, ...]
    bundle: str
    as_of: datetime

    @property
    def strongest(self) -> tuple[Line, ...]:
        """The lines that say something about the customer, the strongest first."""
        telling = [line for line in self.lines if line.kind in _TELLING and line.points_micro]
        return tuple(sorted(telling, key=strength))

    @property
    def tenths(self) -> tuple[int, ...]:
        """Points of each line in tenths, so rounded that with 500 they add up to the score's tenths."""
        exact = [line.points_micro for line in self.lines]
        shown = [micro // _TENTH for micro in exact]
        missing = round(self.score * 10) - BASE_MICRO // _TENTH - sum(shown)
        rests = sorted(range(len(exact)), key=lambda i: (-(exact[i] % _TENTH), i))
        for place in rests[: max(0, missing)]:
            shown[place] += 1
        return tuple(shown)


_TELLING = (LineKind.CRITERION, LineKind.ASSUMED, LineKind.CAP, LineKind.KNOCK_OUT)


def strength(line: Line) -> tuple[int, str]:
    """Sorts lines so that the strongest comes first, whichever way it points."""
    return -abs(line.points_micro), line.title
