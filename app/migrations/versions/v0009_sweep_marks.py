"""How far the worker has swept, and the indexes by which it finds what changed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("postings", "clearances", "sponsorships", "entitlements")


def upgrade() -> None:
    op.create_table(
        "sweep_marks",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("swept_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("looked_back_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for table in TABLES:
        for column in ("valid_from", "recorded_at"):
            op.create_index(f"ix_{table}_{column}", table, [column])
        for column in ("valid_to", "superseded_at"):
            ended = sa.text(f"{column} IS NOT NULL")
            op.create_index(
                f"ix_{table}_{column}", table, [column], sqlite_where=ended, postgresql_where=ended
            )


def downgrade() -> None:
    for table in TABLES:
        for column in ("valid_from", "recorded_at", "valid_to", "superseded_at"):
            op.drop_index(f"ix_{table}_{column}", table)
    op.drop_table("sweep_marks")
