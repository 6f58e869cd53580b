"""`detente plan`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import counted, print_json, print_table, watched, with_common_options

SHOWN = 40
"""Rows that people see; machines get all."""


@click.command()
@with_common_options
def command(home: Path, as_json: bool) -> int:
    """Say what a run would write, field by field, and write nothing: neither to a CRM nor to the store."""
    from detente.cli.run_report import show_problems
    from detente.engine.working import perform_plan

    with watched(as_json) as progress:
        rows, problems = perform_plan(home, progress=progress)
    if as_json:
        print_json(rows)
        return 1 if problems else 0
    if rows:
        headings = ["connector", "object", "id", "field", "old", "new", "reason"]
        print_table(headings, [[_cell(value) for value in row.values()] for row in rows[:SHOWN]])
    more = f", {len(rows) - SHOWN:,} more not shown (--json gives all)" if len(rows) > SHOWN else ""
    click.echo(f"{counted(len(rows), 'field')} would be written{more}. Nothing was changed.")
    show_problems(problems)
    return 1 if problems else 0


def _cell(value: object) -> str:
    return "" if value is None else str(value)
