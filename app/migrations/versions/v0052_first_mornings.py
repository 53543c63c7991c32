"""What somebody who moves signs in with on their first morning; whoever never said so is asked."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("way_in", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("way_in", server_default=None)
    op.execute(
        "UPDATE transfer_tasks SET side = NULL, done_at = NULL, done_by = NULL, outcome = '' "
        "WHERE kind = 'sign_in' AND transfer_id IN "
        "(SELECT id FROM transfers WHERE state IN ('in_progress', 'on_hold'))"
    )


def downgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_column("way_in")
