"""Clients that want userinfo signed, and clients with public subjects."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString(length=16)
    op.add_column("clients", sa.Column("userinfo_signed_response_alg", text, nullable=True))
    op.add_column("clients", sa.Column("subject_type", text, nullable=False, server_default="pairwise"))


def downgrade() -> None:
    op.drop_column("clients", "subject_type")
    op.drop_column("clients", "userinfo_signed_response_alg")
