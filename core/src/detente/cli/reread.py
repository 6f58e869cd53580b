"""`detente reread`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, with_common_options

_GONE = {True: "and what was deleted since", False: "but of what was deleted since only what it can list"}


@click.command()
@click.argument("connector")
@click.argument("kind", required=False)
@with_common_options
def command(connector: str, kind: str | None, home: Path, as_json: bool) -> None:
    """Let the next run read everything from CONNECTOR again, or one KIND of record, such as account.

    For a stored cursor that cannot be read, and for doubts about what was read. Nothing is forgotten or
    rewritten: records that did not change stand as they are.
    """
    from detente.engine.rereading import reread

    restarted = reread(home, connector, kind)
    if as_json:
        print_json([asdict(item) for item in restarted])
        return
    for item in restarted:
        click.echo(f"The next run reads every {item.kind} of {connector}, {_GONE[item.tells_gone]}.")
    if not restarted:
        click.echo(f"{connector} was not read yet; the next run begins at the start anyway.")
