"""Which officers somebody else took over from in a recovery."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("replaced", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("recoveries", "replaced")
