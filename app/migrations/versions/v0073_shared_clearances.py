"""Which clearances a security officer agreed to share for a loan; what was agreed before is asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("loans", sa.Column("agreed_clearances", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("loans", "agreed_clearances")
