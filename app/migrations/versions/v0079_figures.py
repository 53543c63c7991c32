"""How first days went, how long tasks took, what hours saved rest on, and indexes for figures of a period."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_transfers_join_at": ("transfers", ["join_at"]),
    "ix_transfer_tasks_done": ("transfer_tasks", ["done_at", "kind", "took_hours"]),
    "ix_transfer_steps_reached": ("transfer_steps", ["at", "to_state", "transfer_id"]),
    "ix_pay_checks_said": ("pay_checks", ["at", "item"]),
}
_HOURS = {
    "sqlite": "CAST((julianday(done_at) - julianday({since})) * 24 AS INTEGER)",
    "postgresql": "trunc(extract(epoch FROM done_at - {since}) / 3600)::integer",
}
_SINCE = {
    "payroll_details": "(SELECT max(at) FROM transfer_steps AS s"
    " WHERE s.transfer_id = transfer_tasks.transfer_id AND s.to_state = 'scheduled')",
    "first_pay": "(SELECT join_at FROM transfers AS t WHERE t.id = transfer_tasks.transfer_id)",
}
_OFFERED = "(SELECT created_at FROM transfers AS t WHERE t.id = transfer_tasks.transfer_id)"


def upgrade() -> None:
    op.create_table(
        "transfer_first_days",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("tried_on", sa.Date(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("kept_out", sa.Boolean(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("old_uses", sa.Integer(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.PrimaryKeyConstraint("transfer_id"),
    )
    op.create_table(
        "saving_assumptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("least_minutes", sa.Integer(), nullable=False),
        sa.Column("most_minutes", sa.Integer(), nullable=False),
        sa.Column("task_minutes", sa.Integer(), nullable=False),
        sa.Column("hour_pence", sa.Integer(), nullable=True),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("0 <= least_minutes AND least_minutes <= most_minutes", name="saving_range"),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saving_assumptions_begins_on", "saving_assumptions", ["begins_on"])
    op.add_column("transfer_tasks", sa.Column("took_hours", sa.Integer(), nullable=True))
    hours = _HOURS[op.get_bind().dialect.name]
    since = " ".join(f"WHEN '{kind}' THEN {hours.format(since=asked)}" for kind, asked in _SINCE.items())
    op.execute(
        f"UPDATE transfer_tasks SET took_hours = CASE kind {since} ELSE {hours.format(since=_OFFERED)} END"  # noqa: S608
        " WHERE done_at IS NOT NULL AND done_by IS NOT NULL"
    )
    for name, (table, columns) in _INDEXES.items():
        only = sa.text("took_hours IS NOT NULL") if "took_hours" in columns else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, (table, _columns) in _INDEXES.items():
        op.drop_index(name, table_name=table)
    op.drop_column("transfer_tasks", "took_hours")
    op.drop_table("saving_assumptions")
    op.drop_table("transfer_first_days")
