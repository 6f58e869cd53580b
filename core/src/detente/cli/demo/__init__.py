"""`detente demo`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

VENDORS = "salesforce,hubspot,zendesk"


@click.command()
@click.option("--vendors", default=VENDORS, show_default=True, help="CRMs to simulate, joined by commas.")
@click.option(
    "--organisations", default=2000, show_default=True, help="How many organisations there are in all."
)
@click.option("--tickets", default=10_000, show_default=True, help="How many tickets there are in all.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same firm.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("detente-demo"),
    show_default=True,
    help="Where the demo's settings, store and drawn receipt are kept; emptied first.",
)
def command(vendors: str, organisations: int, tickets: int, seed: int, folder: Path) -> int:
    """Watch Detente do its whole job once, on three simulated CRMs: link, score, cases, write-back, undo."""
    from detente.cli.demo.firm import SimulatedFirm
    from detente.cli.demo.story import Story

    with SimulatedFirm(vendors, companies=organisations, tickets=tickets, seed=seed) as firm:
        return Story(firm, folder).tell()
