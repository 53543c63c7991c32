"""By when the old department answers whether the start of a move was another day."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0114"
down_revision = "0111"
branch_labels = None
depends_on = None

TABLE, COLUMN = "transfers", "restart_due_on"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as transfers:
        transfers.add_column(sa.Column(COLUMN, sa.Date(), nullable=True))
    # When it was asked was not kept, so what is open now is answered within two weeks from now.
    transfers = sa.table(TABLE, sa.column("restart_on", sa.Date()), sa.column(COLUMN, sa.Date()))
    due_on = datetime.now(UTC).date() + timedelta(days=14)
    op.execute(transfers.update().where(transfers.c.restart_on.is_not(None)).values({COLUMN: due_on}))
    op.create_index(f"ix_{TABLE}_{COLUMN}", TABLE, [COLUMN])


def downgrade() -> None:
    op.drop_index(f"ix_{TABLE}_{COLUMN}", TABLE)
    with op.batch_alter_table(TABLE) as transfers:
        transfers.drop_column(COLUMN)
