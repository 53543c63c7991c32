"""Departments' own OpenID providers, the accounts there that open profiles, and sign-ins under way."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _create_providers()
    _create_links()
    op.create_table(
        "upstream_attempts",
        sa.Column("state_hash", AutoString(length=64), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", AutoString(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("next_path", AutoString(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_hash", AutoString(length=64), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("spent_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["upstream_providers.id"]),
        sa.PrimaryKeyConstraint("state_hash"),
    )
    op.create_index("ix_upstream_attempts_expires_at", "upstream_attempts", ["expires_at"])
    op.add_column("login_sessions", sa.Column("upstream_link_id", sa.Uuid(), nullable=True))
    op.create_index("ix_login_sessions_upstream_link_id", "login_sessions", ["upstream_link_id"])


def _create_providers() -> None:
    op.create_table(
        "upstream_providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("issuer", AutoString(length=500), nullable=False),
        sa.Column("client_id", AutoString(length=255), nullable=False),
        sa.Column("token_endpoint_auth_method", AutoString(length=40), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("scope", AutoString(), nullable=False),
        sa.Column("subject_claim", AutoString(length=40), nullable=False),
        sa.Column("tenant", AutoString(length=80), nullable=True),
        sa.Column("acr_levels", sa.JSON(), nullable=False),
        sa.Column("amr_levels", sa.JSON(), nullable=False),
        sa.Column("ceiling", AutoString(length=80), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upstream_providers_organisation_id", "upstream_providers", ["organisation_id"])
    _unique_while_live("uq_upstream_providers_live_issuer", "upstream_providers", ["issuer"])


def _create_links() -> None:
    op.create_table(
        "upstream_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", AutoString(length=500), nullable=False),
        sa.Column("subject", AutoString(length=255), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_reason", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upstream_links_person_id", "upstream_links", ["person_id"])
    _unique_while_live("uq_upstream_links_live_account", "upstream_links", ["issuer", "subject"])
    _unique_while_live("uq_upstream_links_live_person", "upstream_links", ["issuer", "person_id"])


def _unique_while_live(name: str, table: str, columns: list[str]) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)


def downgrade() -> None:
    op.drop_index("ix_login_sessions_upstream_link_id", "login_sessions")
    op.drop_column("login_sessions", "upstream_link_id")
    op.drop_table("upstream_attempts")
    op.drop_table("upstream_links")
    op.drop_table("upstream_providers")
