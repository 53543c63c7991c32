"""Who works somewhere now, and who is on loan, are found without what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_postings_organisation_id", table_name="postings")
    op.create_index("ix_postings_organisation_id_valid_to", "postings", ["organisation_id", "valid_to"])
    op.create_index(
        "ix_postings_host",
        "postings",
        ["employment_id"],
        sqlite_where=sa.text("kind = 'host'"),
        postgresql_where=sa.text("kind = 'host'"),
    )


def downgrade() -> None:
    op.drop_index("ix_postings_host", table_name="postings")
    op.drop_index("ix_postings_organisation_id_valid_to", table_name="postings")
    op.create_index("ix_postings_organisation_id", "postings", ["organisation_id"])
