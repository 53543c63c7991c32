"""Recoveries through HR, and help that is allowed during a move."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("request_check", sa.String(length=40), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("confirm_check", sa.String(length=40), nullable=True),
        sa.Column("ready_at", UTCDateTime(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("request_code_hash", AutoString(length=64), nullable=True),
        sa.Column("confirm_code_hash", AutoString(length=64), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("confirmed_by <> requested_by", name="two_officers"),
        sa.CheckConstraint("requested_by <> person_id AND confirmed_by <> person_id", name="not_ones_own"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["requested_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recoveries_person_id", "recoveries", ["person_id"])
    op.create_index("ix_recoveries_organisation_id", "recoveries", ["organisation_id"])
    while_open = {"sqlite_where": sa.text("is_open"), "postgresql_where": sa.text("is_open")}
    op.create_index("ix_recoveries_one_open", "recoveries", ["person_id"], unique=True, **while_open)
    op.create_index("ix_recoveries_expiring", "recoveries", ["expires_at"], **while_open)
    op.create_table(
        "help_allowances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("allowed_by", sa.Uuid(), nullable=False),
        sa.Column("allowed_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["allowed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_help_allowances_person_id", "help_allowances", ["person_id"])
    op.create_index("ix_help_allowances_expires_at", "help_allowances", ["expires_at"])


def downgrade() -> None:
    op.drop_table("help_allowances")
    op.drop_table("recoveries")
