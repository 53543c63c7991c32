"""The clearance that the new post needs, and starting before it.

Moves on their way take along what was released, or may still be: of them the new department needs the highest
that the old one sponsors. Where it was not released, or nothing is held, the new post needs none.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import uuid6
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

LADDER = ("AC", "BPSS", "CTC", "SC", "eSC", "DV", "eDV")
"""The lowest first; AC stands apart, and counts where nothing else is held."""
KNOWN = (
    "{0}.superseded_at IS NULL AND {0}.recorded_at <= :now"
    " AND ({0}.load_id IS NULL OR {0}.load_id IN (SELECT id FROM loads WHERE published_at <= :now))"
)
IN_FORCE = KNOWN + " AND {0}.valid_from <= :now AND ({0}.valid_to IS NULL OR {0}.valid_to > :now)"
UNTIL_THE_LAST_DAY = (
    KNOWN + " AND {0}.valid_from <= :now AND {0}.valid_from < t.leave_at"
    " AND ({0}.valid_to IS NULL OR {0}.valid_to > :now OR {0}.valid_to >= t.leave_at)"
)
"""In force now or, when the last day has passed, on that day."""
RELEASABLE = (
    "WITH RECURSIVE below(top, id) AS (SELECT id, id FROM organisations UNION"  # noqa: S608
    " SELECT below.top, d.organisation_id FROM below"
    f" JOIN organisation_details d ON d.parent_id = below.id AND {IN_FORCE.format('d')})"
    " SELECT t.id, c.level FROM transfers t"
    f" JOIN clearances c ON c.person_id = t.person_id AND {UNTIL_THE_LAST_DAY.format('c')}"
    f" JOIN sponsorships s ON s.clearance_id = c.fact_id AND {UNTIL_THE_LAST_DAY.format('s')}"
    " JOIN below ON below.top = t.exporting_organisation_id AND below.id = s.organisation_id"
    " WHERE t.in_flight AND s.kind = 'primary'"
    " AND c.status IN ('active', 'renewal_in_progress', 'transfer_requested', 'exporter_released',"
    " 'exporter_refused', 'suspended')"
    " AND (c.expires_on IS NULL OR c.expires_on >= t.start_date)"
    " AND (t.clearance_released OR EXISTS (SELECT 1 FROM transfer_tasks k"
    " WHERE k.transfer_id = t.id AND k.kind = 'clearance' AND k.done_at IS NULL))"
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
    moves = sa.table("transfers", sa.column("id", sa.Uuid()), sa.column("required_level", sa.String()))
    for transfer_id, level in _required(connection).items():
        connection.execute(moves.update().where(moves.c.id == transfer_id).values(required_level=level))
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


def _required(connection: sa.Connection) -> Mapping[Any, str]:
    """The level of each move that takes one along."""
    query = sa.text(RELEASABLE).bindparams(sa.bindparam("now", datetime.now(UTC), UTCDateTime()))
    required: dict[Any, str] = {}
    for transfer_id, level in connection.execute(
        query.columns(sa.column("id", sa.Uuid()), sa.column("level"))
    ):
        required[transfer_id] = max(level, required.get(transfer_id, level), key=LADDER.index)
    return required


def downgrade() -> None:
    op.execute("DELETE FROM transfer_tasks WHERE kind = 'clearance_ready'")
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_constraint("fk_transfers_dispensed_by", type_="foreignkey")
        for name in ("mitigations", "dispensed_until", "dispensed_by", "required_level"):
            transfers.drop_column(name)
