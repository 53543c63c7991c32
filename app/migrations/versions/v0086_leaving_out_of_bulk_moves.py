"""Who asked that somebody be left out of a bulk move, and why; whether sign-in providers go along."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bulk_moves", sa.Column("providers_go_along", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("bulk_move_members") as batch_op:
        batch_op.add_column(sa.Column("leaving_out_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("leaving_out_words", AutoString(), nullable=False, server_default=""))
        batch_op.create_foreign_key(
            "fk_bulk_move_members_leaving_out_by_people", "people", ["leaving_out_by"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as batch_op:
        batch_op.drop_constraint("fk_bulk_move_members_leaving_out_by_people", type_="foreignkey")
        batch_op.drop_column("leaving_out_words")
        batch_op.drop_column("leaving_out_by")
    op.drop_column("bulk_moves", "providers_go_along")
