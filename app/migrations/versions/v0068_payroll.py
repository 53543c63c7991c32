"""Payroll's part in a move: what it needs before the start, and what it says of the first pay.

Moves that are on their way get the new task. HR confirmed the first pay; payroll does from now on,
and is late with nothing on the first day.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import uuid6
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

CUT_OFF_DAY = 15
"""Of a month, where nothing else is configured."""


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
        sa.text("SELECT id, start_date FROM transfers WHERE in_flight OR state = 'reconciling'").columns(
            sa.column("id", sa.Uuid()), sa.column("start_date", sa.Date())
        )
    )
    tasks = sa.table(
        "transfer_tasks",
        sa.column("id", sa.Uuid()),
        sa.column("transfer_id", sa.Uuid()),
        sa.column("due_on", sa.Date()),
        sa.column("done_at", UTCDateTime()),
        *(sa.column(name, sa.String()) for name in ("kind", "side", "outcome")),
    )
    today = datetime.now(ZoneInfo("Europe/London")).date()
    for transfer_id, start_date in going.all():
        cut_off = _cut_off(max(start_date, today))
        connection.execute(
            tasks.insert().values(
                id=uuid6.uuid7(),
                transfer_id=transfer_id,
                kind="payroll_details",
                side="importing",
                due_on=cut_off,
                outcome="",
            )
        )
        connection.execute(
            tasks.update()
            .where(
                tasks.c.transfer_id == transfer_id,
                tasks.c.kind == "first_pay",
                tasks.c.done_at.is_(None),
                tasks.c.due_on < _end_of_month(cut_off),
            )
            .values(due_on=_end_of_month(cut_off))
        )


def downgrade() -> None:
    op.execute("DELETE FROM transfer_tasks WHERE kind = 'payroll_details'")
    op.drop_table("pay_checks")


def _cut_off(day: date) -> date:
    """The first on or after a day."""
    if day.day <= CUT_OFF_DAY:
        return day.replace(day=CUT_OFF_DAY)
    return (_end_of_month(day) + timedelta(days=1)).replace(day=CUT_OFF_DAY)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
