"""`detente receipts`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import counted, print_json, watched, with_common_options


@click.group()
def command() -> None:
    """Recompute scores from their receipts."""


@command.command()
@with_common_options
@click.option("--all", "everything", is_flag=True, help="Every receipt ever kept, not only the latest run's.")
def verify(home: Path, as_json: bool, everything: bool) -> int:
    """Recompute every score from its receipt, with arithmetic of its own, and compare the integers."""
    from detente.engine.opening import open_store
    from detente.engine.verifying import verify_receipts

    with open_store(home) as store, watched(as_json) as progress:
        checked = verify_receipts(store, everything=everything, progress=progress)
    if as_json:
        print_json({"receipts": checked.receipts, "scores": checked.scores, "wrong": checked.wrong})
    elif not checked.scores:
        click.echo("No score was kept yet.")
    else:
        scores, receipts = counted(checked.scores, "score"), counted(checked.receipts, "receipt")
        click.echo(f"{scores} in {receipts} recomputed")
        click.echo("\n".join(checked.wrong) if checked.wrong else "Every one to the same integer.")
    return 1 if checked.wrong else 0
