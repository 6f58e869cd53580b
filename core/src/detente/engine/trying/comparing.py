"""Two explanations of one customer side by side: scores, bands, and the lines that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from detente.engine.rubric.explanation import Explanation
from detente.engine.rubric.told import said

_SAME = "The score and its reasons are the same."
_NO_LINE = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is not the same in both; None where it is missing. Points are tenths that add up."""

    title: str
    said: str
    before: int | None
    after: int | None


def differences(before: Explanation, after: Explanation) -> list[Difference]:
    """Lines whose points or words differ as shown: in the order of `after`, then those that are gone."""
    old, new = dict(_lines(before)), dict(_lines(after))
    differing = [key for key in {**new, **old} if old.get(key) != new.get(key)]
    return [_difference(key[1], old.get(key), new.get(key)) for key in differing]


def as_text(before: Explanation, after: Explanation) -> str:
    """An aligned table, and what is known in one of the two only."""
    rows = [
        ("", "before", "after", ""),
        ("band", before.band, after.band, ""),
        ("score", f"{before.score:.1f}", f"{after.score:.1f}", ""),
    ]
    found = differences(before, after)
    rows += [(item.title, _points(item.before), _points(item.after), item.said) for item in found]
    width = max(len(row[0]) for row in rows)
    table = [f"{row[0]:<{width}}  {row[1]:>7}  {row[2]:>7}  {row[3]}".rstrip() for row in rows]
    unknown = list(_unknown(before, after))
    if not (found or unknown):
        unknown = [_SAME]
    return "\n".join([after.name, "", *table, *(["", *unknown] if unknown else [])])


_Key = tuple[str, str, int]
_Shown = tuple[int, str]


def _lines(explanation: Explanation) -> Iterator[tuple[_Key, _Shown]]:
    """Each line as shown, by kind, title, and how many of both came before it."""
    seen: Counter[tuple[str, str]] = Counter()
    for line, tenths in zip(explanation.lines, explanation.tenths, strict=True):
        key = (line.kind.value, line.title)
        yield (*key, seen[key]), (tenths, said(line))
        seen[key] += 1


def _difference(title: str, old: _Shown | None, new: _Shown | None) -> Difference:
    words = (new or old or (0, ""))[1]
    return Difference(title, words, old[0] if old else None, new[0] if new else None)


def _points(tenths: int | None) -> str:
    if tenths is None:
        return _NO_LINE
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


def _unknown(before: Explanation, after: Explanation) -> Iterator[str]:
    yield from (f"Not known after: {item}" for item in after.unknown if item not in before.unknown)
    yield from (f"Not known before: {item}" for item in before.unknown if item not in after.unknown)
