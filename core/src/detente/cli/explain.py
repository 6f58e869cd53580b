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
    """Say why CUSTOMER stands where it stands, and which accounts of which CRM it is.

    CUSTOMER is an id, an account as connector/object/id, or a name.
    """
    from detente.cli.link_report import show_members
    from detente.engine.explaining import explain_customer
    from detente.engine.linking.showing import member_data
    from detente.engine.linking.showing import show_members as members_of
    from detente.engine.opening import open_store
    from detente.engine.rubric.explain import as_json as explanation_data
    from detente.engine.rubric.explain import as_text

    with open_store(home) as store:
        explanation = explain_customer(store, customer)
        members = members_of(store, explanation.customer)
    if html:
        from detente.new_files import write_file
        from detente.web.receipt_page import receipt_page

        write_file(html, receipt_page(explanation))
    if as_json:
        accounts = [member_data(member) for member in members]
        print_json({**explanation_data(explanation), "accounts": accounts})
        return
    click.echo("\n".join(visible(line) for line in as_text(explanation).splitlines()))
    click.echo("\nAccounts, and what holds them together:")
    show_members(members)
    if html:
        click.echo(f"\nDrawn in {html}")
