"""Dates that silence settles by the new rule, once half of the notice is over, count as offered today.

Nobody in the old department knew of that day before, so that none has passed with the upgrade.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    today = datetime.now(UTC).date()
    transfers = sa.table(
        "transfers",
        sa.column("id", sa.Uuid()),
        sa.column("state", sa.String()),
        sa.column("regime", sa.String()),
        sa.column("dates_offered_on", sa.Date()),
        sa.column("date_settled_at", sa.DateTime(timezone=True)),
        sa.column("last_day", sa.Date()),
    )
    connection = op.get_bind()
    waiting = sa.select(transfers.c.id, transfers.c.dates_offered_on, transfers.c.last_day).where(
        transfers.c.state.in_(("in_progress", "on_hold", "blocked")),
        transfers.c.regime == "civil_service",
        transfers.c.date_settled_at.is_(None),
        transfers.c.dates_offered_on < today,
        transfers.c.last_day >= today,
    )
    for transfer_id, offered_on, last_day in connection.execute(waiting).all():
        if (last_day - offered_on).days < _UNSETTLED_BEFORE:
            connection.execute(
                transfers.update().where(transfers.c.id == transfer_id).values(dates_offered_on=today)
            )


def downgrade() -> None:
    """The days of the offers before are not kept; dates that count as offered later harm nobody."""


_UNSETTLED_BEFORE = 28
"""With as many days of notice, silence had a day already."""
