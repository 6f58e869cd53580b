"""`detente demo`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command()
@click.option("--companies", default=1000, show_default=True, help="How many companies to simulate.")
@click.option("--tickets", default=5000, show_default=True, help="How many tickets to simulate.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same world.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("detente-demo"),
    show_default=True,
    help="Where the demo's settings, store and drawn receipt are kept; emptied first.",
)
def command(companies: int, tickets: int, seed: int, folder: Path) -> int:
    """Watch Detente do its whole job once, on a simulated CRM: score, cases, write-back, undo."""
    from detente.cli.demo.simulated_crm import SimulatedCrm
    from detente.cli.demo.story import Story

    with SimulatedCrm(companies=companies, tickets=tickets, seed=seed) as crm:
        return Story(crm, folder).tell()
