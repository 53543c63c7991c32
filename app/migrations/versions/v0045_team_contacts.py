"""How the HR and the security team of an organisation are reached."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations.exclusion import exclude_overlaps

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

TABLE = "team_contacts"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("superseded_at", UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("phone", AutoString(length=40), nullable=False),
        sa.Column("email", AutoString(length=254), nullable=False),
        sa.Column("web_page", AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", "organisation_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    exclude_overlaps(TABLE, uuids=("organisation_id",), texts=("team",))


def downgrade() -> None:
    op.drop_table(TABLE)
