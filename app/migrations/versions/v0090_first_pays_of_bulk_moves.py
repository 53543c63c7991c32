"""What payroll said first of a first pay after a bulk move stays known, as it does after a transfer."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.add_column(sa.Column("pay_said_at", UTCDateTime(), nullable=True))
        members.add_column(sa.Column("first_pay_right", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.drop_column("first_pay_right")
        members.drop_column("pay_said_at")
