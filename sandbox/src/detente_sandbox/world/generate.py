"""Puts the world together."""

from detente_sandbox.world.deals import add_deals
from detente_sandbox.world.model import Disagreement, Ticket, World
from detente_sandbox.world.organisations import add_customers
from detente_sandbox.world.planting import plant
from detente_sandbox.world.staff import add_people, add_staff
from detente_sandbox.world.tickets import DUE_SOON_MS, add_background_tickets


def generate_world(*, companies: int, tickets: int, seed: int, start_ms: int) -> World:
    """The firm at `start_ms`: the same for the same arguments on every machine.

    `companies` and `tickets` are what there will be of account records and tickets in all.
    """
    world = World(start_ms)
    add_staff(world, seed)
    add_customers(world, companies, seed)
    add_deals(world, seed)
    plant(world, tickets, seed)
    add_background_tickets(world, tickets - len(world.tickets), seed)
    _number_tickets(world)
    add_people(world, seed)
    world.disagreements.extend(_background_targets(world))
    return world


def _number_tickets(world: World) -> None:
    """Orders tickets by age, as a portal numbers them, and moves the planted references along."""
    order = sorted(range(len(world.tickets)), key=lambda index: (world.tickets[index].created_ms, index))
    moved = {old: new for new, old in enumerate(order)}
    world.tickets = [world.tickets[index] for index in order]
    for key, ticket in enumerate(world.tickets):
        ticket.key = key
    for row in world.disagreements:
        row.tickets = sorted(moved[index] for index in row.tickets)


def _background_targets(world: World) -> list[Disagreement]:
    planted = {index for row in world.disagreements for index in row.tickets}
    found = []
    for ticket in world.tickets:
        kind = _target_kind(ticket, world.start_ms)
        if kind and ticket.key not in planted:
            found.append(Disagreement(kind, [ticket.account], [ticket.key], [], "arose by chance", True))
    return found


def _target_kind(ticket: Ticket, start_ms: int) -> str:
    if ticket.closed_ms is not None or ticket.due_ms is None:
        return ""
    if ticket.due_ms < start_ms:
        return "sla_breached"
    return "sla_due_soon" if ticket.due_ms <= start_ms + DUE_SOON_MS else ""
