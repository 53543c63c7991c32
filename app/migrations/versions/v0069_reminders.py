"""What people were reminded of in a move, and the day from which its dates need no answer.

Of moves that are not agreed yet it counts from today, so that nothing is settled without a reminder.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfer_reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("act", AutoString(), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transfer_id", "act", "side", "due_on", "stage"),
    )
    op.create_index("ix_transfer_reminders_transfer_id", "transfer_reminders", ["transfer_id"])
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("dates_offered_on", sa.Date(), nullable=True))
        transfers.add_column(sa.Column("date_settled_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE transfers SET dates_offered_on = offered_on")
    today = datetime.now(ZoneInfo("Europe/London")).date()
    op.execute(
        sa.text(
            "UPDATE transfers SET dates_offered_on = :today WHERE state IN ('in_progress', 'on_hold')"
        ).bindparams(sa.bindparam("today", today, sa.Date()))
    )
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("dates_offered_on", existing_type=sa.Date(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_column("date_settled_at")
        transfers.drop_column("dates_offered_on")
    op.drop_table("transfer_reminders")
