"""What was corrected of a first day after it, for the payrolls of both departments to take up."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

TABLE = "pay_corrections"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("local_grade", AutoString(), nullable=True),
        sa.Column("salary_pence", sa.Integer(), nullable=True),
        sa.Column("noticed_at", UTCDateTime(), nullable=False),
        sa.Column("taken_up_at", UTCDateTime(), nullable=True),
        sa.Column("taken_up_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.ForeignKeyConstraint(["taken_up_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_transfer_id", TABLE, ["transfer_id"])
    is_open = sa.text("taken_up_at IS NULL")
    op.create_index(
        f"ix_{TABLE}_open",
        TABLE,
        ["transfer_id", "side"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
