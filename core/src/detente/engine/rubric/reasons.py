"""The reason that reps read in the CRM: one line of plain text that is never cut inside a statement."""

from __future__ import annotations

from collections.abc import Iterator

from detente_contracts import REASON_LENGTH

from detente.engine.rubric.explanation import Explanation, Line, LineKind
from detente.engine.rubric.wording import plain, points, whole_points

STRONGEST = 3
"""Contributions that a reason names at most."""


def reason(explanation: Explanation, *, up: int | None, contested: str, decides: str) -> str:
    """Score, its move since it was last written, the strongest contributions, what is contested.

    `up` is the move in whole points; None when nothing was written yet. At most 255 characters: the weakest
    contribution goes first, then who decides, then what is contested.
    """
    head = f"{whole_points(explanation.score_micro)}{_moved(up)}"
    parts = [_contribution(line) for line in explanation.strongest if whole_points(line.points_micro)]
    texts = _shorter(head, parts[:STRONGEST], contested, decides)
    return next(text for text in texts if len(text) <= REASON_LENGTH)


def _shorter(head: str, parts: list[str], contested: str, decides: str) -> Iterator[str]:
    """Ever shorter reasons; the last is little more than the score."""
    for left in (_contested(contested, decides), _contested(contested, ""), ""):
        for kept in range(len(parts), -1, -1):
            told = "; ".join(parts[:kept]) if kept else "" if parts else "nothing speaks for or against"
            yield f"{head}: {told}.{left}" if told else f"{head}.{left}"


def _moved(up: int | None) -> str:
    if not up:
        return ""
    return f" (up {up})" if up > 0 else f" (down {-up})"


def _contribution(line: Line) -> str:
    about = line.said if line.kind in (LineKind.CRITERION, LineKind.ASSUMED) else line.title
    return f"{plain(about)} {points(line.points_micro, 0)}"


def _contested(contested: str, decides: str) -> str:
    told = "; ".join(part for part in (plain(contested).rstrip("."), plain(decides).rstrip(".")) if part)
    return f" Contested: {told}." if told else ""
