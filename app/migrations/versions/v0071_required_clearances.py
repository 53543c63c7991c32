"""The clearance that the new post needs, and starting before it.

Moves on their way take along what was released: of them the new department needs what the person holds.
"""

import sqlalchemy as sa
import uuid6
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

HELD = (
    "SELECT min(level) FROM clearances WHERE clearances.person_id = transfers.person_id "
    "AND clearances.superseded_at IS NULL AND clearances.status IN ('active', 'renewal_in_progress')"
)


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("required_level", sa.String(length=40), nullable=True))
        transfers.add_column(sa.Column("dispensed_by", sa.Uuid(), nullable=True))
        transfers.add_column(sa.Column("dispensed_until", sa.Date(), nullable=True))
        transfers.add_column(sa.Column("mitigations", AutoString(), nullable=False, server_default=""))
        transfers.create_foreign_key("fk_transfers_dispensed_by", "people", ["dispensed_by"], ["id"])
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column("mitigations", existing_type=AutoString(), server_default=None)
    connection = op.get_bind()
    op.execute(f"UPDATE transfers SET required_level = ({HELD}) WHERE in_flight")  # noqa: S608
    tasks = sa.table(
        "transfer_tasks",
        *(sa.column(name) for name in ("id", "transfer_id", "kind", "side", "due_on", "done_at", "outcome")),
    )
    every = connection.execute(sa.text("SELECT id, last_day, created_at FROM transfers"))
    for transfer_id, last_day, created_at in every.all():
        connection.execute(
            tasks.insert().values(
                id=sa.literal(uuid6.uuid7(), sa.Uuid()),
                transfer_id=transfer_id,
                kind="clearance_ready",
                side="importing",
                due_on=last_day,
                done_at=created_at,
                outcome="Not asked.",
            )
        )


def downgrade() -> None:
    op.execute("DELETE FROM transfer_tasks WHERE kind = 'clearance_ready'")
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_constraint("fk_transfers_dispensed_by", type_="foreignkey")
        for name in ("mitigations", "dispensed_until", "dispensed_by", "required_level"):
            transfers.drop_column(name)
