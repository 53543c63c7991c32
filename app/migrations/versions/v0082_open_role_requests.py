"""The requests for roles that wait are found by their app."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_role_requests_open",
        "role_requests",
        ["app_id", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_role_requests_open", table_name="role_requests")
