"""`detente new`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import rich_click as click

from detente.cli.options import json_option, print_json

_INSTALL = {"pip install pytest": "tests are run by it, and it is not installed here"}
_NEXT = {
    "pytest": "its tests, which pass",
    "detente dev": "what it does to invented customers, again on every save",
    "detente plugin try . --help": "what it would do to one customer, invented or yours",
}
"""The next commands, each with what it shows."""


@click.group()
def command() -> None:
    """Start something of your own."""


@command.command()
@click.argument("name")
@json_option
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    show_default="this folder",
    help="Where the new folder NAME is made.",
)
def plugin(name: str, as_json: bool, folder: Path) -> None:
    """Write a plugin NAME, such as acme-style, with tests that pass. Overwrites nothing."""
    from detente.engine.scaffolding import scaffold_plugin

    written = scaffold_plugin(name, folder)
    if as_json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"\nNext, in {folder / name}:")
    following = _NEXT if find_spec("pytest") else {**_INSTALL, **_NEXT}
    width = max(map(len, following))
    for what, why in following.items():
        click.echo(f"  {what:<{width}}  {why}")
