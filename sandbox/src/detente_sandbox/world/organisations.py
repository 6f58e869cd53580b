"""Customers and their account records."""

from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import TypeVar

from detente_sandbox.world.dice import dice_for, pick
from detente_sandbox.world.model import DAY_MS, Account, Commerce, Organisation, World
from detente_sandbox.world.vocabulary import (
    COUNTRIES,
    FIRST_PARTS,
    HOSTILE_NAMES,
    INDUSTRIES,
    LEGAL_FORMS,
    SECOND_PARTS,
    TRADES,
)

T = TypeVar("T")

DOUBLE_SHARE = 0.02
CHILD_SHARE = 0.03
HOSTILE_EVERY = 400
REVENUE_BOUNDS = (3_000, 3_000_000)


def day_text(start_ms: int, days: int) -> str:
    """The ISO day that lies `days` after the world's start (negative: before)."""
    start = datetime.fromtimestamp(start_ms / 1000, UTC)
    return (start + timedelta(days=days)).date().isoformat()


def add_customers(world: World, accounts: int, seed: int) -> None:
    """Adds organisations and `accounts` account records in all, oldest record first."""
    dice = dice_for(seed, "organisations")
    doubles = round(accounts * DOUBLE_SHARE) if accounts > 1 else 0
    active = [owner.key for owner in world.owners if owner.is_active]
    for key in range(accounts - doubles):
        world.organisations.append(_organisation(world, dice, key, active))
    taken: set[str] = set()
    records = [_account(world, dice, row, taken) for row in world.organisations]
    step = max(1, len(records) // max(1, doubles))
    records += [_double(world, dice, records[index * step]) for index in range(doubles)]
    _name_hostile(records)
    records.sort(key=lambda record: (record.created_ms, record.organisation, record.is_double))
    for key, record in enumerate(records):
        record.key = key
    world.accounts = records
    _set_parents(world, dice)


def _organisation(world: World, dice: Random, key: int, active: list[int]) -> Organisation:
    size = dice.random()
    partner = int(dice.random() * len(world.partners)) if dice.random() < 0.25 else None
    commerce = _commerce(world, dice, size)
    return Organisation(key, f"C-{100_000 + key}", size, pick(dice, active), partner, commerce)


def _commerce(world: World, dice: Random, size: float) -> Commerce:
    spread = min(2.2, max(-2.2, dice.gauss(0.0, 0.45) + (size - 0.5) * 4.2))
    low, high = REVENUE_BOUNDS
    revenue = int(min(high, max(low, exp(10.5 + 1.1 * spread))))
    renewal = int(dice.random() * 400) if dice.random() > 0.06 else -int(1 + dice.random() * 60)
    risk = (size + dice.random()) / 2
    return Commerce(
        recurring_revenue=_or_none(dice, 0.05, revenue),
        renewal_day=_or_none(dice, 0.08, day_text(world.start_ms, renewal)),
        contract_start_day=_or_none(dice, 0.10, day_text(world.start_ms, -int(30 + dice.random() * 2_000))),
        expansion=_or_none(dice, 0.15, round(dice.betavariate(1.6, 3.2), 2)),
        is_reference=_or_none(dice, 0.10, dice.random() < 0.08 + 0.12 * size),
        influence=_or_none(dice, 0.12, ("low", "medium", "high")[_step(risk, 0.55, 0.85)]),
        uptime=_or_none(dice, 0.08, ("none", "business_hours", "always_on")[_step(risk, 0.4, 0.8)]),
        compliance=_or_none(dice, 0.08, ("standard", "regulated", "critical")[_step(risk, 0.6, 0.88)]),
        security_tier=_or_none(dice, 0.10, 1 + int(min(3.0, risk * 4))),
        cost_to_serve=_or_none(dice, 0.15, int(revenue * (0.04 + 0.16 * dice.random()))),
        dependencies=_or_none(dice, 0.15, int(dice.expovariate(0.7))),
    )


def _step(value: float, second: float, third: float) -> int:
    return (value >= second) + (value >= third)


def _or_none(dice: Random, share: float, value: T) -> T | None:
    return None if dice.random() < share else value


def _account(world: World, dice: Random, row: Organisation, taken: set[str]) -> Account:
    stem = pick(dice, FIRST_PARTS) + pick(dice, SECOND_PARTS)
    name = f"{stem} {pick(dice, TRADES)} {pick(dice, LEGAL_FORMS)}"
    slug = stem.lower()
    domain = f"{slug}.example" if slug not in taken else f"{slug}-{row.key}.example"
    taken.add(slug)
    employees = int(5 + exp(2 + 7 * row.size + dice.random()))
    created = world.start_ms - int((30 + dice.random() * 1_900) * DAY_MS)
    modified = max(created, world.start_ms - int(dice.random() ** 2 * 400 * DAY_MS) - 1)
    return Account(
        key=0,
        organisation=row.key,
        name=name,
        domain=domain,
        industry=_or_none(dice, 0.06, pick(dice, INDUSTRIES)),
        country=_or_none(dice, 0.05, pick(dice, COUNTRIES)),
        employees=_or_none(dice, 0.10, employees),
        annual_revenue=_or_none(dice, 0.12, employees * int(60_000 + dice.random() * 200_000)),
        phase="customer" if dice.random() < 0.93 else "opportunity",
        owner=row.owner,
        parent=None,
        created_ms=created,
        modified_ms=modified,
        number=row.number,
    )


def _double(world: World, dice: Random, first: Account) -> Account:
    """A second record of one customer, as somebody enters it by hand without looking first."""
    created = min(world.start_ms - DAY_MS, first.created_ms + int(dice.random() * 300 * DAY_MS))
    name = first.name.rsplit(" ", 1)[0] + pick(dice, (" Group", " International", ", HQ", " (old)"))
    modified = max(created, first.modified_ms - int(dice.random() * 10 * DAY_MS))
    return Account(
        key=0,
        organisation=first.organisation,
        name=name,
        domain=first.domain,
        industry=first.industry,
        country=first.country,
        employees=None,
        annual_revenue=None,
        phase=first.phase,
        owner=first.owner,
        parent=None,
        created_ms=created,
        modified_ms=modified,
        number=first.number,
        is_double=True,
    )


def _name_hostile(records: list[Account]) -> None:
    """Gives hostile names to some first records, every text at least once where there is room."""
    firsts = [record for record in records if not record.is_double]
    step = max(1, min(HOSTILE_EVERY, len(firsts) // (2 * len(HOSTILE_NAMES))))
    for count, record in enumerate(firsts[step // 2 :: step]):
        if count >= max(len(HOSTILE_NAMES), len(firsts) // HOSTILE_EVERY):
            break
        record.name = HOSTILE_NAMES[count % len(HOSTILE_NAMES)]


def _set_parents(world: World, dice: Random) -> None:
    firsts = [record for record in world.accounts if not record.is_double]
    wanted = round(len(world.organisations) * CHILD_SHARE)
    for child in firsts[1 :: max(1, len(firsts) // max(1, wanted))][:wanted]:
        parent = pick(dice, firsts)
        if parent.organisation != child.organisation and parent.parent is None:
            child.parent = parent.key
