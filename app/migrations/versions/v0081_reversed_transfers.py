"""Which transfer a transfer takes back: the person goes back on the terms that they had."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("reverses_id", sa.Uuid(), nullable=True))
        transfers.create_foreign_key("transfers_reverses_id_fkey", "transfers", ["reverses_id"], ["id"])
        transfers.create_index("ix_transfers_reverses_id", ["reverses_id"])


def downgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_index("ix_transfers_reverses_id")
        transfers.drop_constraint("transfers_reverses_id_fkey", type_="foreignkey")
        transfers.drop_column("reverses_id")
