"""A bulk move gets another start date, and who is to act in one, or on an appointment, is reminded."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bulk_moves") as moves:
        moves.add_column(sa.Column("new_start_date", sa.Date(), nullable=True))
        moves.add_column(sa.Column("redated_by", sa.Uuid(), nullable=True))
        moves.create_foreign_key("fk_bulk_moves_redated_by_people", "people", ["redated_by"], ["id"])
    op.create_table(
        "bulk_move_reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulk_move_id", sa.Uuid(), nullable=False),
        sa.Column("act", AutoString(), nullable=False),
        sa.Column("side", AutoString(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bulk_move_id"], ["bulk_moves.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bulk_move_id", "act", "side", "due_on", "stage"),
    )
    op.create_index("ix_bulk_move_reminders_bulk_move_id", "bulk_move_reminders", ["bulk_move_id"])
    with op.batch_alter_table("appointments") as appointments:
        appointments.add_column(sa.Column("reminded_at", UTCDateTime(), nullable=True))
        appointments.add_column(sa.Column("escalated_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("appointments") as appointments:
        appointments.drop_column("escalated_at")
        appointments.drop_column("reminded_at")
    op.drop_table("bulk_move_reminders")
    with op.batch_alter_table("bulk_moves") as moves:
        moves.drop_constraint("fk_bulk_moves_redated_by_people", type_="foreignkey")
        moves.drop_column("redated_by")
        moves.drop_column("new_start_date")
