"""Sessions that people say were not theirs, and what is locked for it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_LOCKABLE = ("password_credentials", "passkeys", "upstream_links")


def upgrade() -> None:
    op.add_column("login_sessions", sa.Column("credentials", sa.JSON(), nullable=False, server_default="[]"))
    for table in _LOCKABLE:
        op.add_column(table, sa.Column("locked_at", UTCDateTime(), nullable=True))
    op.create_table(
        "disowned_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("browser", AutoString(), nullable=False),
        sa.Column("signed_in_at", UTCDateTime(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_index("ix_disowned_sessions_person_id", "disowned_sessions", ["person_id"])
    op.create_index("ix_disowned_sessions_organisation_id", "disowned_sessions", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("disowned_sessions")
    for table in _LOCKABLE:
        op.drop_column(table, "locked_at")
    op.drop_column("login_sessions", "credentials")
