"""`detente explain`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, visible, with_common_options


@click.command()
@click.argument("customer")
@with_common_options
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with a drawing.")
def command(customer: str, home: Path, as_json: bool, html: Path | None) -> None:
    """Say why CUSTOMER stands where it stands.

    CUSTOMER is an id, an account as connector/object/id, or a name.
    """
    from detente.engine.explaining import explain_customer
    from detente.engine.opening import open_store
    from detente.engine.rubric.explain import as_json as explanation_data
    from detente.engine.rubric.explain import as_text

    with open_store(home) as store:
        explanation = explain_customer(store, customer)
    if html:
        from detente.web.receipt_page import receipt_page

        html.write_text(receipt_page(explanation), encoding="utf-8")
    if as_json:
        print_json(explanation_data(explanation))
        return
    click.echo("\n".join(visible(line) for line in as_text(explanation).splitlines()))
    if html:
        click.echo(f"\nDrawn in {html}")
