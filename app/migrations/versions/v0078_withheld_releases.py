"""Entries of the release log that are withheld for a time."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

TABLE = "release_withholdings"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_reason", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["agreed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("organisation_id", "person_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    waiting = sa.text("agreed_at IS NULL AND ended_at IS NULL")
    op.create_index(
        f"uq_{TABLE}_waiting",
        TABLE,
        ["person_id", "app_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
