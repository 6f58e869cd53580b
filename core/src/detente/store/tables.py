"""The tables, those of records and links apart."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table, Text, UniqueConstraint

from detente.store.columns import Instant, JsonText
from detente.store.link_tables import metadata as metadata

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("hidden", JsonText, nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("caught_up_at", Instant, nullable=True),
)

read_batch = Table(
    "read_batch",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("connector", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("same", BigInteger, nullable=False),
    Column("gone", BigInteger, nullable=False),
    Column("refused", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

customer = Table(
    "customer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("created_at", Instant, nullable=False),
    Column("customer_key", Text),
)

membership = Table(
    "membership",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("evidence", Text, nullable=False),
    Column("until", Instant),
)
Index(
    "uq_membership_open",
    membership.c.connector,
    membership.c.object,
    membership.c.id,
    unique=True,
    sqlite_where=membership.c.until.is_(None),
    postgresql_where=membership.c.until.is_(None),
)
Index(None, membership.c.customer)

bundle = Table(
    "bundle",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("content", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("as_of", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("summary", JsonText, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
)
Index(None, run.c.started_at)

job = Table(
    "job",
    metadata,
    Column("name", Text, primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("run", Text),
    Column("outcome", Text, nullable=False),
    Column("told", JsonText, nullable=False),
)

receipt_batch = Table(
    "receipt_batch",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("bundle", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

scoring = Table(
    "scoring",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("as_of", Instant, nullable=False),
)
Index(None, scoring.c.hash)

score = Table(
    "score",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("receipt", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("score_micro", BigInteger, nullable=False),
    Column("band", Text, nullable=False),
    sqlite_with_rowid=False,
)

case_event = Table(
    "case_event",
    metadata,
    Column("case", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JsonText, nullable=False),
    Column("link", Text, nullable=False),
)
Index(None, case_event.c.link)

conflict_case = Table(
    "conflict_case",
    metadata,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("contested", Text, nullable=False),
    Column("playbook", Text, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("severity", BigInteger, nullable=False),
    Column("stage", Text),
    Column("owner", Text),
    Column("due_at", Instant),
    Column("is_overdue", Boolean, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("last_seen_run", Text, nullable=False),
)
Index(
    "uq_conflict_case_open",
    conflict_case.c.fingerprint,
    unique=True,
    sqlite_where=conflict_case.c.closed_at.is_(None),
    postgresql_where=conflict_case.c.closed_at.is_(None),
)
Index(
    "ix_conflict_case_open",
    conflict_case.c.stage,
    conflict_case.c.owner,
    conflict_case.c.kind,
    sqlite_where=conflict_case.c.closed_at.is_(None),
    postgresql_where=conflict_case.c.closed_at.is_(None),
)
Index(None, conflict_case.c.fingerprint)
Index(None, conflict_case.c.customer)
Index(None, conflict_case.c.due_at)


class WriteState(StrEnum):
    """Where one row of a plan stands; all but `planned` are settled."""

    PLANNED = "planned"
    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"


write = Table(
    "write",
    metadata,
    Column("run", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("connector", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("old", JsonText, nullable=False),
    Column("new", JsonText, nullable=False),
    Column("reasons", JsonText, nullable=False),
    Column("detail", Text, nullable=False),
    Column("settled_at", Instant),
    Column("undoes", Text),
)
Index(None, write.c.run, write.c.state, write.c.seq)
Index(None, write.c.undoes)

written = Table(
    "written",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("values", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

lease_request = Table(
    "lease_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("held", Text),
    Column("ours", Text),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", Instant),
)
Index(None, lease_request.c.state)

budget_bucket = Table(
    "budget_bucket",
    metadata,
    Column("account", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("closed_until", BigInteger, nullable=False),
)

budget_slot = Table(
    "budget_slot",
    metadata,
    Column("account", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("ends", BigInteger, primary_key=True, autoincrement=False),
    Column("calls", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

audit_link = Table(
    "audit_link",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("kind", "subject"),
)
