"""What `detente dev` shows: redrawn in place on a terminal, plain lines elsewhere, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import rich_click as click

from detente.cli.options import case_lines, print_json, visible
from detente.settings import has_settings

if TYPE_CHECKING:
    from rich.live import Live

    from detente.engine.trying.bench import Bench
    from detente.engine.trying.movement import Movement, Mover
    from detente.engine.trying.plugin_tests import Tested
    from detente.engine.trying.workbench import Look

_WAITING = "Waiting for the next save; Ctrl-C ends."
MOST = 8
"""Customers and cases of one kind that people see; machines get all."""


class Report(Protocol):
    """Shows looks, one after the other."""

    def show(self, look: Look, saved: Sequence[str]) -> None:
        """What one look found, after the files `saved`; none at the first look."""
        ...

    def show_tests(self, tested: Tested) -> None:
        """How the plugin's tests went after the last look."""
        ...


@contextmanager
def reporter(bench: Bench, path: Path | None, *, as_json: bool, watching: bool) -> Iterator[Report]:
    """The report that fits: JSON if asked for, in place on a terminal while watching, else plain lines."""
    if as_json:
        yield _Json()
        return
    head = _heading(bench, path)
    if not (watching and sys.stdout.isatty()):
        click.echo(visible(head))
        yield _Lines()
        return
    from rich.live import Live

    with Live(auto_refresh=False, vertical_overflow="visible") as live:
        yield _Screen(live, head)


class _Json:
    """One document a look, and one for the tests."""

    def show(self, look: Look, saved: Sequence[str]) -> None:
        print_json(_as_data(look, saved))

    def show_tests(self, tested: Tested) -> None:
        print_json({"tests": asdict(tested)})


class _Lines:
    """A block of lines a look."""

    def show(self, look: Look, saved: Sequence[str]) -> None:
        click.echo("\n" + "\n".join(map(visible, look_lines(look, saved))))

    def show_tests(self, tested: Tested) -> None:
        click.echo("\n".join(map(visible, test_lines(tested))))


class _Screen:
    """The last look only, where the one before stood."""

    def __init__(self, live: Live, head: str) -> None:
        self._live = live
        self._head = [head, ""]
        self._shown: list[str] = []

    def show(self, look: Look, saved: Sequence[str]) -> None:
        self._shown = list(look_lines(look, saved))
        self._draw()

    def show_tests(self, tested: Tested) -> None:
        self._shown += test_lines(tested)
        self._draw()

    def _draw(self) -> None:
        from rich.text import Text

        text = Text()
        for line in [*self._head, *self._shown, "", _WAITING]:
            text.append(visible(line) + "\n", style="red" if line.startswith("failed: ") else "")
        self._live.update(text, refresh=True)


def look_lines(look: Look, saved: Sequence[str]) -> Iterator[str]:
    """What one look found: what is wrong first, then bands, movers and cases."""
    after = f", after a save of {', '.join(Path(name).name for name in saved)}" if saved else ""
    yield f"Looked in {look.took_s:.2f} s{after}"
    yield from (f"failed: {problem}" for problem in look.problems)
    if look.assessment is None:
        yield "Nothing could be scored; what was seen last still stands."
    elif look.movement is None:
        from detente.engine.trying.movement import band_counts

        counts = band_counts(look.assessment)
        yield "Bands     " + ", ".join(f"{name} {count}" for name, count in counts.items())
        yield f"Cases     {len(look.assessment.cases)} would be open"
    else:
        yield from _moved(look.movement, look.assessment.scored.height)


def test_lines(tested: Tested) -> list[str]:
    """How the plugin's tests went, pytest's report first."""
    mark = "Tests     " if tested.passed else "failed: tests: "
    return [*(f"  {line}" for line in tested.report), f"{mark}{tested.summary}"]


def _moved(moved: Movement, height: int) -> Iterator[str]:
    if moved.is_still:
        yield "Nothing moved."
        return
    yield "Bands     " + ", ".join(_count(name, *counts) for name, counts in moved.bands.items())
    if moved.links:
        yield "Links     " + ", ".join(_count(name, *counts) for name, counts in moved.links.items())
    another = [mover for mover in moved.movers if mover.has_another_band]
    yield from _block(f"Another band: {len(another)}", [_mover(item) for item in another])
    yield from _block(f"Moved: {len(moved.movers)} of {height}", [_mover(item) for item in moved.movers])
    yield from _block(f"Cases that open: {len(moved.opened)}", list(case_lines(moved.opened)))
    yield from _block(f"Cases that close: {len(moved.closed)}", list(case_lines(moved.closed)))


def _count(band: str, before: int, after: int) -> str:
    return f"{band} {after}" if before == after else f"{band} {after} (was {before})"


def _mover(mover: Mover) -> str:
    was, now = f"{mover.band_before} {mover.before:5.1f}", f"{mover.band_after} {mover.after:5.1f}"
    return f"  {mover.points:+6.1f}  {was} > {now}  {mover.name}"


def _block(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield heading
        yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"  and {len(lines) - MOST} more (--json gives all)"


def _heading(bench: Bench, path: Path | None) -> str:
    what = f"{path.resolve().name}, on" if path else "On"
    when = f"{bench.as_of:%d %b %Y %H:%M} UTC".lstrip("0")
    rules = "your own rules" if has_settings(bench.home) else "the stock rules"
    return f"{what} {bench.title} as of {when}, under {rules}"


def _as_data(look: Look, saved: Sequence[str]) -> dict[str, object]:
    from detente.engine.trying.movement import band_counts

    moved = look.movement
    return {
        "saved": list(saved),
        "took_s": round(look.took_s, 3),
        "problems": list(look.problems),
        "bands": band_counts(look.assessment) if look.assessment else None,
        "links": dict(look.assessment.links) if look.assessment else None,
        "movers": [{**asdict(item), "points": item.points} for item in moved.movers] if moved else None,
        "opened": [asdict(row) for row in moved.opened] if moved else None,
        "closed": [asdict(row) for row in moved.closed] if moved else None,
    }
