"""Tasks are done by their owners: line managers, and the employee, who may ask for a correction.

What HR said for others in transfers that nobody has approved yet is asked of them now.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

TABLE = "details_corrections"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("what", AutoString(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answer", AutoString(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_transfer_id", TABLE, ["transfer_id"])
    open_ones = sa.text("answered_at IS NULL")
    op.create_index(
        f"ix_{TABLE}_open",
        TABLE,
        ["transfer_id"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    with op.batch_alter_table("transfer_tasks") as tasks:
        tasks.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
        tasks.create_foreign_key("fk_transfer_tasks_owner_id_people", "people", ["owner_id"], ["id"])
        tasks.create_index("ix_transfer_tasks_owner_id", ["owner_id"])
    op.execute(
        "UPDATE transfer_tasks SET side = NULL, done_at = NULL, done_by = NULL, outcome = '' "
        "WHERE kind IN ('employee_details', 'terms') AND transfer_id IN "
        "(SELECT id FROM transfers WHERE state IN ('in_progress', 'on_hold') AND id NOT IN "
        "(SELECT transfer_id FROM transfer_approvals))"
    )


def downgrade() -> None:
    with op.batch_alter_table("transfer_tasks") as tasks:
        tasks.drop_index("ix_transfer_tasks_owner_id")
        tasks.drop_constraint("fk_transfer_tasks_owner_id_people", type_="foreignkey")
        tasks.drop_column("owner_id")
    op.drop_table(TABLE)
