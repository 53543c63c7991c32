"""Which tokens a client may ask for, and the resources that they can be for."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("grant_types", sa.JSON(), nullable=False, server_default='["authorization_code"]')
        )
        batch_op.add_column(
            sa.Column(
                "access_token_format",
                sqlmodel.sql.sqltypes.AutoString(length=16),
                nullable=False,
                server_default="jwt",
            )
        )
        batch_op.add_column(
            sa.Column("service_scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "resources",
        sa.Column("uri", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("client_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"]),
        sa.PrimaryKeyConstraint("uri"),
    )
    op.create_index("ix_resources_client_id", "resources", ["client_id"])


def downgrade() -> None:
    op.drop_table("resources")
    with op.batch_alter_table("clients", schema=None) as batch_op:
        for column in ("resources", "service_scope", "access_token_format", "grant_types"):
            batch_op.drop_column(column)
