"""What is done after an appointment is agreed, what payroll said of its first pay, and its first day.

Of one that is agreed already nobody is asked anything: its line manager and payroll were never told of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0125"
down_revision = "0128"
branch_labels = None
depends_on = None

TABLE, TASKS, FIRST_DAYS = "appointments", "appointment_tasks", "appointment_first_days"
WRONG, SAID_AT = "wrong_items", "pay_said_at"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as appointments:
        appointments.add_column(sa.Column("first_pay_right", sa.Boolean(), nullable=True))
        appointments.add_column(sa.Column(SAID_AT, UTCDateTime(), nullable=True))
        appointments.add_column(sa.Column(WRONG, AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table(TABLE) as appointments:
        appointments.alter_column(WRONG, existing_type=AutoString(), server_default=None)
    op.create_index(f"ix_{TABLE}_{SAID_AT}", TABLE, [SAID_AT])
    op.create_table(
        TASKS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("escalated_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["appointment_id"], [f"{TABLE}.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["done_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("appointment_id", "kind"),
    )
    op.create_index(f"ix_{TASKS}_owner_id", TASKS, ["owner_id"])
    op.create_table(
        FIRST_DAYS,
        sa.Column("tried_on", sa.Date(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("kept_out", sa.Boolean(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("old_uses", sa.Integer(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], [f"{TABLE}.id"]),
        sa.PrimaryKeyConstraint("appointment_id"),
    )


def downgrade() -> None:
    op.drop_table(FIRST_DAYS)
    op.drop_table(TASKS)
    op.drop_index(f"ix_{TABLE}_{SAID_AT}", TABLE)
    with op.batch_alter_table(TABLE) as appointments:
        for column in (WRONG, SAID_AT, "first_pay_right"):
            appointments.drop_column(column)
