"""`detente provision`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import counted, print_json, print_table, with_common_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente_contracts import ProvisionStep

_STANDING = "standing"
"""The action of a step that has nothing left to do."""


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
    click.echo(_sum_up(steps, connector, apply=apply))


def _sum_up(steps: Sequence[ProvisionStep], connector: str, *, apply: bool) -> str:
    wanted = [step for step in steps if step.action != _STANDING]
    if not wanted:
        return f"Nothing is missing in {connector}."
    if not apply:
        return f"{counted(len(wanted), 'thing')} would be made. Nothing was created; pass --apply to do it."
    return f"{counted(len(wanted), 'thing')} made. `detente doctor` lists what is left to do by hand."
