"""Agreements that one officer proposes and another confirms."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

TABLE = "agreement_proposals"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", AutoString(), nullable=False),
        sa.Column("lawful_basis", sa.String(length=40), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("retention", AutoString(), nullable=False),
        sa.Column("contact", AutoString(), nullable=False),
        sa.Column("dpia_reference", AutoString(), nullable=False),
        sa.Column("suppliers", AutoString(), nullable=False),
        sa.Column("acknowledge_within_seconds", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_app_id", TABLE, ["app_id"])
    open_ones = sa.text("closed_at IS NULL")
    op.create_index(
        f"uq_{TABLE}_open",
        TABLE,
        ["app_id"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
