"""`detente plugin`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import case_lines, print_json, visible, with_common_options

if TYPE_CHECKING:
    from detente.engine.trying.trial import Trial
    from detente.store.cases import CaseRow


@click.group()
def command() -> None:
    """Look at one plugin before it is in place."""


@command.command(name="try")
@click.argument("plugin")
@with_common_options
@click.option("--customer", required=True, help="An id, an account as connector/object/id, or a name.")
@click.option("--fixture", is_flag=True, help="Among invented customers; needs neither a run nor settings.")
def try_command(plugin: str, home: Path, as_json: bool, customer: str, fixture: bool) -> int:
    """Show a customer before and after PLUGIN: band, score, reasons, cases. Changes nothing, asks no CRM.

    PLUGIN is a .py file, a folder as `detente new plugin` writes it, a folder of policy, or the name of a
    plugin that stands already.
    """
    from detente.engine.trying.trial import try_plugin

    trial = try_plugin(home, plugin, customer, fixture=fixture)
    if as_json:
        print_json(_as_data(trial))
    else:
        for line in _lines(trial):
            click.echo(visible(line))
    return 1 if trial.failures else 0


def _as_data(trial: Trial) -> dict[str, object]:
    """Explanations as `explain --json` gives them; points of `differences` in tenths."""
    from detente.engine.rubric.explain import as_json
    from detente.engine.trying.comparing import differences

    both = trial.before and trial.after
    found = differences(trial.before, trial.after) if trial.before and trial.after else []
    return {
        "plugin": trial.plugin,
        "before": as_json(trial.before) if trial.before else None,
        "after": as_json(trial.after) if trial.after else None,
        "differences": [asdict(item) for item in found] if both else [],
        "opened": [asdict(row) for row in trial.opened],
        "closed": [asdict(row) for row in trial.closed],
        "failures": list(trial.failures),
    }


def _lines(trial: Trial) -> Iterator[str]:
    from detente.engine.rubric.told import heading
    from detente.engine.trying.comparing import as_text

    if trial.before and trial.after:
        yield from as_text(trial.before, trial.after).splitlines()
    else:
        side, other = ("with", trial.before) if trial.before else ("without", trial.after)
        stands = f"; otherwise {heading(other)}" if other else ""
        yield f"Nothing could be scored {side} {trial.plugin}{stands}"
    yield from _cases("Cases that would open", trial.opened)
    yield from _cases("Cases that would not be there", trial.closed)
    yield from (f"failed: {failure}" for failure in trial.failures)


def _cases(heading: str, rows: Sequence[CaseRow]) -> Iterator[str]:
    if rows:
        yield ""
        yield heading
        yield from case_lines(rows)
