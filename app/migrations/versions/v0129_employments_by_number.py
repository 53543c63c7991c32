"""Employments are found by their number: an import looks for each that it brings, among all there are."""

from alembic import op

revision = "0129"
down_revision = "0125"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_employments_number", "employments"


def upgrade() -> None:
    op.create_index(NAME, TABLE, ["number"])


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
