"""The bulk move that another one takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0109"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bulk_moves") as moves:
        moves.add_column(sa.Column("reverses_id", sa.Uuid(), nullable=True))
        moves.create_foreign_key(
            "fk_bulk_moves_reverses_id_bulk_moves", "bulk_moves", ["reverses_id"], ["id"]
        )
        moves.create_index("ix_bulk_moves_reverses_id", ["reverses_id"])


def downgrade() -> None:
    with op.batch_alter_table("bulk_moves") as moves:
        moves.drop_index("ix_bulk_moves_reverses_id")
        moves.drop_constraint("fk_bulk_moves_reverses_id_bulk_moves", type_="foreignkey")
        moves.drop_column("reverses_id")
