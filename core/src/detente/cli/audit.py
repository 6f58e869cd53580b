"""`detente audit`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import counted, print_json, with_common_options


@click.group()
def command() -> None:
    """Check the record of what was done."""


@command.command()
@with_common_options
def verify(home: Path, as_json: bool) -> int:
    """Recompute the hash chain over reads, links, receipts, writes and case events; find any cut."""
    from detente.engine.opening import open_store
    from detente.settings import read_settings
    from detente.store.audit import chain_length
    from detente.store.audit import verify as verify_chain

    anchor = home / read_settings(home).state / "audit.anchor"
    with open_store(home) as store:
        problems = verify_chain(store, anchor)
        with store.reading() as connection:
            links = chain_length(connection)
    if as_json:
        print_json({"links": links, "problems": [str(problem) for problem in problems]})
    else:
        click.echo(f"{counted(links, 'link')} of the audit chain recomputed")
        click.echo("\n".join(str(problem) for problem in problems) if problems else "The record is whole.")
    return 1 if problems else 0
