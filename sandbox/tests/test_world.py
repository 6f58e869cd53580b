"""The invented firm: the same for the same seed, and true to what is promised of it."""

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from detente_sandbox.world import World, generate_world
from detente_sandbox.world.figures import OPEN_SHARE, REOPENED_SHARE, TARGET_MISSED_SHARE, WEEKDAY_SHARE
from detente_sandbox.world.model import DAY_MS, WON_STAGE
from detente_sandbox.world.planting import KINDS
from detente_sandbox.world.vocabulary import HOSTILE_NAMES

START_MS = 1_793_696_400_000


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(companies=1_000, tickets=5_000, seed=7, start_ms=START_MS)


def test_world_holds_as_many_accounts_and_tickets_as_asked_for(world: World) -> None:
    assert (len(world.accounts), len(world.tickets)) == (1_000, 5_000)
    assert [row.key for row in world.accounts] == list(range(1_000))
    assert 1.4 < len(world.deals) / len(world.accounts) < 1.8


def test_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    first, again, other = (
        generate_world(companies=40, tickets=90, seed=n, start_ms=START_MS) for n in (3, 3, 4)
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_world_does_not_depend_on_the_hash_seed_of_the_process(hash_seed: str) -> None:
    code = (
        "import hashlib; from detente_sandbox.world import generate_world;"
        f"world = generate_world(companies=80, tickets=200, seed=5, start_ms={START_MS});"
        "print(hashlib.sha256(repr(world).encode()).hexdigest())"
    )
    here = generate_world(companies=80, tickets=200, seed=5, start_ms=START_MS)
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
    )

    assert shown.stdout.decode().strip() == hashlib.sha256(repr(here).encode()).hexdigest()


def test_each_disagreement_is_planted_in_one_of_a_hundred_organisations_and_none_twice(world: World) -> None:
    planted = [row for row in world.disagreements if not row.is_background]
    organisations = [world.accounts[row.accounts[0]].organisation for row in planted]

    assert Counter(row.kind for row in planted) == dict.fromkeys(KINDS, 10)
    assert len(set(organisations)) == len(organisations)


def test_small_world_still_holds_three_of_each_disagreement() -> None:
    small = generate_world(companies=50, tickets=200, seed=11, start_ms=START_MS)
    counts = Counter(row.kind for row in small.disagreements if not row.is_background)

    assert counts == dict.fromkeys(KINDS, 3)


def test_only_planted_customers_have_two_owners_or_two_partners(world: World) -> None:
    owners: dict[int, set[int]] = defaultdict(set)
    partners: dict[int, set[int]] = defaultdict(set)
    for account in world.accounts:
        owners[account.organisation].add(account.owner)
    for deal in world.deals:
        if deal.stage < WON_STAGE:
            owners[world.accounts[deal.account].organisation].add(deal.owner)
            if deal.partner is not None:
                partners[world.accounts[deal.account].organisation].add(deal.partner)

    assert {key for key, known in owners.items() if len(known) > 1} == _planted(world, "two_owners")
    assert {key for key, known in partners.items() if len(known) > 1} == _planted(world, "two_partners")


def _planted(world: World, kind: str) -> set[int]:
    return {world.accounts[row.accounts[0]].organisation for row in world.disagreements if row.kind == kind}


def test_truth_names_every_open_ticket_past_its_target_or_due_within_four_hours(world: World) -> None:
    late, soon = set(), set()
    for ticket in world.tickets:
        if ticket.closed_ms is None and ticket.due_ms is not None:
            if ticket.due_ms < START_MS:
                late.add(ticket.key)
            elif ticket.due_ms <= START_MS + DAY_MS // 6:
                soon.add(ticket.key)

    assert late == _tickets(world, "sla_breached")
    assert soon == _tickets(world, "sla_due_soon")


def _tickets(world: World, kind: str) -> set[int]:
    return {key for row in world.disagreements if row.kind == kind for key in row.tickets}


def test_overdue_open_tickets_are_rare_outside_the_planted_ones(world: World) -> None:
    open_count = sum(ticket.closed_ms is None for ticket in world.tickets)
    background = Counter(row.kind for row in world.disagreements if row.is_background)

    assert 0.015 < background["sla_breached"] / open_count < 0.05
    assert background["sla_due_soon"] < background["sla_breached"]


def test_nothing_in_the_world_lies_after_its_start(world: World) -> None:
    for ticket in world.tickets:
        assert START_MS - 570 * DAY_MS < ticket.created_ms <= (ticket.closed_ms or START_MS) <= START_MS
        assert max(ticket.modified_ms, ticket.reply_ms or 0, ticket.reopened_ms or 0) <= START_MS
    for rows in (world.accounts, world.deals, world.people):
        assert max(row.modified_ms for row in rows) <= START_MS


def test_background_tickets_follow_the_figures_of_the_real_helpdesk() -> None:
    large = generate_world(companies=2_000, tickets=30_000, seed=7, start_ms=START_MS)
    planted = {key for row in large.disagreements if not row.is_background for key in row.tickets}
    tickets = [row for row in large.tickets if row.key not in planted]
    closed = [row for row in tickets if row.closed_ms is not None]
    aimed = [row for row in closed if row.due_ms is not None and row.priority == 3]
    missed = sum((row.closed_ms or 0) > (row.due_ms or 0) for row in aimed)
    hours = sorted(((row.closed_ms or 0) - row.created_ms) / 3_600_000 for row in closed if row.priority == 3)

    assert abs(1 - len(closed) / len(tickets) - OPEN_SHARE) < 0.01
    assert abs(sum(row.priority == 3 for row in tickets) / len(tickets) - 0.9417) < 0.01
    assert abs(missed / len(aimed) - TARGET_MISSED_SHARE[3]) < 0.02
    assert abs(sum(row.reopen_count > 0 for row in closed) / len(closed) - REOPENED_SHARE) < 0.004
    assert 18 < hours[len(hours) // 2] < 25
    assert 120 < hours[len(hours) * 3 // 4] < 170


def test_arrivals_follow_the_week_of_the_real_helpdesk() -> None:
    large = generate_world(companies=500, tickets=20_000, seed=7, start_ms=START_MS)
    days = Counter((row.created_ms // DAY_MS + 3) % 7 for row in large.tickets)
    hours = Counter(row.created_ms // 3_600_000 % 24 for row in large.tickets)

    assert all(abs(days[day] / len(large.tickets) - share) < 0.03 for day, share in enumerate(WEEKDAY_SHARE))
    assert hours[9] > 10 * hours[3]


def test_second_records_share_the_customer_but_not_the_name(world: World) -> None:
    doubles = [row for row in world.accounts if row.is_double]
    firsts = {row.organisation: row for row in world.accounts if not row.is_double}

    assert len(doubles) == 20
    assert all(row.name != firsts[row.organisation].name for row in doubles)


def test_parents_are_other_customers(world: World) -> None:
    children = [row for row in world.accounts if row.parent is not None]

    assert 20 <= len(children) <= 40
    assert all(world.accounts[row.parent or 0].organisation != row.organisation for row in children)


def test_hostile_names_are_there_as_data() -> None:
    names = {row.name for row in generate_world(companies=60, tickets=0, seed=1, start_ms=START_MS).accounts}

    assert names >= set(HOSTILE_NAMES)


def test_some_values_are_missing_in_every_optional_field(world: World) -> None:
    background = [row.commerce for row in world.organisations if not row.planted]
    for name in ("recurring_revenue", "renewal_day", "expansion", "uptime", "cost_to_serve", "influence"):
        share = sum(getattr(row, name) is None for row in background) / len(background)
        assert 0.02 < share < 0.2, name


def test_recurring_revenue_is_skewed_and_stays_in_its_bounds(world: World) -> None:
    known = sorted(
        row.commerce.recurring_revenue or 0 for row in world.organisations if row.commerce.recurring_revenue
    )

    assert known[0] >= 3_000
    assert known[-1] <= 3_000_000
    assert sum(known) / len(known) > 2 * known[len(known) // 2]
