"""`detente`: commands are loaded only when they are called, so that `--help` stays quick."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence

import rich_click as click
from click.exceptions import Abort, ClickException
from detente_contracts.errors import DetenteError, UnfinishedError

from detente import __version__

COMMANDS = (
    "init",
    "doctor",
    "provision",
    "run",
    "serve",
    "plan",
    "explain",
    "cases",
    "links",
    "receipts",
    "audit",
    "undo",
    "reread",
    "plugins",
    "new",
    "dev",
    "plugin",
    "demo",
)
"""Commands in the order in which a newcomer meets them; each is a module of this package."""


class Commands(click.RichGroup):
    """Finds a command's module by its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"detente.cli.{cmd_name}")
        command: click.Command = module.command
        command.name = cmd_name
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="detente")
def cli() -> None:
    """One argued priority per customer, written into the CRM, and a way to end the argument."""


def collect_rarely() -> None:
    """Let Python look for cycles every 20,000 new objects instead of every 700.

    Records are made by the ten thousand and hold no cycle: looking for one made a sync a tenth slower.
    """
    gc.set_threshold(20_000, 20, 20)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exits 0 done, 1 done with named problems, 2 refused before any effect."""
    collect_rarely()
    try:
        code = cli.main(args=arguments, prog_name="detente", standalone_mode=False)
    except DetenteError as error:
        sys.stderr.write(f"Error: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}.\n")
        code = 1 if isinstance(error, UnfinishedError) else 2
    except Abort:
        sys.stderr.write("Stopped. What was begun goes on with the next run.\n")
        code = 130
    except ClickException as error:
        error.show()
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
