"""`detente undo`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from detente.cli.options import print_json, visible, watched, with_common_options


@click.command()
@click.argument("run")
@with_common_options
def command(run: str, home: Path, as_json: bool) -> int:
    """Take back what RUN wrote. A field that somebody edited since is left alone and named."""
    from detente.engine.working import perform_undo

    with watched(as_json) as progress:
        summary: dict[str, Any] = perform_undo(home, run, progress=progress)
    if as_json:
        print_json(summary)
        return 1 if summary["degraded"] else 0
    from detente.cli.run_report import show_problems, show_writes

    click.echo(f"Undo of {run}, as {summary['run']}")
    show_writes(summary["writes"])
    for kept in summary["kept"]:
        click.echo(f"  left alone: {kept['record']}: {visible(kept['why'])}")
    show_problems(summary["degraded"])
    return 1 if summary["degraded"] else 0
