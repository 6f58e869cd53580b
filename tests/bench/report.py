"""Tables as they grow: aligned columns, and what was not kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from race import Ratio


class Report:
    """Prints tables line by line; `over` names the measures that are over their limits."""

    def __init__(self) -> None:
        self.over: list[str] = []
        self._widths: Sequence[int] = ()

    def table(self, title: str, *columns: tuple[str, int]) -> None:
        """Begin a table; the first column stands to the left, all others to the right."""
        self._widths = [width for _, width in columns]
        self._print(f"\n{title}\n")
        self._row(*(heading for heading, _ in columns))

    def line(self, name: str, *cells: str, kept: bool = True) -> None:
        """One measure with its cells; the last column is the verdict."""
        self._row(name, *cells, "ok" if kept else "OVER")
        if not kept:
            self.over.append(name)

    def note(self, name: str, text: str) -> None:
        """A measure that was not made, and why."""
        self._print(f"{name:<{self._widths[0]}}  {text}\n")

    def told(self, name: str, *cells: str) -> None:
        """A measure without a limit."""
        self._row(name, *cells, "")

    def ratios(self, title: str) -> None:
        """Begin a table of ratios."""
        columns = (("ours", 9), ("theirs", 9), ("ratio", 7), ("low to high", 13), ("CPU", 6), ("limit", 10))
        self.table(title, ("measure", 66), *columns, ("", 5))

    def ratio(self, name: str, found: Ratio, limit: float, *, ours: bool, cpu: bool = False) -> None:
        """One line; `ours` says that nobody promised the limit, `cpu` that both sides are of this process."""
        self.line(
            name,
            f"{found.ours_s:.2f} s",
            f"{found.theirs_s:.2f} s",
            f"{found.ratio:.2f}×",
            f"{found.low:.2f}–{found.high:.2f}",
            f"{found.cpu:.2f}" if cpu else "",
            f"{limit:g}×{' ours' if ours else ''}",
            kept=found.ratio <= limit,
        )

    def _row(self, first: str, *rest: str) -> None:
        cells = [f"{first:<{self._widths[0]}}"]
        cells += [f"{cell:>{width}}" for cell, width in zip(rest, self._widths[1:], strict=True)]
        self._print(f"{' '.join(cells).rstrip()}\n")

    def _print(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
