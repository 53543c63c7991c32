"""The suspension of an account is lifted by two officers: who asked for it, and why."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account_suspensions") as suspensions:
        suspensions.add_column(sa.Column("lift_asked_by", sa.Uuid(), nullable=True))
        suspensions.add_column(sa.Column("lift_reason", AutoString(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("account_suspensions") as suspensions:
        suspensions.drop_column("lift_reason")
        suspensions.drop_column("lift_asked_by")
