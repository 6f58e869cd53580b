"""`detente run`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, watched, with_common_options


@click.command()
@with_common_options
@click.option("--strict", is_flag=True, help="Stop when a plugin fails, instead of naming it and going on.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Score a past instant, UTC."
)
def command(home: Path, as_json: bool, strict: bool, as_of: datetime | None) -> int:
    """Read, score, open cases and write back. A second run writes only what moved."""
    from detente.engine.working import perform_run

    with watched(as_json) as progress:
        instant = as_of.replace(tzinfo=UTC) if as_of else None
        summary = perform_run(home, as_of=instant, strict=strict, progress=progress)
    if as_json:
        print_json(summary)
    else:
        from detente.cli.run_report import show_run

        show_run(summary)
    return 1 if summary["degraded"] else 0
