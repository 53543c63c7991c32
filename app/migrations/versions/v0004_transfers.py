"""Transfers with their codes, tasks, approvals and steps."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfer_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("spent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("spent_by_organisation_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["spent_by_organisation_id"],
            ["organisations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
    )
    with op.batch_alter_table("transfer_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_codes_person_id"), ["person_id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("exporting_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("importing_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("in_flight", sa.Boolean(), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("leave_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("join_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("local_grade", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("job_title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("profession", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("location", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("employment_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("work_address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("salary_pence", sa.Integer(), nullable=False),
        sa.Column("bpss_checked_on", sa.Date(), nullable=False),
        sa.Column("clearance_released", sa.Boolean(), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "exporting_organisation_id <> importing_organisation_id", name="two_organisations"
        ),
        sa.ForeignKeyConstraint(
            ["exporting_organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["importing_organisation_id"],
            ["organisations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_transfers_exporting_organisation_id"), ["exporting_organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_transfers_importing_organisation_id"), ["importing_organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_transfers_leave_at"), ["leave_at"], unique=False)
        batch_op.create_index(
            "ix_transfers_one_in_flight",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("in_flight"),
            postgresql_where=sa.text("in_flight"),
        )
        batch_op.create_index(batch_op.f("ix_transfers_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfers_state"), ["state"], unique=False)
    op.create_table(
        "transfer_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transfer_id", "officer_id"),
        sa.UniqueConstraint("transfer_id", "side"),
    )
    with op.batch_alter_table("transfer_approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_approvals_transfer_id"), ["transfer_id"], unique=False)
    op.create_table(
        "transfer_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=False),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("transfer_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_steps_transfer_id"), ["transfer_id"], unique=False)
    op.create_table(
        "transfer_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["done_by"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transfer_id", "kind"),
    )
    with op.batch_alter_table("transfer_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_tasks_transfer_id"), ["transfer_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("transfer_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_tasks_transfer_id"))
    op.drop_table("transfer_tasks")
    with op.batch_alter_table("transfer_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_steps_transfer_id"))
    op.drop_table("transfer_steps")
    with op.batch_alter_table("transfer_approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_approvals_transfer_id"))
    op.drop_table("transfer_approvals")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfers_state"))
        batch_op.drop_index(batch_op.f("ix_transfers_person_id"))
        batch_op.drop_index(
            "ix_transfers_one_in_flight",
            sqlite_where=sa.text("in_flight"),
            postgresql_where=sa.text("in_flight"),
        )
        batch_op.drop_index(batch_op.f("ix_transfers_leave_at"))
        batch_op.drop_index(batch_op.f("ix_transfers_importing_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_transfers_exporting_organisation_id"))
    op.drop_table("transfers")
    with op.batch_alter_table("transfer_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_codes_person_id"))
    op.drop_table("transfer_codes")
