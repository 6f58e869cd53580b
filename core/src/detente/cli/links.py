"""`detente links`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, with_common_options

_why = click.option("--why", default="", help="Your reason, kept with the decision.")


@click.group()
def command() -> None:
    """See and decide which accounts of different CRMs are one customer.

    A link is named by its id, or by its two accounts: hubspot/companies/1=salesforce/Account/2. Accounts,
    scores and cases follow a decision with the next run. Nobody signs in yet: a decision is kept under the
    name of the operating system's user, which proves nothing.
    """


@command.command(name="list")
@with_common_options
@click.option(
    "--state",
    type=click.Choice(["suggested", "automatic", "accepted", "refused"]),
    default="suggested",
    show_default=True,
    help="Which links.",
)
def list_command(home: Path, as_json: bool, state: str) -> None:
    """List the links that wait for a person, the surest first, with what speaks for and against each."""
    from detente.cli.link_report import show_links
    from detente.engine.linking.showing import as_data, list_links
    from detente.engine.opening import open_store

    with open_store(home) as store:
        views = list_links(store, state)
    if as_json:
        print_json([as_data(view) for view in views])
    else:
        show_links(views, state)


@command.command()
@click.argument("target")
@with_common_options
def show(target: str, home: Path, as_json: bool) -> None:
    """Show a link with its log, or the accounts of a customer with what holds them together.

    TARGET is a link's id, or a customer as in `detente explain`.
    """
    from detente.cli import link_report
    from detente.engine.linking import showing
    from detente.engine.opening import open_store

    with open_store(home) as store:
        if not target.startswith("l-"):
            members = showing.show_members(store, target)
            if as_json:
                print_json([showing.member_data(member) for member in members])
            else:
                link_report.show_members(members)
            return
        view, log = showing.show_link(store, target)
    if as_json:
        print_json({**showing.as_data(view), "log": showing.log_data(log)})
    else:
        link_report.show_link(view, log)


@command.command()
@click.argument("links", nargs=-1, required=True)
@_why
@with_common_options
def accept(links: tuple[str, ...], why: str, home: Path, as_json: bool) -> None:
    """Say that the accounts of LINKS are one customer. All are accepted, or none."""
    _decide("accepted", links, why, home, as_json)


@command.command()
@click.argument("links", nargs=-1, required=True)
@_why
@with_common_options
def refuse(links: tuple[str, ...], why: str, home: Path, as_json: bool) -> None:
    """Say that the accounts of LINKS are not one customer: they never meet by themselves again."""
    _decide("refused", links, why, home, as_json)


@command.command()
@click.argument("link")
@_why
@with_common_options
def undo(link: str, why: str, home: Path, as_json: bool) -> None:
    """Take back the last thing done to LINK: a decision, or an automatic link, which is refused then."""
    _decide(None, (link,), why, home, as_json)


def _decide(decision: str | None, links: tuple[str, ...], why: str, home: Path, as_json: bool) -> None:
    from detente.cli.link_report import tell_decided
    from detente.clock import clock_for
    from detente.engine.linking import deciding, showing
    from detente.engine.opening import open_store
    from detente.settings import read_settings

    now = clock_for(read_settings(home).clock).now()
    act = deciding.Act(actor=deciding.local_actor(), why=why, at=now)
    with open_store(home) as store:
        rows = deciding.decide(store, links, decision, act) if decision else deciding.undo(store, links, act)
        views = showing.view_links(store, rows)
    if as_json:
        print_json([showing.as_data(view) for view in views])
    else:
        tell_decided(views)
