"""The firm's records spread over several vendors: who keeps what, and how differently they write it.

Sales lives in one CRM, marketing in another, support in a third; an organisation is in one, two or all.
The truth stays in `Account.organisation`, whose numbers mean the same organisation in every share.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from detente_sandbox.world.dice import dice_for, pick
from detente_sandbox.world.model import (
    Account,
    Commerce,
    Deal,
    Disagreement,
    Organisation,
    Person,
    Ticket,
    World,
)
from detente_sandbox.world.noise import NOISES, Noise, rewrite
from detente_sandbox.world.organisations import day_text
from detente_sandbox.world.vocabulary import COUNTRIES, LEGAL_FORMS

# How likely a vendor has an organisation, and which vendor keeps its deals and its tickets if it can.
PRESENCE = {"salesforce": 0.72, "hubspot": 0.62, "zendesk": 0.66}
DEALS_AT = ("salesforce", "hubspot")
TICKETS_AT = ("zendesk", "salesforce", "hubspot")
BRAND_SHARE = 0.04
BRAND_FORMS = ("{stem} {country} {form}", "{stem} {trade} {country}", "{stem} Services {form}")


def spread(world: World, vendors: Sequence[str], *, noise: str, seed: int) -> dict[str, World]:
    """Each vendor's share of the world. One vendor has all of it as it is; `noise` is low, medium or high."""
    if len(vendors) == 1:
        return {vendors[0]: world}
    _name_brands(world, dice_for(seed, "brands"))
    homes = _homes(world, vendors, dice_for(seed, "presence"))
    return {name: _share(world, name, homes, NOISES[noise], dice_for(seed, name)) for name in vendors}


def _name_brands(world: World, dice: Random) -> None:
    """Lets subsidiaries carry their parent's brand and domain, as most do: a trap for who links by either."""
    firsts = [row for row in world.accounts if not row.is_double]
    wanted = round(len(firsts) * BRAND_SHARE)
    free = [row for row in firsts if row.parent is None and not world.organisations[row.organisation].planted]
    parents = {row.parent for row in firsts if row.parent is not None}
    children = [row for row in firsts if row.parent is not None and row.key not in parents]
    children += [row for row in free if row.key not in parents][: max(0, wanted - len(children))]
    for child in children:
        if child.parent is None:
            child.parent = pick(dice, free).key
        _take_brand(dice, child, world.accounts[child.parent])


def _take_brand(dice: Random, child: Account, parent: Account) -> None:
    words = parent.name.split(" ")
    if child.parent == child.key or len(words) < 3:
        child.parent = None if child.parent == child.key else child.parent
        return
    child.country = pick(dice, COUNTRIES)
    child.name = pick(dice, BRAND_FORMS).format(
        stem=words[0], trade=words[1], country=child.country, form=pick(dice, LEGAL_FORMS)
    )
    child.domain = parent.domain if dice.random() < 0.7 else child.domain


def _homes(world: World, vendors: Sequence[str], dice: Random) -> list[frozenset[str]]:
    """For each organisation the vendors that know it; planted disagreements are known to all."""
    homes = []
    for row in world.organisations:
        drawn = [name for name in vendors if dice.random() < PRESENCE.get(name, 0.6)]
        homes.append(frozenset(vendors if row.planted else drawn or [pick(dice, vendors)]))
    return homes


class _Renumbering:
    """Positions of kept things, old to new."""

    def __init__(self, kept: Sequence[int]) -> None:
        self._new = {old: new for new, old in enumerate(kept)}

    def of(self, keys: Sequence[int]) -> list[int]:
        """New positions of those that were kept."""
        return [self._new[key] for key in keys if key in self._new]

    def one(self, key: int) -> int:
        """The new position of one that was kept."""
        return self._new[key]

    def maybe(self, key: int | None) -> int | None:
        """The new position, None where it was not kept."""
        return None if key is None else self._new.get(key)


def _share(world: World, name: str, homes: Sequence[frozenset[str]], noise: Noise, dice: Random) -> World:
    accounts = [row for row in world.accounts if name in homes[row.organisation] and _keeps(row, name, homes)]
    by_account = _Renumbering([row.key for row in accounts])
    places = _places(world, by_account)
    deals = [row for row in world.deals if _at(world, row, DEALS_AT, homes) == name]
    tickets = [row for row in world.tickets if _at(world, row, TICKETS_AT, homes) == name]
    return World(
        world.start_ms,
        owners=world.owners,
        partners=world.partners,
        organisations=[_as_known(row, world.start_ms, noise, dice) for row in world.organisations],
        accounts=[_account(row, by_account, noise, dice) for row in accounts],
        people=_people(world, by_account, {row.key for row in accounts}),
        tickets=[replace(row, key=key, account=places[row.account]) for key, row in enumerate(tickets)],
        deals=[replace(row, key=key, account=places[row.account]) for key, row in enumerate(deals)],
        disagreements=_disagreements(world, by_account, deals, tickets),
    )


def _keeps(row: Account, name: str, homes: Sequence[frozenset[str]]) -> bool:
    """A second record of one organisation was entered in one CRM only: the first by name that knows it."""
    return not row.is_double or min(homes[row.organisation]) == name


def _at(world: World, row: Deal | Ticket, order: Sequence[str], homes: Sequence[frozenset[str]]) -> str:
    known = homes[world.accounts[row.account].organisation]
    return next((name for name in order if name in known), "")


def _places(world: World, by_account: _Renumbering) -> dict[int, int]:
    """Where what belongs to a record goes: to it, or to its organisation's first if it is kept elsewhere."""
    first = {row.organisation: by_account.maybe(row.key) for row in world.accounts if not row.is_double}
    places: dict[int, int] = {}
    for row in world.accounts:
        here = by_account.maybe(row.key)
        place = here if here is not None else first[row.organisation]
        if place is not None:
            places[row.key] = place
    return places


def _account(row: Account, by_account: _Renumbering, noise: Noise, dice: Random) -> Account:
    made = replace(row, key=by_account.one(row.key), parent=by_account.maybe(row.parent))
    rewrite(dice, made, noise)
    return made


def _as_known(row: Organisation, start_ms: int, noise: Noise, dice: Random) -> Organisation:
    """What this CRM knows of an organisation's worth; some of it was never brought up to date."""
    if row.planted or dice.random() >= noise.facts_stale:
        return row
    return replace(row, commerce=_stale(row.commerce, start_ms, dice))


def _stale(known: Commerce, start_ms: int, dice: Random) -> Commerce:
    revenue = known.recurring_revenue
    renewal = known.renewal_day and day_text(start_ms, int(dice.random() * 400))
    return replace(
        known,
        recurring_revenue=None if revenue is None else int(revenue * (0.6 + 0.6 * dice.random())),
        renewal_day=renewal,
    )


def _people(world: World, by_account: _Renumbering, kept: set[int]) -> list[Person]:
    rows = [row for row in world.people if row.account in kept]
    return [replace(row, key=key, account=by_account.one(row.account)) for key, row in enumerate(rows)]


def _disagreements(
    world: World, by_account: _Renumbering, deals: Sequence[Deal], tickets: Sequence[Ticket]
) -> list[Disagreement]:
    by_deal = _Renumbering([row.key for row in deals])
    by_ticket = _Renumbering([row.key for row in tickets])
    moved = [
        replace(
            row,
            accounts=by_account.of(row.accounts),
            deals=by_deal.of(row.deals),
            tickets=by_ticket.of(row.tickets),
        )
        for row in world.disagreements
    ]
    return [row for row in moved if row.accounts or row.deals or row.tickets]
