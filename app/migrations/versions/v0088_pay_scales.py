"""Pay scales of organisations: between what each of their grades is paid at a pay location."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations.exclusion import exclude_overlaps

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

TABLE = "pay_scales"


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
        sa.Column("local_grade", AutoString(), nullable=False),
        sa.Column("location", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("minimum_pence", sa.Integer(), nullable=False),
        sa.Column("maximum_pence", sa.Integer(), nullable=False),
        sa.Column("currency", AutoString(), nullable=False),
        sa.CheckConstraint("0 < minimum_pence AND minimum_pence <= maximum_pence", name="pay_scale_ends"),
        sa.ForeignKeyConstraint(["load_id"], ["loads.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", "organisation_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    exclude_overlaps(TABLE, uuids=("organisation_id",), texts=("local_grade", "location"))


def downgrade() -> None:
    op.drop_table(TABLE)
