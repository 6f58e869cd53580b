"""Links, and the accounts of a customer, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import print_table, visible

if TYPE_CHECKING:
    from detente.engine.linking.showing import AccountView, LinkView, MemberView
    from detente.store.links import LinkEvent

SHOWN = 40
"""Links that people see at once; machines get all."""

_SAYS = {
    "accepted": "are one customer",
    "refused": "are not one customer",
    "automatic": "are one customer",
    "suggested": "may be one customer",
    "ended": "stand without a link",
}


def show_links(views: Sequence[LinkView], state: str) -> None:
    """A table of links, the surest first, with a line of how many there are."""
    if views:
        rows = [[view.id, f"{view.confidence:.0%}", _pair(view), view.reasons] for view in views[:SHOWN]]
        print_table(["link", "sure", "accounts", "why"], rows, right=frozenset({"sure"}))
    more = f", {len(views) - SHOWN:,} more not shown (--json gives all)" if len(views) > SHOWN else ""
    click.echo(f"{len(views):,} {state} link{'s' if len(views) != 1 else ''}{more}")


def show_link(view: LinkView, log: Sequence[LinkEvent]) -> None:
    """One link: its accounts, how it stands, each piece of evidence, and its log."""
    lines = [f"{view.id}: {view.state}, by {_who(view)}", *map(_account, (view.one, view.other)), ""]
    lines += [f"  {item.weight:>+6.0f}  {item.about:<9}  {item.said}" for item in view.evidence]
    lines += [f"  held back: {view.held_back}"] if view.held_back else []
    lines += ["  Accounts follow with the next run."] if view.is_pending else []
    lines += ["", *(f"  {event.at:%d %b %Y %H:%M} UTC  {event.kind} by {event.actor}" for event in log)]
    click.echo("\n".join(map(visible, lines)))


def show_members(members: Sequence[MemberView]) -> None:
    """The accounts of a customer in each CRM, each with what holds it there."""
    if not members:
        click.echo("No account belongs to this customer now.")
    width = max((len(member.account.account) for member in members), default=0)
    for member in members:
        account = member.account
        click.echo(visible(f"  {account.account:<{width}}  {account.name or ''}".rstrip()))
        held = [f"{view.id}: {view.reasons}" for view in member.links] or [member.came_by]
        click.echo("\n".join(visible(f"  {'':<{width}}  {text}") for text in held))


def tell_decided(views: Sequence[LinkView]) -> None:
    """What a decision says of each pair of accounts."""
    for view in views:
        click.echo(visible(f"{view.id} {view.state}: {_pair(view)} {_SAYS[view.state]}"))
    if any(view.is_pending for view in views):
        click.echo("Accounts, scores and cases follow with the next run.")


def _pair(view: LinkView) -> str:
    return " and ".join(f"{item.connector} {item.name or item.account!r}" for item in (view.one, view.other))


def _account(item: AccountView) -> str:
    belongs = f"of customer {item.customer}" if item.customer else "of no customer"
    return f"  {item.account}  {item.name or ''}  ({belongs})"


def _who(view: LinkView) -> str:
    if not view.actor:
        return f"{view.source}, rule {view.rule}, {view.confidence:.3g} sure"
    return f"{view.actor}{f' ({view.why})' if view.why else ''}"
