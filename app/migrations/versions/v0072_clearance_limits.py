"""For how long organisations use clearances, where that is shorter than a level lasts."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations import versioning
from app.migrations.exclusion import exclude_overlaps

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

TABLE, PROPOSALS = "clearance_limits", "clearance_limit_proposals"
_WATCHED = {TABLE: versioning.ANY_COLUMN}
_OPEN = sa.text("closed_at IS NULL")


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
        sa.Column("load_id", sa.Uuid(), sa.ForeignKey("loads.id"), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", "organisation_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    exclude_overlaps(TABLE, uuids=("organisation_id",), texts=("level",))
    op.create_table(
        PROPOSALS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), sa.ForeignKey("people.id"), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_clearance_limit_proposals_open",
        PROPOSALS,
        ["organisation_id", "level"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    versioning.watch_also("rules", _WATCHED)


def downgrade() -> None:
    versioning.unwatch_also("rules", _WATCHED)
    op.drop_table(PROPOSALS)
    op.drop_table(TABLE)
