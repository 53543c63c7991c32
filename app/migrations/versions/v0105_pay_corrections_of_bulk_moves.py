"""What was corrected of the first day of people who came by a bulk move, for both payrolls to take up."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0105"
down_revision = "0103"
branch_labels = None
depends_on = None

TABLE = "bulk_move_pay_corrections"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulk_move_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("noticed_at", UTCDateTime(), nullable=False),
        sa.Column("taken_up_at", UTCDateTime(), nullable=True),
        sa.Column("taken_up_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_move_id"], ["bulk_moves.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["bulk_move_members.id"]),
        sa.ForeignKeyConstraint(["taken_up_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_member_id", TABLE, ["member_id"])
    op.create_index(f"ix_{TABLE}_side", TABLE, ["bulk_move_id", "side"])
    is_open = sa.text("taken_up_at IS NULL")
    op.create_index(
        f"ix_{TABLE}_open",
        TABLE,
        ["member_id", "side"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
