"""Home asks for somebody back from a loan before its end: who asked, from when, and why."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("loans") as loans:
        loans.add_column(sa.Column("end_asked_by", sa.Uuid(), nullable=True))
        loans.add_column(sa.Column("end_asked_day", sa.Date(), nullable=True))
        loans.add_column(sa.Column("end_asked_reason", AutoString(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("loans") as loans:
        for name in ("end_asked_reason", "end_asked_day", "end_asked_by"):
            loans.drop_column(name)
