"""Links with evidence, decisions and log; aliases of customers; records that were merged into others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and give customers the key by which they are known."""
    op.add_column("customer", sa.Column("customer_key", sa.Text(), nullable=True))
    _link()
    _link_event()
    _link_evidence()
    _link_pass()
    _customer_alias()
    _merged_record()


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("held_back", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("standing", "one", "other"):
        op.create_index(f"ix_link_{column}", "link", [column], unique=False)


def _link_event() -> None:
    op.create_table(
        "link_event",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link", "seq"),
    )
    op.create_index("ix_link_event_batch", "link_event", ["batch"], unique=False)


def _link_evidence() -> None:
    op.create_table(
        "link_evidence",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )


def _link_pass() -> None:
    op.create_table(
        "link_pass",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("run", name="uq_link_pass_run"),
    )


def _customer_alias() -> None:
    op.create_table(
        "customer_alias",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("alias", "since"),
    )
    op.create_index(
        "uq_customer_alias_open",
        "customer_alias",
        ["alias"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _merged_record() -> None:
    op.create_table(
        "merged_record",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("into", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "object", "id"),
    )
