"""`detente init`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, with_common_options


@click.command()
@with_common_options
@click.option(
    "--organisation", default="Our organisation", show_default=True, help="Name on pages and receipts."
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    default=["files"],
    show_default=True,
    metavar="TYPE",
    help="Where accounts come from: files, or an installed connector such as hubspot. May be repeated.",
)
def command(home: Path, as_json: bool, organisation: str, sources: tuple[str, ...]) -> None:
    """Write detente.yaml, a policy folder and a plugins folder. Overwrites nothing."""
    from detente.engine.starting import start_installation

    written = start_installation(home, organisation=organisation, sources=sources)
    if as_json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo("Next: put your names into detente.yaml, then `detente doctor` and `detente plan`.")
