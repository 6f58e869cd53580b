"""`detente doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import counted, print_json, print_table, visible, with_common_options

if TYPE_CHECKING:
    from detente_contracts import Finding

    from detente.engine.doctor import Examined

_MARKS = {"error": "ERROR", "warning": "warning", "ok": "ok"}
"""How a finding stands, the worst first; clicks stand in a list of their own."""


@click.command()
@with_common_options
def command(home: Path, as_json: bool) -> int:
    """Look at settings, plugins, policy and every CRM: credential, rights, fields, clicks. Changes nothing.

    A CRM that is down hides nothing else. Exits 1 when anything would stop a run.
    """
    from detente.engine.doctor import examine

    parts = examine(home)
    if as_json:
        print_json([{"part": item.part, **asdict(found)} for item in parts for found in item.findings])
    else:
        for item in parts:
            _show(item)
        _sum_up([found for item in parts for found in item.findings])
    return 1 if any(found.severity == "error" for item in parts for found in item.findings) else 0


def _show(item: Examined) -> None:
    kind = f" ({item.type})" if item.type and item.type != item.part else ""
    click.secho(visible(f"{item.part}{kind}"), bold=True)
    order = list(_MARKS)
    seen = [found for found in item.findings if found.severity in _MARKS]
    seen.sort(key=lambda found: order.index(found.severity))
    headings = [
        "",
        "looked at",
        "how it stands",
        *(["what to do"] if any(found.hint for found in seen) else []),
    ]
    print_table(headings, [row[: len(headings)] for row in _rows(seen)])
    _show_clicks(item.part, [found for found in item.findings if found.severity == "click"])
    click.echo()


def _rows(seen: Sequence[Finding]) -> Iterator[list[str]]:
    """A row a finding; advice that the row before gave already is not given again."""
    before = ("", "")
    for found in seen:
        said = (found.message, found.hint)
        shown = ("likewise", "") if found.hint and said == before else said
        yield [_MARKS[found.severity], found.subject, *shown]
        before = said


def _show_clicks(part: str, clicks: Sequence[Finding]) -> None:
    if clicks:
        click.echo()
        click.echo(visible(f"By hand in {part}, as no API can do it:"))
    for number, found in enumerate(clicks, 1):
        click.echo(visible(f"  {number}. {found.subject}: {found.message}"))
        click.echo(visible(f"     {found.hint}"))


def _sum_up(findings: Sequence[Finding]) -> None:
    counts = Counter(str(found.severity) for found in findings)
    said = [counted(counts["error"], "error"), counted(counts["warning"], "warning")]
    hands = f", {counted(counts['click'], 'thing')} to do by hand" if counts["click"] else ""
    click.echo(f"{' and '.join(said)}{hands}")
