"""Request objects that were used, and what clients are registered with for theirs."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_request_objects",
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("object_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"]),
        sa.PrimaryKeyConstraint("client_id", "object_hash"),
    )
    op.create_index("ix_spent_request_objects_expires_at", "spent_request_objects", ["expires_at"])
    # Not in batch mode, which would drop a table that others refer to.
    op.add_column("clients", sa.Column("request_uris", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "clients",
        sa.Column("request_object_signing_alg", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=True),
    )
    op.add_column(
        "clients",
        sa.Column("require_signed_request_object", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("clients", "require_signed_request_object")
    op.drop_column("clients", "request_object_signing_alg")
    op.drop_column("clients", "request_uris")
    op.drop_table("spent_request_objects")
