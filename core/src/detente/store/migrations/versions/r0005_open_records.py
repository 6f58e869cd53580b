"""Open deals and tickets are found by their account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the indexes."""
    for table in ("record_deal", "record_ticket"):
        op.create_index(
            f"ix_{table}_open",
            table,
            ["connector", "account_id"],
            unique=False,
            sqlite_where=sa.text("is_open = 1"),
            postgresql_where=sa.text("is_open"),
        )
