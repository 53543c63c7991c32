"""Signing keys."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kid", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("algorithm", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("private_key_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("published_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("activates_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("retires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("activates_at >= published_at", name="ck_signing_keys_published_before_use"),
        sa.CheckConstraint("retires_at >= activates_at", name="ck_signing_keys_active_before_retirement"),
        sa.CheckConstraint("expires_at >= retires_at", name="ck_signing_keys_published_while_used"),
        sa.CheckConstraint(
            "(retires_at IS NULL) = (expires_at IS NULL)", name="ck_signing_keys_retirement_has_expiry"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kid"),
    )
    op.create_index(
        "uq_signing_keys_newest",
        "signing_keys",
        ["algorithm"],
        unique=True,
        sqlite_where=sa.text("retires_at IS NULL"),
        postgresql_where=sa.text("retires_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("signing_keys")
