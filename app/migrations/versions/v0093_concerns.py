"""What people say is wrong in their record, or with how their data is handled, and the answers."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

TABLE = "concerns"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("kind", AutoString(length=40), nullable=True),
        sa.Column("fact_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("words", AutoString(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("answer", AutoString(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_person_id", TABLE, ["person_id"])
    op.create_index(f"ix_{TABLE}_organisation_id", TABLE, ["organisation_id"])
    raised = sa.text("state = 'raised'")
    op.create_index(
        f"uq_{TABLE}_raised",
        TABLE,
        ["fact_id"],
        unique=True,
        sqlite_where=raised,
        postgresql_where=raised,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
