"""By when both departments agree to dates of a move that had passed when they were offered.

Of what is open it counts from today: nobody knew of a last day before.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0114"
branch_labels = None
depends_on = None

TABLE, COLUMN = "transfers", "agree_by"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as transfers:
        transfers.add_column(sa.Column(COLUMN, sa.Date(), nullable=True))
    transfers = sa.table(
        TABLE,
        sa.column("in_flight", sa.Boolean()),
        sa.column("dates_offered_on", sa.Date()),
        sa.column("start_date", sa.Date()),
        sa.column(COLUMN, sa.Date()),
    )
    backdated = sa.and_(transfers.c.in_flight, transfers.c.dates_offered_on > transfers.c.start_date)
    agree_by = datetime.now(UTC).date() + timedelta(days=14)
    op.execute(transfers.update().where(backdated).values({COLUMN: agree_by}))


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as transfers:
        transfers.drop_column(COLUMN)
