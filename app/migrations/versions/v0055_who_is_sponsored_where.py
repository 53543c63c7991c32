"""Whom an organisation sponsors now is found without what is over."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_sponsorships_organisation_id", table_name="sponsorships")
    op.create_index(
        "ix_sponsorships_organisation_id_valid_to", "sponsorships", ["organisation_id", "valid_to"]
    )


def downgrade() -> None:
    op.drop_index("ix_sponsorships_organisation_id_valid_to", table_name="sponsorships")
    op.create_index("ix_sponsorships_organisation_id", "sponsorships", ["organisation_id"])
