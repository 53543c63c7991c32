"""The employment that a transfer code, or an answered invitation, is for."""

import sqlalchemy as sa
from alembic import op

revision = "0112"
down_revision = "0108"
branch_labels = None
depends_on = None

TABLES = ("transfer_codes", "move_invitations")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("employment_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as changed:
            changed.drop_column("employment_id")
