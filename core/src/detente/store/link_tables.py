"""The tables of links: what joins accounts to customers, who decided it, what became of customers' ids."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Double, Index, Table, Text

from detente.store.columns import Instant, JsonText
from detente.store.record_tables import metadata as metadata


class Standing(StrEnum):
    """How the evidence stands: it holds two accounts together, asks people to say, or says nothing now."""

    AUTOMATIC = "automatic"
    SUGGESTED = "suggested"
    NONE = "none"


class Decision(StrEnum):
    """What a person said about two accounts; it stands until it is undone."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


link = Table(
    "link",
    metadata,
    Column("id", Text, primary_key=True),
    Column("one", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("held_back", Text, nullable=False),
    Column("decision", Text),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
Index(None, link.c.standing)
Index(None, link.c.one)
Index(None, link.c.other)

link_event = Table(
    "link_event",
    metadata,
    Column("link", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JsonText, nullable=False),
    Column("batch", Text, nullable=False),
)
Index(None, link_event.c.batch)

link_evidence = Table(
    "link_evidence",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("content", Text, nullable=False),
    sqlite_with_rowid=False,
)

link_pass = Table(
    "link_pass",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("told", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

customer_alias = Table(
    "customer_alias",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("until", Instant),
)
Index(
    "uq_customer_alias_open",
    customer_alias.c.alias,
    unique=True,
    sqlite_where=customer_alias.c.until.is_(None),
    postgresql_where=customer_alias.c.until.is_(None),
)

merged_record = Table(
    "merged_record",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("into", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
