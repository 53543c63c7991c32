"""On which day somebody of a bulk move began in truth, as the new organisation says."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0119"
branch_labels = None
depends_on = None

_KEY = "fk_bulk_move_members_restart_by"


def upgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.add_column(sa.Column("restart_on", sa.Date(), nullable=True))
        members.add_column(sa.Column("restart_by", sa.Uuid(), nullable=True))
        members.create_foreign_key(_KEY, "people", ["restart_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("bulk_move_members") as members:
        members.drop_constraint(_KEY, type_="foreignkey")
        members.drop_column("restart_by")
        members.drop_column("restart_on")
