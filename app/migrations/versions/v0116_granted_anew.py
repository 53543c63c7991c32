"""A move keeps that a level which is held with the old department was granted anew for the new one."""

import sqlalchemy as sa
from alembic import op

revision = "0116"
down_revision = "0115"
branch_labels = None
depends_on = None

TABLE, COLUMNS = "transfers", ("granted_on", "granted_until")


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as transfers:
        for column in COLUMNS:
            transfers.add_column(sa.Column(column, sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as transfers:
        for column in COLUMNS:
            transfers.drop_column(column)
