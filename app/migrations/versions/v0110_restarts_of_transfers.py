"""The dates that a move had in truth, by the word of one department, until the other has agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0112"
branch_labels = None
depends_on = None

FOREIGN_KEY = "fk_transfers_restart_by_people"


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("restart_on", sa.Date(), nullable=True))
        transfers.add_column(sa.Column("restart_last_day", sa.Date(), nullable=True))
        transfers.add_column(sa.Column("restart_by", sa.Uuid(), nullable=True))
        transfers.create_foreign_key(FOREIGN_KEY, "people", ["restart_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_constraint(FOREIGN_KEY, type_="foreignkey")
        for column in ("restart_by", "restart_last_day", "restart_on"):
            transfers.drop_column(column)
