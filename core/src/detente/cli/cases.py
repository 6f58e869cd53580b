"""`detente cases`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from detente.cli.options import counted, print_json, print_table, with_common_options


@click.command()
@with_common_options
@click.option("--all", "everything", is_flag=True, help="Closed cases too.")
def command(home: Path, as_json: bool, everything: bool) -> None:
    """List the open cases, the most pressing first, and the human edits that ask for a lease."""
    from detente.engine.opening import open_store
    from detente.store import cases, writes

    with open_store(home) as store, store.reading() as connection:
        rows = cases.list_cases(connection, only_open=not everything)
        leases = writes.open_lease_requests(connection)
    if as_json:
        print_json(
            {"cases": [asdict(row) for row in rows], "lease_requests": [asdict(item) for item in leases]}
        )
        return
    if not rows:
        click.echo("No case is open.")
    else:
        headings = ["case", "due", "stage", "owner", "what"]
        print_table(
            headings, [[row.id, _due(row), str(row.stage), row.owner or "", row.title] for row in rows]
        )
        click.echo(counted(len(rows), "case"))
    for item in leases:
        click.echo(
            f"Lease asked for: {item.ref} {item.field} stands at {item.held!r} until "
            f"{item.ends_at:%d %b %Y}; the rubric says {item.ours!r}"
        )


def _due(row: object) -> str:
    due = getattr(row, "due_at", None)
    late = " (overdue)" if getattr(row, "is_overdue", False) else ""
    return f"{due:%a %d %b %H:%M} UTC{late}" if due else ""
