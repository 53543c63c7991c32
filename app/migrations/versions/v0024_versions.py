"""Versions of what processes remember: apps' rules and the organisations that they speak of."""

import sqlalchemy as sa
from alembic import op

from app.migrations import versioning

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_RULES = {
    "apps": versioning.ANY_COLUMN,
    "app_roles": versioning.ANY_COLUMN,
    "access_rules": versioning.ANY_COLUMN,
    "agreements": versioning.ANY_COLUMN,
    "organisations": versioning.ANY_COLUMN,
    "organisation_details": versioning.ANY_COLUMN,
    "local_grades": versioning.ANY_COLUMN,
    # Its facts are seen from when it is published; an import writes how far it is after each batch.
    "loads": "published_at",
}


def upgrade() -> None:
    op.create_table(
        "versions",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    versioning.create_function()
    versioning.watch("rules", _RULES)


def downgrade() -> None:
    versioning.unwatch("rules", _RULES)
    versioning.drop_function()
    op.drop_table("versions")
