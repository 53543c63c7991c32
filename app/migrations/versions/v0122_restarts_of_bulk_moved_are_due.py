"""By when it is answered whether somebody of a bulk move began on another day."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None

TABLE, COLUMN = "bulk_move_members", "restart_due_on"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as members:
        members.add_column(sa.Column(COLUMN, sa.Date(), nullable=True))
    # When it was asked was not kept, so what is open now is answered within two weeks from now.
    members = sa.table(TABLE, sa.column("restart_on", sa.Date()), sa.column(COLUMN, sa.Date()))
    due_on = datetime.now(UTC).date() + timedelta(days=14)
    op.execute(members.update().where(members.c.restart_on.is_not(None)).values({COLUMN: due_on}))
    op.create_index(f"ix_{TABLE}_{COLUMN}", TABLE, [COLUMN])


def downgrade() -> None:
    op.drop_index(f"ix_{TABLE}_{COLUMN}", TABLE)
    with op.batch_alter_table(TABLE) as members:
        members.drop_column(COLUMN)
