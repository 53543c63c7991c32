"""Clients with keys, several secrets and a registration of their own."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDRESSES = (
    "initiate_login_uri",
    "jwks_uri",
    "sector_identifier_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
)


def text(length: int | None = None) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def upgrade() -> None:
    op.create_table(
        "client_secrets",
        sa.Column("client_id", text(64), nullable=False),
        sa.Column("secret_hash", text(64), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"]),
        sa.PrimaryKeyConstraint("client_id", "secret_hash"),
    )
    op.execute(
        "INSERT INTO client_secrets (client_id, secret_hash, created_at) "
        "SELECT client_id, client_secret_hash, created_at FROM clients"
    )
    op.create_table(
        "spent_assertions",
        sa.Column("client_id", text(64), nullable=False),
        sa.Column("jti_hash", text(64), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"]),
        sa.PrimaryKeyConstraint("client_id", "jti_hash"),
    )
    op.create_index("ix_spent_assertions_expires_at", "spent_assertions", ["expires_at"])
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", text(64), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("contact", text(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_initial_access_tokens_organisation_id", "initial_access_tokens", ["organisation_id"])
    # Not in batch mode, which would drop a table that others refer to.
    op.drop_column("clients", "client_secret_hash")
    for name in (*ADDRESSES, "tos_uri"):
        op.add_column("clients", sa.Column(name, text(), nullable=True))
    op.add_column("clients", sa.Column("profile", text(16), nullable=False, server_default="oidc"))
    op.add_column("clients", sa.Column("application_type", text(16), nullable=False, server_default="web"))
    op.add_column("clients", sa.Column("token_endpoint_auth_signing_alg", text(16), nullable=True))
    op.add_column("clients", sa.Column("jwks", sa.JSON(), nullable=True))
    op.add_column("clients", sa.Column("contacts", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("clients", sa.Column("registration_token_hash", text(64), nullable=True))


def downgrade() -> None:
    for name in (*ADDRESSES, "tos_uri", "profile", "application_type", "token_endpoint_auth_signing_alg"):
        op.drop_column("clients", name)
    for name in ("jwks", "contacts", "registration_token_hash"):
        op.drop_column("clients", name)
    op.add_column("clients", sa.Column("client_secret_hash", text(64), nullable=False, server_default=""))
    op.drop_table("initial_access_tokens")
    op.drop_table("spent_assertions")
    op.drop_table("client_secrets")
