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
@click.option(
    "--fixture", is_flag=True, help="Instead: invented customers in three invented CRMs, to learn and to try."
)
def command(home: Path, as_json: bool, organisation: str, sources: tuple[str, ...], fixture: bool) -> None:
    """Write detente.yaml, a policy folder and a plugins folder. Overwrites nothing."""
    from detente.engine.fixture import AS_OF
    from detente.engine.starting import start_fixture, start_installation

    if fixture:
        written = start_fixture(home)
        following = f"Next: `detente run --as-of {AS_OF:%Y-%m-%dT%H:%M}`, the instant as of which they stand."
    else:
        written = start_installation(home, organisation=organisation, sources=sources)
        following = "Next: put your names into detente.yaml, then `detente doctor` and `detente plan`."
    if as_json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(following)
