"""Forms that are kept while their sender proves again who they are."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_forms",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_kept_forms_person_id", "kept_forms", ["person_id"])
    op.create_index("ix_kept_forms_expires_at", "kept_forms", ["expires_at"])


def downgrade() -> None:
    op.drop_table("kept_forms")
