"""A run's summary for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rich_click as click

from detente.cli.options import counted, moment, visible


def show_run(summary: Mapping[str, Any]) -> None:
    """What was read, scored, opened and written, then every named problem."""
    click.echo(f"Run {summary['run']} as of {moment(datetime.fromisoformat(summary['as_of']))}")
    for connector, kinds in summary["records"].items():
        read = ", ".join(counted(count, kind) for kind, count in kinds.items())
        click.echo(f"  read      {connector}: {read}")
    click.echo(f"  linked    {_links(summary['links'])}")
    click.echo(f"  scored    {counted(summary['scored'], 'customer')}")
    cases = summary["cases"]
    click.echo(
        f"  cases     {cases['opened']:,} opened, {cases['updated']:,} updated, {cases['moved']:,} moved on, "
        f"{cases['subsided']:,} subsided"
    )
    show_writes(summary["writes"])
    if summary["lease_requests"]:
        edits = summary["lease_requests"]
        verb = "edits stand and ask" if edits != 1 else "edit stands and asks"
        click.echo(f"  leases    {edits:,} human {verb} for a lease")
    spent = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in summary["seconds"].items())
    click.echo(f"  seconds   {spent}")
    show_problems(summary["degraded"])


def _links(counts: Mapping[str, int]) -> str:
    by_key = counted(counts["by_key"], "account")
    joined = f"{by_key} joined another by explicit id, {counts['by_evidence']:,} by evidence"
    if not counts["suggested"]:
        return joined
    verb = "suggestion waits" if counts["suggested"] == 1 else "suggestions wait"
    return f"{joined}; {counts['suggested']:,} {verb} in `detente links list`"


def show_writes(counts: Mapping[str, int]) -> None:
    """Rows planned and what became of them."""
    click.echo(
        f"  written   {counted(counts['applied'], 'record')} of {counts['planned']:,} planned, "
        f"{counts['failed']:,} failed, {counts['skipped']:,} skipped"
    )


def show_problems(problems: list[str]) -> None:
    """Each problem on a line of its own; nothing when there is none."""
    if problems:
        click.echo(f"Degraded by {counted(len(problems), 'named problem')}:")
    for problem in problems:
        click.echo(f"  - {visible(problem)}")
