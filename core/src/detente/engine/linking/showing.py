"""Links and the accounts of a customer, as people and machines read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from detente_contracts import ConfigurationError, LinkEvidence, Ref
from sqlalchemy import Connection

from detente.engine.naming import customer_named
from detente.store import customers, links, records
from detente.store.columns import ref_of
from detente.store.database import Store
from detente.store.links import Decision, LinkEvent, LinkRow, Standing


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as links show it; without a customer it is gone, or was never linked."""

    account: str
    connector: str
    name: str | None
    customer: str | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link with the words of its evidence; `is_pending`: the next run lets accounts follow the decision."""

    id: str
    state: str
    one: AccountView
    other: AccountView
    rule: str
    source: str
    confidence: float
    evidence: tuple[LinkEvidence, ...]
    held_back: str
    actor: str
    why: str
    since: datetime
    is_pending: bool

    @property
    def reasons(self) -> str:
        """What speaks for the link, then what speaks against it, in one line."""
        speaks_for = [item.said for item in self.evidence if item.weight > 0]
        against = [item.said for item in self.evidence if item.weight <= 0]
        held = [f"held back: {self.held_back}"] if self.held_back else []
        told = speaks_for + [f"but {text}" for text in against] + held
        return "; ".join(told) or "a person named the two accounts"


@dataclass(frozen=True, slots=True)
class MemberView:
    """One account of a customer, since when it belongs to it, and the links that hold it there."""

    account: AccountView
    since: datetime
    came_by: str
    links: tuple[LinkView, ...]


def list_links(store: Store, state: str) -> list[LinkView]:
    """Links that are suggested, automatic, accepted or refused, the most confident first."""
    wanted = Standing(state) if state in list(Standing) else Decision(state)
    with store.reading() as connection:
        return _views(connection, links.links_of(connection, wanted))


def show_link(store: Store, id: str) -> tuple[LinkView, list[LinkEvent]]:
    """A link, and all that ever happened to it.

    Raises: ConfigurationError when there is no such link.
    """
    with store.reading() as connection:
        rows = links.links_by_id(connection, [id])
        if id not in rows:
            raise ConfigurationError(f"no link {id!r}", hint="See `detente links list`")
        (view,) = _views(connection, [rows[id]])
        return view, links.link_events_of(connection, id)


def view_links(store: Store, rows: Sequence[LinkRow]) -> list[LinkView]:
    """These links, in their order."""
    with store.reading() as connection:
        return _views(connection, rows)


def show_members(store: Store, text: str) -> list[MemberView]:
    """The accounts of the customer that `text` names: an id, an account, or a name.

    Raises: ConfigurationError when there is no such customer.
    """
    with store.reading() as connection:
        return members_of(connection, customer_named(connection, text))


def members_of(connection: Connection, customer: str) -> list[MemberView]:
    """The accounts that belong to a customer now, in order, with what holds them."""
    members = customers.members_of(connection, customer)
    texts = [str(ref) for ref, _, _ in members]
    rows = [row for row in links.links_touching(connection, texts) if _holds(row, set(texts))]
    views = _views(connection, rows)
    accounts = _accounts(connection, texts)
    return [
        MemberView(
            accounts[str(ref)],
            since,
            evidence,
            tuple(view for view in views if str(ref) in (view.one.account, view.other.account)),
        )
        for ref, since, evidence in members
    ]


def as_data(view: LinkView) -> dict[str, object]:
    """A link as plain data; instants ISO 8601."""
    return {**asdict(view), "since": view.since.isoformat(), "reasons": view.reasons}


def member_data(member: MemberView) -> dict[str, object]:
    """An account of a customer as plain data."""
    held = [as_data(view) for view in member.links]
    told = {"since": member.since.isoformat(), "came_by": member.came_by, "links": held}
    return {**asdict(member.account), **told}


def log_data(log: Iterable[LinkEvent]) -> list[dict[str, object]]:
    """The log of a link as plain data."""
    return [{**asdict(event), "at": event.at.isoformat()} for event in log]


def _holds(row: LinkRow, accounts: set[str]) -> bool:
    return {row.one, row.other} <= accounts and row.state in (Standing.AUTOMATIC, Decision.ACCEPTED)


def _views(connection: Connection, rows: Sequence[LinkRow]) -> list[LinkView]:
    accounts = _accounts(connection, [account for row in rows for account in (row.one, row.other)])
    evidence = links.evidence_of(connection, (row.evidence for row in rows))
    return [_view(row, accounts, evidence.get(row.evidence, ())) for row in rows]


def _view(row: LinkRow, accounts: Mapping[str, AccountView], evidence: tuple[LinkEvidence, ...]) -> LinkView:
    one, other = accounts[row.one], accounts[row.other]
    return LinkView(
        id=row.id,
        state=row.state if row.state != Standing.NONE else "ended",
        one=one,
        other=other,
        rule=row.rule,
        source=row.source,
        confidence=row.confidence,
        evidence=evidence,
        held_back=row.held_back,
        actor=row.actor,
        why=row.why,
        since=row.since,
        is_pending=_is_pending(row, one, other),
    )


def _is_pending(row: LinkRow, one: AccountView, other: AccountView) -> bool:
    if row.decision is None or one.customer is None or other.customer is None:
        return False
    return (one.customer == other.customer) is not (row.decision is Decision.ACCEPTED)


def _accounts(connection: Connection, texts: Iterable[str]) -> dict[str, AccountView]:
    refs: dict[str, Ref] = {text: ref_of(text) for text in texts}
    names = records.account_names(connection, refs.values())
    owners = customers.customers_of(connection, refs.values())
    return {
        text: AccountView(text, ref.connector, names.get(ref), owners.get(ref)) for text, ref in refs.items()
    }
