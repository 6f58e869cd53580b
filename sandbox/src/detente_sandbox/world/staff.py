"""The firm's own people, its partners, and the contacts at customers."""

from random import Random

from detente_sandbox.world.dice import dice_for, pick
from detente_sandbox.world.model import DAY_MS, Account, Owner, Partner, Person, World
from detente_sandbox.world.vocabulary import FIRST_NAMES, FIRST_PARTS, LAST_NAMES, PARTNER_WORDS, TEAMS

CONTACTS_EACH = 1.2
CONTACTS_EACH_IN_A_LARGE_WORLD = 0.4
LARGE_WORLD = 20_000


def add_staff(world: World, seed: int) -> None:
    """Adds 24 owners, two of whom have left, and 12 partners."""
    dice = dice_for(seed, "staff")
    for key in range(24):
        first, last = FIRST_NAMES[key], LAST_NAMES[(key * 7) % len(LAST_NAMES)]
        world.owners.append(Owner(key, first, last, pick(dice, TEAMS), key not in (9, 17)))
    for key in range(12):
        name = f"{FIRST_PARTS[(key * 11) % len(FIRST_PARTS)]} {PARTNER_WORDS[key % len(PARTNER_WORDS)]}"
        world.partners.append(Partner(key, f"PA-{501 + key}", name))


def add_people(world: World, seed: int) -> None:
    """Adds contacts, about 1.2 an account (0.4 where there are over 20,000 accounts)."""
    dice = dice_for(seed, "people")
    each = CONTACTS_EACH if len(world.accounts) <= LARGE_WORLD else CONTACTS_EACH_IN_A_LARGE_WORLD
    for account in world.accounts:
        wanted = int(each * 2 * dice.random() + 0.5)
        for _ in range(wanted):
            world.people.append(_person(world, dice, account))


def _person(world: World, dice: Random, account: Account) -> Person:
    key = len(world.people)
    first, last = pick(dice, FIRST_NAMES), pick(dice, LAST_NAMES)
    created = account.created_ms + int(dice.random() * (world.start_ms - account.created_ms))
    return Person(
        key=key,
        account=account.key,
        first_name=first,
        last_name=last if dice.random() > 0.05 else None,
        email=f"person{key}@{account.domain}",
        owner=account.owner,
        created_ms=created,
        modified_ms=max(created, world.start_ms - int(dice.random() * 300 * DAY_MS) - 1),
    )
