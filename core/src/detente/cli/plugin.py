"""`detente plugin`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import print_json, visible, with_common_options

if TYPE_CHECKING:
    from detente.engine.trying import Trial


@click.group()
def command() -> None:
    """Look at one plugin before it is in place."""


@command.command(name="try")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@with_common_options
@click.option("--customer", required=True, help="An id, an account as connector/object/id, or a name.")
def try_command(path: Path, home: Path, as_json: bool, customer: str) -> int:
    """Show a customer's score without the plugin at PATH and with it. Changes nothing, asks no CRM.

    PATH is a .py file, or a folder as `detente new plugin` writes it.
    """
    from detente.engine.trying import try_plugin

    trial = try_plugin(home, path, customer)
    if as_json:
        print_json(_as_data(trial))
    else:
        _print(trial)
    return 1 if trial.failures else 0


def _as_data(trial: Trial) -> dict[str, object]:
    """Explanations as `explain --json` gives them; points of `differences` in tenths."""
    from detente.engine.comparing import differences
    from detente.engine.rubric.explain import as_json

    found = differences(trial.before, trial.after) if trial.after else []
    return {
        "plugin": trial.plugin,
        "before": as_json(trial.before),
        "after": as_json(trial.after) if trial.after else None,
        "differences": [asdict(item) for item in found],
        "failures": list(trial.failures),
    }


def _print(trial: Trial) -> None:
    from detente.engine.comparing import as_text

    text = as_text(trial.before, trial.after) if trial.after else "Nothing could be scored with it."
    click.echo("\n".join(visible(line) for line in text.splitlines()))
    for failure in trial.failures:
        click.echo(visible(f"failed: {failure}"))
