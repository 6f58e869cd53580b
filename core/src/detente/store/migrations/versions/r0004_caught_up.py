"""When each kind of record was last read to its end; unknown for what was read before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("checkpoint", sa.Column("caught_up_at", sa.BigInteger(), nullable=True))
