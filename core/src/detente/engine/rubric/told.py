"""An explanation as text for people and as data for machines."""

from __future__ import annotations

from detente.engine.rubric.explanation import Explanation, Line

_HASH_SHOWN = 12
_NOTHING = "Nothing is known that speaks for or against."


def as_text(explanation: Explanation) -> str:
    """Aligned lines that add up to the score, the strongest first; then what departments would say."""
    blocks = [_heading(explanation), _sum(explanation), _lenses(explanation), _unknown(explanation)]
    return "\n\n".join("\n".join(block) for block in [*blocks, _source(explanation)] if block)


def as_json(explanation: Explanation) -> dict[str, object]:
    """Plain data; points in millionths, instants ISO 8601 with Z."""
    return {
        "customer": explanation.customer,
        "name": explanation.name,
        "score": explanation.score,
        "score_micro": explanation.score_micro,
        "band": explanation.band,
        "lines": [
            {
                "kind": line.kind.value,
                "title": line.title,
                "said": line.said,
                "points_micro": line.points_micro,
            }
            for line in explanation.lines
        ],
        "lenses": [
            {"name": lens.name, "title": lens.title, "score": lens.score, "band": lens.band}
            for lens in explanation.lenses
        ],
        "unknown": list(explanation.unknown),
        "bundle": explanation.bundle,
        "as_of": f"{explanation.as_of.replace(tzinfo=None).isoformat(timespec='seconds')}Z",
    }


def heading(explanation: Explanation) -> str:
    """Name, band and score in one line."""
    return f"{explanation.name}: {explanation.band}, {explanation.score:.1f} of 100 points"


def _heading(explanation: Explanation) -> list[str]:
    return [heading(explanation)]


def _sum(explanation: Explanation) -> list[str]:
    width = max((len(line.title) for line in explanation.lines), default=0)
    rows = [
        f"{_tenths(tenths):>8}  {line.title:<{width}}  {said(line)}".rstrip()
        for line, tenths in zip(explanation.lines, explanation.tenths, strict=True)
    ]
    start = f"{'50.0':>8}  where every customer starts"
    total = f"{explanation.score:>8.1f}  points"
    return [start, *(rows or [f"{'':>8}  {_NOTHING}"]), f"{'------':>8}", total]


def said(line: Line) -> str:
    """What the line says, without saying its title a second time."""
    return "" if line.said == line.title else line.said


def _tenths(value: int) -> str:
    return f"{value / 10:+.1f}" if value else "0.0"


def _lenses(explanation: Explanation) -> list[str]:
    width = max((len(lens.title) for lens in explanation.lenses), default=0)
    rows = [f"{lens.score:>8.1f}  {lens.title:<{width}}  {lens.band}" for lens in explanation.lenses]
    return ["What each department's own weights would say, in points:", *rows] if rows else []


def _unknown(explanation: Explanation) -> list[str]:
    if not explanation.unknown:
        return []
    return ["Not known:", *(f"{'':>8}  {item}" for item in explanation.unknown)]


def _source(explanation: Explanation) -> list[str]:
    when = explanation.as_of.strftime("%d %b %Y %H:%M UTC").lstrip("0")
    return [f"As of {when}, under policy {explanation.bundle[:_HASH_SHOWN]}."]
