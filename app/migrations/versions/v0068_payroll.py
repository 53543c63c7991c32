"""Payroll's part in a move: what it needs before the start, and what it says of the first pay.

Moves that are on their way get the new task. HR confirmed the first pay; payroll does from now on.
"""

import sqlalchemy as sa
import uuid6
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.ForeignKeyConstraint(["by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pay_checks_transfer_id", "pay_checks", ["transfer_id"])
    connection = op.get_bind()
    going = connection.execute(
        sa.text("SELECT id, start_date FROM transfers WHERE in_flight OR state = 'reconciling'")
    )
    tasks = sa.table(
        "transfer_tasks",
        *(sa.column(name) for name in ("id", "transfer_id", "kind", "side", "due_on", "outcome")),
    )
    for transfer_id, start_date in going.all():
        connection.execute(
            tasks.insert().values(
                id=sa.literal(uuid6.uuid7(), sa.Uuid()),
                transfer_id=transfer_id,
                kind="payroll_details",
                side="importing",
                due_on=start_date,
                outcome="",
            )
        )


def downgrade() -> None:
    op.execute("DELETE FROM transfer_tasks WHERE kind = 'payroll_details'")
    op.drop_table("pay_checks")
