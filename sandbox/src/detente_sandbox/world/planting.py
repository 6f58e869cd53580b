"""Disagreements with known answers, planted into the world."""

from random import Random

from detente_sandbox.world.dice import dice_for
from detente_sandbox.world.model import (
    DAY_MS,
    HOUR_MS,
    WON_STAGE,
    Account,
    Commerce,
    Deal,
    Disagreement,
    Organisation,
    Ticket,
    World,
)
from detente_sandbox.world.organisations import day_text
from detente_sandbox.world.tickets import close, open_ticket, reopen_before_close, set_closed_target

KINDS = (
    "lenses_apart_sales_high",
    "lenses_apart_support_high",
    "two_owners",
    "two_partners",
    "sla_breached",
    "sla_due_soon",
)
SHARE = 0.01
AT_LEAST = 3


def plant(world: World, tickets: int, seed: int) -> None:
    """Marks organisations for each kind, about 1 in 100 and at least 3 where an eighth allows it.

    No organisation is planted twice. `tickets` is all that the world may hold; those planted for the lenses
    take at most a quarter of it.
    """
    dice = dice_for(seed, "planting")
    each = min(max(AT_LEAST, round(len(world.organisations) * SHARE)), len(world.organisations) // 8)
    doubled = {row.organisation for row in world.accounts if row.is_double}
    single = [row for row in world.organisations if row.key not in doubled]
    dice.shuffle(single)
    twofold = [row for row in world.organisations if row.key in doubled][: each // 2]
    planter = _Planter(world, dice, max(0, min(10, tickets // (4 * max(1, each)))))
    for row in twofold:
        planter.two_owners_of_two_records(row)
    for kind in KINDS:
        wanted = each - len(twofold) if kind == "two_owners" else each
        for _ in range(min(wanted, len(single))):
            getattr(planter, kind)(single.pop())


class _Planter:
    def __init__(self, world: World, dice: Random, tickets_each: int) -> None:
        self._world, self._dice, self._tickets_each = world, dice, tickets_each
        self._records = {row.organisation: row for row in world.accounts if not row.is_double}
        self._doubles = {row.organisation: row for row in world.accounts if row.is_double}
        self._deals: dict[int, list[Deal]] = {}
        for deal in world.deals:
            self._deals.setdefault(deal.account, []).append(deal)

    def lenses_apart_sales_high(self, row: Organisation) -> None:
        """Sales sees a giant about to renew; support sees nothing at all."""
        days = 5 + int(self._dice.random() * 23)
        row.commerce = Commerce(
            recurring_revenue=1_500_000 + int(self._dice.random() * 1_500_000),
            renewal_day=day_text(self._world.start_ms, days),
            contract_start_day=day_text(self._world.start_ms, days - 730),
            expansion=round(0.9 + 0.1 * self._dice.random(), 2),
            is_reference=True,
            influence="high",
            uptime="none",
            compliance="standard",
            security_tier=1,
            cost_to_serve=2_000 + int(self._dice.random() * 3_000),
            dependencies=0,
        )
        self._record("lenses_apart_sales_high", row, note=f"renews in {days} days, no exposure, no tickets")

    def lenses_apart_support_high(self, row: Organisation) -> None:
        """Support sees a customer that suffers; sales sees hardly any money."""
        row.commerce = Commerce(
            recurring_revenue=3_000 + int(self._dice.random() * 5_000),
            renewal_day=day_text(self._world.start_ms, 310 + int(self._dice.random() * 80)),
            contract_start_day=day_text(self._world.start_ms, -400),
            expansion=0.0,
            is_reference=False,
            influence="low",
            uptime="always_on",
            compliance="critical",
            security_tier=4,
            cost_to_serve=9_000 + int(self._dice.random() * 9_000),
            dependencies=5 + int(self._dice.random() * 4),
        )
        account = self._records[row.key]
        tickets = [self._suffered(account) for _ in range(self._tickets_each)]
        self._record(
            "lenses_apart_support_high", row, tickets=tickets, note="many late and reopened, all closed"
        )

    def _suffered(self, account: Account) -> Ticket:
        dice, start = self._dice, self._world.start_ms
        created = start - int((12 + dice.random() * 73) * DAY_MS)
        ticket = open_ticket(self._world, dice, account, 1 + int(dice.random() * 2), created)
        close(dice, ticket, created + int((2 + dice.random() * 8) * DAY_MS))
        set_closed_target(dice, ticket, is_missed=True)
        reopen_before_close(dice, ticket, 1 + int(dice.random() * 3))
        return ticket

    def two_owners_of_two_records(self, row: Organisation) -> None:
        """Two records of one customer, each with an owner of its own."""
        row.planted = "two_owners"
        second = self._doubles[row.key]
        second.owner = self._other_owner(row.owner)
        for deal in self._deals.get(second.key, ()):
            deal.owner = second.owner
        keys = [self._records[row.key].key, second.key]
        self._add(Disagreement("two_owners", keys, [], [], "two records of one customer, two owners"))

    def two_owners(self, row: Organisation) -> None:
        """Open deals of two owners on one account."""
        deals = self._two_open_deals(row)
        deals[1].owner = self._other_owner(row.owner)
        self._record("two_owners", row, deals=deals, note="open deals of two owners on one account")

    def two_partners(self, row: Organisation) -> None:
        """Open deals that two partners registered on one account."""
        deals = self._two_open_deals(row)
        first = (
            row.partner if row.partner is not None else int(self._dice.random() * len(self._world.partners))
        )
        row.partner = first
        for order, deal in enumerate(deals):
            deal.partner = (first + 5 * order) % len(self._world.partners)
            deal.registered_ms = self._world.start_ms - (20 - 9 * order) * DAY_MS
        self._record("two_partners", row, deals=deals, note="open deals registered by two partners")

    def sla_breached(self, row: Organisation) -> None:
        """An open ticket past its target."""
        late = 1 + self._dice.random() * 70
        self._with_target(
            "sla_breached", row, -int(late * HOUR_MS), f"overdue by {late:.0f} hours at the start"
        )

    def sla_due_soon(self, row: Organisation) -> None:
        """An open ticket whose target lies in the next four hours."""
        left = 0.5 + self._dice.random() * 3.2
        self._with_target("sla_due_soon", row, int(left * HOUR_MS), f"due in {left:.1f} hours at the start")

    def _with_target(self, kind: str, row: Organisation, offset_ms: int, note: str) -> None:
        dice, start = self._dice, self._world.start_ms
        created = start - int((4 + dice.random() * 8) * DAY_MS)
        ticket = open_ticket(self._world, dice, self._records[row.key], 1 + int(dice.random() * 2), created)
        ticket.due_ms = start + offset_ms
        ticket.reply_due_ms = created + 8 * HOUR_MS
        ticket.reply_ms = created + HOUR_MS
        ticket.waits_on = "us"
        self._record(kind, row, tickets=[ticket], note=note)

    def _two_open_deals(self, row: Organisation) -> list[Deal]:
        account = self._records[row.key]
        open_ones = [deal for deal in self._deals.get(account.key, ()) if deal.stage < WON_STAGE][:2]
        return open_ones + [self._new_deal(account, row) for _ in range(2 - len(open_ones))]

    def _new_deal(self, account: Account, row: Organisation) -> Deal:
        start = self._world.start_ms
        created = start - int((1 + self._dice.random() * 3) * DAY_MS)
        close_ms = start + 60 * DAY_MS
        amount = 10_000 + int(self._dice.random() * 90_000)
        key, name = len(self._world.deals), f"{account.name[:80]}: extension"
        deal = Deal(
            key, account.key, name, amount, "EUR", 1, False, close_ms, created, created, row.owner, None, None
        )
        self._world.deals.append(deal)
        self._deals.setdefault(account.key, []).append(deal)
        return deal

    def _other_owner(self, owner: int) -> int:
        active = [row.key for row in self._world.owners if row.is_active and row.key != owner]
        return active[int(self._dice.random() * len(active))]

    def _record(
        self,
        kind: str,
        row: Organisation,
        *,
        note: str,
        tickets: list[Ticket] | None = None,
        deals: list[Deal] | None = None,
    ) -> None:
        row.planted = kind
        keys = [deal.key for deal in deals or ()]
        first = len(self._world.tickets)
        for offset, ticket in enumerate(tickets or ()):
            ticket.key = first + offset
        self._world.tickets.extend(tickets or ())
        positions = list(range(first, len(self._world.tickets)))
        self._add(Disagreement(kind, [self._records[row.key].key], positions, keys, note))

    def _add(self, row: Disagreement) -> None:
        self._world.disagreements.append(row)
