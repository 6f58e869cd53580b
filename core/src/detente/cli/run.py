"""`detente run`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, watched, with_common_options


@click.command()
@with_common_options
@click.option("--strict", is_flag=True, help="Stop when a plugin fails, instead of naming it and going on.")
def command(home: Path, as_json: bool, strict: bool) -> int:
    """Read, score, open cases and write back. A second run writes only what moved."""
    from detente.engine.working import perform_run

    with watched(as_json) as progress:
        summary = perform_run(home, strict=strict, progress=progress)
    if as_json:
        print_json(summary)
    else:
        from detente.cli.run_report import show_run

        show_run(summary)
    return 1 if summary["degraded"] else 0
