"""Which session at a department's provider opened a login session, and what it said of signing out."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_INDEX = "ix_login_sessions_upstream_provider_id"


def upgrade() -> None:
    op.add_column("login_sessions", sa.Column("upstream_provider_id", sa.Uuid(), nullable=True))
    op.add_column("login_sessions", sa.Column("upstream_sub_hash", AutoString(length=64), nullable=True))
    op.add_column("login_sessions", sa.Column("upstream_sid_hash", AutoString(length=64), nullable=True))
    op.create_index(_INDEX, "login_sessions", ["upstream_provider_id", "upstream_sub_hash"])
    op.create_index("ix_login_sessions_upstream_sid_hash", "login_sessions", ["upstream_sid_hash"])
    op.add_column(
        "upstream_providers",
        sa.Column("offers_sign_out", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "spent_logout_tokens",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("jti_hash", AutoString(length=64), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["upstream_providers.id"]),
        sa.PrimaryKeyConstraint("provider_id", "jti_hash"),
    )
    op.create_index("ix_spent_logout_tokens_expires_at", "spent_logout_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_table("spent_logout_tokens")
    op.drop_column("upstream_providers", "offers_sign_out")
    op.drop_index("ix_login_sessions_upstream_sid_hash", "login_sessions")
    op.drop_index(_INDEX, "login_sessions")
    for column in ("upstream_sid_hash", "upstream_sub_hash", "upstream_provider_id"):
        op.drop_column("login_sessions", column)
