"""The index by which a session finds the grants of its apps."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_grants_session_client_id", "grants", ["session_client_id"])


def downgrade() -> None:
    op.drop_index("ix_grants_session_client_id", "grants")
