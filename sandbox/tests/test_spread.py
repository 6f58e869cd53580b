"""One firm's records in several CRMs: nothing is lost, and the truth of who is who stays known."""

from collections import Counter

import pytest
from detente_sandbox.world import World, generate_world, spread

VENDORS = ("salesforce", "hubspot", "zendesk")
START_MS = 1_793_700_000_000


def _firm(seed: int = 7) -> World:
    return generate_world(companies=300, tickets=900, seed=seed, start_ms=START_MS)


def _shares(noise: str = "medium", seed: int = 7) -> dict[str, World]:
    return spread(_firm(seed), VENDORS, noise=noise, seed=seed)


def _known(share: World) -> set[int]:
    return {row.organisation for row in share.accounts}


def test_one_vendor_alone_keeps_the_firm_as_it_is() -> None:
    assert spread(_firm(), ["hubspot"], noise="high", seed=7)["hubspot"] == _firm()


@pytest.mark.parametrize("noise", ["low", "medium", "high"])
def test_every_organisation_ticket_and_account_is_kept_somewhere(noise: str) -> None:
    firm, shares = _firm(), _shares(noise)

    assert set().union(*map(_known, shares.values())) == {row.key for row in firm.organisations}
    assert sum(len(share.tickets) for share in shares.values()) == len(firm.tickets)
    assert sum(sum(row.is_double for row in share.accounts) for share in shares.values()) == sum(
        row.is_double for row in firm.accounts
    )


def test_what_belongs_to_an_account_still_belongs_to_its_organisation() -> None:
    firm = _firm()
    subjects = Counter((row.subject, firm.accounts[row.account].organisation) for row in firm.tickets)
    found = Counter(
        (row.subject, share.accounts[row.account].organisation)
        for share in _shares().values()
        for row in share.tickets
    )

    assert found == subjects


def test_keys_are_positions_in_every_share() -> None:
    for share in _shares().values():
        for rows in (share.accounts, share.tickets, share.deals, share.people):
            assert [row.key for row in rows] == list(range(len(rows)))


def test_a_planted_disagreement_is_over_an_organisation_that_every_vendor_knows() -> None:
    shares = _shares()
    planted = {row.key for row in _firm().organisations if row.planted}

    assert planted
    assert all(planted <= _known(share) for share in shares.values())


def test_deals_are_never_support_s_and_tickets_are_where_support_is() -> None:
    shares = _shares()

    assert shares["zendesk"].deals == []
    assert len(shares["zendesk"].tickets) > 0.5 * len(_firm().tickets)


def test_some_subsidiaries_carry_their_parent_s_brand_and_domain_and_are_organisations_of_their_own() -> None:
    accounts = _shares("low")["salesforce"].accounts
    children = [row for row in accounts if row.parent is not None]
    branded = [
        row for row in children if row.domain is not None and row.domain == accounts[row.parent or 0].domain
    ]

    assert len(branded) >= 3
    assert all(row.organisation != accounts[row.parent or 0].organisation for row in branded)


def test_more_noise_leaves_fewer_numbers_and_fewer_equal_names() -> None:
    def alike(noise: str) -> tuple[int, int]:
        firm = {row.organisation: row for row in _firm().accounts if not row.is_double}
        rows = [row for share in _shares(noise).values() for row in share.accounts if not row.is_double]
        return (
            sum(row.number is not None for row in rows),
            sum(row.name == firm[row.organisation].name for row in rows),
        )

    low, medium, high = alike("low"), alike("medium"), alike("high")
    assert low > medium > high
    assert low[1] > medium[1] > high[1]


def test_the_same_seed_spreads_the_same_way() -> None:
    assert _shares("high") == _shares("high")
