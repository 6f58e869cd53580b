"""`detente plugins`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, print_table, visible, with_common_options


@click.command()
@with_common_options
def command(home: Path, as_json: bool) -> int:
    """List plugins: name, version, where they run, their hooks, and what failed."""
    from detente.engine.plugins import Plugins
    from detente.settings import read_settings

    with Plugins.load(read_settings(home).plugins, home) as plugins:
        rows = plugins.listing()
        failures = list(plugins.failures)
    if as_json:
        print_json(
            {"plugins": [asdict(row) for row in rows], "failures": [asdict(item) for item in failures]}
        )
        return 1 if failures else 0
    headings = ["plugin", "version", "runs", "hooks"]
    shown = [[row.name, row.version, row.where, ", ".join(row.hooks).replace("detente_", "")] for row in rows]
    print_table(headings, shown)
    for item in failures:
        click.echo(visible(f"failed: {item.plugin}, {item.hook}: {item.message}"))
    return 1 if failures else 0
