"""Employments that are to begin on an account that there is already."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

TABLE = "appointments"


def upgrade() -> None:
    texts = ("local_grade", "job_title", "profession", "unit", "location", "work_address")
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("begins_at", UTCDateTime(), nullable=False),
        sa.Column("employment_number", AutoString(), nullable=False),
        sa.Column("contract_type", sa.String(length=40), nullable=False),
        sa.Column("continuous_service_from", sa.Date(), nullable=False),
        *(sa.Column(name, AutoString(), nullable=False) for name in texts),
        sa.Column("salary_pence", sa.Integer(), nullable=False),
        sa.Column("required_level", sa.String(length=40), nullable=True),
        sa.Column("bpss_checked_on", sa.Date(), nullable=False),
        sa.Column("line_manager_id", sa.Uuid(), nullable=True),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"])
            for name in ("person_id", "line_manager_id", "prepared_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("person_id", "organisation_id", "state"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    op.create_index(
        "ix_appointments_one_waiting",
        TABLE,
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
