"""How the demo speaks: headings, sentences, and claims that are looked at before they are made."""

from __future__ import annotations

import time

import rich_click as click


class Teller:
    """Prints the story and remembers what did not hold."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._wrong: list[str] = []

    @property
    def seconds(self) -> float:
        """Seconds since the story began."""
        return time.perf_counter() - self._start

    def say(self, title: str, text: str = "") -> None:
        """A heading, and a sentence below it."""
        click.secho(f"\n{title}", bold=True)
        if text:
            self.tell(text)

    def tell(self, text: str) -> None:
        """A sentence."""
        click.echo(f"  {text}")

    def claim(self, holds: bool, text: str) -> None:
        """A sentence that is true or not, said either way."""
        self.tell(f"{'yes' if holds else 'NO'}: {text}")
        if not holds:
            self._wrong.append(text)

    def verdict(self) -> int:
        """The exit code: 0 when every claim held, else 1 with what did not."""
        for fault in self._wrong:
            click.echo(f"NOT AS CLAIMED: {fault}")
        return 1 if self._wrong else 0
