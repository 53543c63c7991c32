"""A BPSS check may be recorded after the offer, and the new line manager arranges the first day.

Moves that nobody has approved ask the new department for the line manager; in the others it is not asked.
"""

import sqlalchemy as sa
import uuid6
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("bpss_checked_on", existing_type=sa.Date(), nullable=True)
    connection = op.get_bind()
    asked = "state IN ('in_progress', 'on_hold') AND id NOT IN (SELECT transfer_id FROM transfer_approvals)"
    transfers = connection.execute(
        sa.text(
            f"SELECT id, last_day, CASE WHEN {asked} THEN NULL ELSE created_at END AS done_at FROM transfers"  # noqa: S608
        )
    )
    tasks = sa.table(
        "transfer_tasks",
        *(sa.column(name) for name in ("id", "transfer_id", "kind", "side", "due_on", "done_at", "outcome")),
    )
    for transfer_id, last_day, done_at in transfers.all():
        connection.execute(
            tasks.insert().values(
                id=sa.literal(uuid6.uuid7(), sa.Uuid()),
                transfer_id=transfer_id,
                kind="first_day",
                side="importing",
                due_on=last_day,
                done_at=done_at,
                outcome="Not asked." if done_at else "",
            )
        )


def downgrade() -> None:
    op.execute("DELETE FROM transfer_tasks WHERE kind = 'first_day'")
    op.execute("UPDATE transfers SET bpss_checked_on = offered_on WHERE bpss_checked_on IS NULL")
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("bpss_checked_on", existing_type=sa.Date(), nullable=False)
