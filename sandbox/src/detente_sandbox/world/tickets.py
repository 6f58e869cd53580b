"""Support requests that follow the figures of a real helpdesk."""

from random import Random

from detente_sandbox.world.dice import Loaded, dice_for, pick
from detente_sandbox.world.figures import (
    HOUR_SHARE,
    OPEN_SHARE,
    PRIORITY_SHARE,
    REOPENED_SHARE,
    TARGET_MISSED_SHARE,
    WEEKDAY_SHARE,
    resolution_ms,
)
from detente_sandbox.world.model import DAY_MS, HOUR_MS, Account, Ticket, World
from detente_sandbox.world.vocabulary import PRODUCTS, SYMPTOMS, TROUBLES

SPAN_DAYS = 548
TARGET_SHARE = 0.75
OVERDUE_SHARE = 0.03
DUE_SOON_SHARE = 0.01
DUE_SOON_MS = 4 * HOUR_MS
PRIORITIES = Loaded(tuple(PRIORITY_SHARE[number] for number in (1, 2, 3, 4)))
HOURS = Loaded(HOUR_SHARE)
BUSIEST_DAY = max(WEEKDAY_SHARE)


def add_background_tickets(world: World, wanted: int, seed: int) -> None:
    """Adds `wanted` tickets to accounts without a planted lens case, more to larger customers."""
    dice = dice_for(seed, "tickets")
    hosts = [
        row for row in world.accounts if not world.organisations[row.organisation].planted.startswith("lens")
    ]
    weights = Loaded([0.15 + world.organisations[row.organisation].size ** 2 for row in hosts])
    for _ in range(wanted):
        world.tickets.append(background_ticket(world, dice, hosts[weights.draw(dice)]))


def background_ticket(world: World, dice: Random, account: Account) -> Ticket:
    """A ticket as the figures have it, open with a chance of 18 in 100."""
    priority = 1 + PRIORITIES.draw(dice)
    if dice.random() < OPEN_SHARE:
        ticket = open_ticket(world, dice, account, priority, _open_since(world, dice))
        _set_open_target(world, dice, ticket)
        return ticket
    return closed_ticket(world, dice, account, priority)


def open_ticket(world: World, dice: Random, account: Account, priority: int, created_ms: int) -> Ticket:
    """An open ticket without a target for closing."""
    ticket = _ticket(world, dice, account, priority, created_ms)
    ticket.waits_on = pick(dice, ("new", "contact", "us", "us"))
    if ticket.waits_on == "new":
        ticket.reply_ms = None
    ticket.modified_ms = _between(dice, created_ms, world.start_ms)
    return ticket


def closed_ticket(world: World, dice: Random, account: Account, priority: int) -> Ticket:
    """A closed ticket whose working life follows the figures for its priority."""
    lasted = resolution_ms(priority, dice.random())
    created = _arrival(world, dice, lasted)
    ticket = _ticket(world, dice, account, priority, created)
    close(dice, ticket, created + lasted)
    if dice.random() < TARGET_SHARE:
        set_closed_target(dice, ticket, is_missed=dice.random() < TARGET_MISSED_SHARE[priority])
    if dice.random() < REOPENED_SHARE:
        reopen_before_close(dice, ticket, 1)
    return ticket


def close(dice: Random, ticket: Ticket, closed_ms: int) -> None:
    """Closes a ticket; the first reply comes no later than that."""
    ticket.closed_ms = ticket.modified_ms = closed_ms
    ticket.reply_ms = _between(dice, ticket.created_ms, closed_ms)


def set_closed_target(dice: Random, ticket: Ticket, *, is_missed: bool) -> None:
    """Sets the target of a closed ticket so that it was missed or kept."""
    if ticket.closed_ms is None:
        raise ValueError("only a closed ticket has kept or missed its target")
    lasted = ticket.closed_ms - ticket.created_ms
    share = 0.3 + 0.6 * dice.random() if is_missed else 1.05 + 3 * dice.random()
    ticket.due_ms = ticket.created_ms + int(lasted * share)
    ticket.reply_due_ms = ticket.created_ms + max(HOUR_MS, int(lasted * 0.2))


def reopen_before_close(dice: Random, ticket: Ticket, times: int) -> None:
    """Marks a closed ticket as reopened `times` times in its life."""
    ticket.reopen_count = times
    ticket.reopened_ms = _between(dice, ticket.created_ms, ticket.closed_ms or ticket.modified_ms)


def _set_open_target(world: World, dice: Random, ticket: Ticket) -> None:
    chance = dice.random()
    if chance < OVERDUE_SHARE:
        ticket.due_ms = _between(dice, ticket.created_ms, world.start_ms)
    elif chance < OVERDUE_SHARE + DUE_SOON_SHARE:
        ticket.due_ms = world.start_ms + int((0.1 + 0.85 * dice.random()) * DUE_SOON_MS)
    elif chance < TARGET_SHARE:
        ticket.due_ms = world.start_ms + DUE_SOON_MS + int((0.1 + 12 * dice.random()) * DAY_MS)
    if ticket.due_ms is not None:
        ticket.reply_due_ms = _reply_due(world, dice, ticket)


def _reply_due(world: World, dice: Random, ticket: Ticket) -> int:
    if ticket.reply_ms is not None:
        return ticket.reply_ms + HOUR_MS
    return world.start_ms + DUE_SOON_MS + int((0.1 + 3 * dice.random()) * DAY_MS)


def _ticket(world: World, dice: Random, account: Account, priority: int, created_ms: int) -> Ticket:
    return Ticket(
        key=0,
        account=account.key,
        subject=f"{pick(dice, PRODUCTS)}: {pick(dice, TROUBLES)}",
        content=pick(dice, SYMPTOMS) if dice.random() > 0.06 else None,
        priority=priority,
        owner=account.owner if dice.random() > 0.1 else None,
        created_ms=created_ms,
        modified_ms=created_ms,
        reply_ms=_between(dice, created_ms, min(world.start_ms, created_ms + DAY_MS)),
        contacted=int(dice.random() * 7),
    )


def _between(dice: Random, low_ms: int, high_ms: int) -> int:
    return low_ms + int(dice.random() * max(1, high_ms - low_ms))


def _open_since(world: World, dice: Random) -> int:
    days = min(SPAN_DAYS, dice.expovariate(1 / 20))
    return min(world.start_ms - 60_000, _shaped(world, dice, int(days)))


def _arrival(world: World, dice: Random, lasted_ms: int) -> int:
    """An opening instant in the last 18 months from which `lasted_ms` still ends before the start."""
    latest = lasted_ms // DAY_MS + 2
    days = latest + int(dice.random() * max(1, SPAN_DAYS - latest))
    return _shaped(world, dice, days)


def _shaped(world: World, dice: Random, days_ago: int) -> int:
    """An instant near `days_ago`, moved back to a weekday and hour as the figures weigh them."""
    midnight = world.start_ms // DAY_MS * DAY_MS - days_ago * DAY_MS
    while dice.random() * BUSIEST_DAY > WEEKDAY_SHARE[(midnight // DAY_MS + 3) % 7]:
        midnight -= DAY_MS * (1 + int(dice.random() * 6))
    return midnight + HOURS.draw(dice) * HOUR_MS + int(dice.random() * HOUR_MS)
