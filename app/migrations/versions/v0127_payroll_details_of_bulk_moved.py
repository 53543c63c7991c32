"""Whether payroll has what it needs to pay somebody who came by a bulk move, and what it has not."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0127"
down_revision = "0122"
branch_labels = None
depends_on = None

TABLE = "bulk_move_members"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as members:
        members.add_column(sa.Column("details_at", UTCDateTime(), nullable=True))
        members.add_column(sa.Column("missing_details", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table(TABLE) as members:
        members.alter_column("missing_details", server_default=None)
    # Payroll is asked about first pays there already, and was never asked about this.
    op.execute(
        "UPDATE bulk_move_members SET details_at ="
        " (SELECT starts_at FROM bulk_moves WHERE bulk_moves.id = bulk_move_members.bulk_move_id)"
        " WHERE bulk_move_id IN (SELECT id FROM bulk_moves WHERE state = 'reconciling')"
        " AND state = 'joined'"
    )


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as members:
        members.drop_column("missing_details")
        members.drop_column("details_at")
