"""`detente provision`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, print_table, with_common_options


@click.command()
@click.argument("connector")
@with_common_options
@click.option("--apply", is_flag=True, help="Create what is missing; without it only say so.")
def command(connector: str, home: Path, as_json: bool, apply: bool) -> None:
    """Create Detente's fields in the CRM behind CONNECTOR, under an admin's credential. A run never does."""
    from detente.engine.provisioning import provision

    steps = provision(home, connector, apply=apply)
    if as_json:
        print_json([asdict(step) for step in steps])
        return
    print_table(
        ["object", "name", "action", "detail"],
        [[step.object, step.name, step.action, step.detail] for step in steps],
    )
    if not apply:
        click.echo("Nothing was created; pass --apply to do it.")
