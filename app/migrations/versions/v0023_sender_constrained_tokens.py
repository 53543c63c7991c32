"""Tokens that are good with their owner's key alone (RFC 9449), and the proofs that were used."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BOUND = (("grants", "dpop_jkt"), ("refresh_tokens", "jkt"), ("opaque_access_tokens", "jkt"))


def upgrade() -> None:
    op.create_table(
        "spent_proofs",
        sa.Column("proof_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("proof_hash"),
    )
    op.create_index("ix_spent_proofs_expires_at", "spent_proofs", ["expires_at"])
    # Not in batch mode, which would drop a table that others refer to.
    for table, column in BOUND:
        thumbprint = sqlmodel.sql.sqltypes.AutoString(length=43)
        op.add_column(table, sa.Column(column, thumbprint, nullable=True))
    op.add_column(
        "clients",
        sa.Column("dpop_bound_access_tokens", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("clients", "dpop_bound_access_tokens")
    for table, column in BOUND:
        op.drop_column(table, column)
    op.drop_table("spent_proofs")
