"""Entries of the audit trail are found by who began them, and by day."""

from alembic import op

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None

TABLE, COLUMNS = "audit_entries", ("at", "initiator")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(f"ix_{TABLE}_{column}", TABLE)
