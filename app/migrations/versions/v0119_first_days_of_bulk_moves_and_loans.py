"""How the first days went of people whom a bulk move moved, and of those who began on loan."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0119"
down_revision = "0118"
branch_labels = None
depends_on = None

_TABLES = {
    "bulk_move_first_days": ("member_id", "bulk_move_members"),
    "loan_first_days": ("loan_id", "loans"),
}


def upgrade() -> None:
    for name, (key, of) in _TABLES.items():
        op.create_table(
            name,
            sa.Column("tried_on", sa.Date(), nullable=True),
            sa.Column("refused", sa.Integer(), nullable=False),
            sa.Column("kept_out", sa.Boolean(), nullable=False),
            sa.Column("helped", sa.Boolean(), nullable=False),
            sa.Column("old_uses", sa.Integer(), nullable=False),
            sa.Column("looked_at", UTCDateTime(), nullable=False),
            sa.Column(key, sa.Uuid(), nullable=False),
            sa.ForeignKeyConstraint([key], [f"{of}.id"]),
            sa.PrimaryKeyConstraint(key),
        )


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)
