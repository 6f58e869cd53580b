"""Sales, open and closed, as they stand before any disagreement is planted."""

from random import Random

from detente_sandbox.world.dice import Loaded, dice_for, pick
from detente_sandbox.world.model import DAY_MS, LOST_STAGE, WON_STAGE, Account, Deal, Organisation, World
from detente_sandbox.world.vocabulary import PRODUCTS

DEALS_EACH = Loaded((0.18, 0.34, 0.28, 0.12, 0.06, 0.02))
CURRENCIES = Loaded((0.62, 0.23, 0.15))
CURRENCY_CODES = ("EUR", "USD", "GBP")
OPEN_SHARE = 0.42


def add_deals(world: World, seed: int) -> None:
    """Adds about 1.6 deals an account; open ones belong to the customer's owner and partner."""
    dice = dice_for(seed, "deals")
    rows: list[Deal] = []
    for account in world.accounts:
        organisation = world.organisations[account.organisation]
        for _ in range(DEALS_EACH.draw(dice)):
            rows.append(_deal(world, dice, account, organisation))
    rows.sort(key=lambda deal: (deal.created_ms, deal.account))
    for key, deal in enumerate(rows):
        deal.key = key
    world.deals = rows


def _deal(world: World, dice: Random, account: Account, organisation: Organisation) -> Deal:
    start = world.start_ms
    is_open = dice.random() < OPEN_SHARE
    created = max(account.created_ms, start - int((5 + dice.random() * 540) * DAY_MS))
    amount = int((organisation.commerce.recurring_revenue or 20_000) * (0.1 + 0.7 * dice.random()))
    return Deal(
        key=0,
        account=account.key,
        name=f"{account.name[:80]}: {pick(dice, PRODUCTS)}",
        amount=amount if dice.random() > 0.07 else None,
        currency=CURRENCY_CODES[CURRENCIES.draw(dice)],
        stage=_stage(dice, is_open),
        is_new_business=dice.random() < 0.4,
        close_ms=_close_ms(world, dice, created, is_open),
        created_ms=created,
        modified_ms=max(created, start - int(dice.random() * 120 * DAY_MS) - 1),
        owner=organisation.owner,
        **_registration(world, dice, organisation, created),
    )


def _registration(world: World, dice: Random, row: Organisation, created_ms: int) -> dict[str, int | None]:
    if row.partner is None or dice.random() < 0.4:
        return {"partner": None, "registered_ms": None}
    registered = min(world.start_ms - 1, created_ms + int(dice.random() * 5 * DAY_MS))
    return {"partner": row.partner, "registered_ms": registered}


def _stage(dice: Random, is_open: bool) -> int:
    if is_open:
        return int(dice.random() * WON_STAGE)
    return WON_STAGE if dice.random() < 0.6 else LOST_STAGE


def _close_ms(world: World, dice: Random, created_ms: int, is_open: bool) -> int | None:
    if is_open:
        return world.start_ms + int((1 + dice.random() * 180) * DAY_MS) if dice.random() > 0.08 else None
    return created_ms + int(dice.random() * (world.start_ms - created_ms))
