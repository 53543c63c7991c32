"""Which suppliers an agreement involves."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode, which would drop a table that others refer to.
    op.add_column("agreements", sa.Column("suppliers", AutoString(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("agreements", "suppliers")
