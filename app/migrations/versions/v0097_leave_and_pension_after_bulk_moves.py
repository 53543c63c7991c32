"""Payroll says of leave and pension as well whether they are right after a bulk move, and what is wrong."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.add_column(sa.Column("wrong_items", AutoString(), nullable=False, server_default=""))
        members.add_column(sa.Column("pay_looked_at", UTCDateTime(), nullable=True))
    members_table = sa.table(
        "bulk_move_members",
        sa.column("state", sa.String()),
        sa.column("wrong_items", sa.String()),
        sa.column("pay_said_at", UTCDateTime()),
        sa.column("pay_looked_at", UTCDateTime()),
    )
    op.get_bind().execute(
        sa.update(members_table)
        .where(members_table.c.state == "pay_wrong")
        .values(wrong_items="first_pay", pay_looked_at=members_table.c.pay_said_at)
    )
    with op.batch_alter_table("bulk_move_members") as members:
        members.alter_column("wrong_items", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.drop_column("pay_looked_at")
        members.drop_column("wrong_items")
