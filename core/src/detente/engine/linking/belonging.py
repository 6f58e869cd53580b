"""Let memberships and customers' ids follow what is one now; nothing that was is forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from detente_contracts import Ref
from sqlalchemy import Connection

from detente.engine.linking.identities import (
    Before,
    Identities,
    KnownCustomer,
    identify,
    keys_by_customer,
)
from detente.engine.linking.resolving import Resolution
from detente.store import customers
from detente.store.columns import ref_of

Texts = Mapping[str, str | None]

_ALONE = "only account"


@dataclass(frozen=True, slots=True)
class Moves:
    """Accounts that went from one customer to another, and memberships that ended with their account."""

    moved: int = 0
    ended: int = 0


def move_accounts(
    connection: Connection,
    resolution: Resolution,
    keys: Texts,
    names: Texts,
    *,
    heirs: Mapping[str, str],
    at: datetime,
) -> Moves:
    """Give each account of `keys` the customer of its set, from `at` on; accounts that are gone have none."""
    sets = _sets(resolution, keys)
    members = {str(Ref(*row[1:4])): str(row[0]) for row in customers.memberships(connection).iter_rows()}
    before = _before(connection, members, heirs)
    found = identify(sets, keys, before)
    _keep_customers(connection, found, sets, names, at)
    now = {
        account: customer
        for accounts, customer in zip(sets, found.customers, strict=True)
        for account in accounts
    }
    left = [account for account, customer in members.items() if now.get(account) != customer]
    customers.end_memberships(connection, [ref_of(account) for account in left], at)
    reasons = resolution.reasons()
    came = [account for account, customer in now.items() if members.get(account) != customer]
    customers.add_memberships(
        connection, [(now[account], ref_of(account), reasons.get(account, _ALONE)) for account in came], at
    )
    customers.save_customer_keys(connection, keys_by_customer(sets, keys, found.customers, before.known))
    return Moves(sum(account in members for account in came), sum(account not in keys for account in left))


def _sets(resolution: Resolution, keys: Texts) -> list[list[str]]:
    """The living accounts of each set, both in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for account in sorted(keys):
        found[resolution.clusters.root(account)].append(account)
    return list(found.values())


def _before(connection: Connection, members: Mapping[str, str], heirs: Mapping[str, str]) -> Before:
    known = {id_: KnownCustomer(created, key) for id_, created, key in customers.known_customers(connection)}
    former = customers.former_memberships(connection)
    return Before(members, known, heirs, former, customers.successors(connection))


def _keep_customers(
    connection: Connection, found: Identities, sets: list[list[str]], names: Texts, at: datetime
) -> None:
    fresh = [(customer, _first_name(sets[number], names)) for number, customer in found.new.items()]
    customers.add_customers(connection, fresh, at)
    customers.close_aliases(connection, found.returned, at)
    customers.open_aliases(connection, found.merged.items(), at)


def _first_name(accounts: list[str], names: Texts) -> str | None:
    return next((name for account in accounts if (name := names[account])), None)
