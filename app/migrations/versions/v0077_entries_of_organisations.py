"""The index of entries by organisation holds those that have one: most of the trail has none."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

NAME, TABLE, COLUMNS = "ix_audit_entries_organisation_id", "audit_entries", ["organisation_id"]


def upgrade() -> None:
    have_one = sa.text("organisation_id IS NOT NULL")
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, COLUMNS, sqlite_where=have_one, postgresql_where=have_one)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, COLUMNS)
