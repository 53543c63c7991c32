"""Which organisation took over from which becomes a fact: on two time lines, with who recorded it and why.

What is there is kept. It was recorded when its key was made (UUIDv7, RFC 9562 §5.7: milliseconds since 1970
come first): by the bulk move that ended the one for the other, or else by the operator's command.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from app.migrations.exclusion import exclude_overlaps

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

TABLE = "organisation_successions"
_OLD = sa.table(
    TABLE,
    sa.column("id", sa.Uuid()),
    sa.column("predecessor_id", sa.Uuid()),
    sa.column("successor_id", sa.Uuid()),
    sa.column("since", UTCDateTime()),
)
_NEW = sa.table(
    TABLE,
    sa.column("id", sa.Uuid()),
    sa.column("predecessor_id", sa.Uuid()),
    sa.column("successor_id", sa.Uuid()),
    sa.column("valid_from", UTCDateTime()),
    sa.column("superseded_at", UTCDateTime()),
)
_BULK_MOVES = sa.table(
    "bulk_moves",
    sa.column("id", sa.Uuid()),
    sa.column("exporting_organisation_id", sa.Uuid()),
    sa.column("importing_organisation_id", sa.Uuid()),
    sa.column("exporter_ended_at", UTCDateTime()),
    sa.column("confirmed_by", sa.Uuid()),
)


def upgrade() -> None:
    connection = op.get_bind()
    kept = [_as_fact(connection, row) for row in connection.execute(sa.select(_OLD)).all()]
    op.drop_table(TABLE)
    made = op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", UTCDateTime(), nullable=False),
        sa.Column("valid_to", UTCDateTime(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("superseded_at", UTCDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("load_id", sa.Uuid(), sa.ForeignKey("loads.id"), nullable=True),
        sa.Column("predecessor_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("successor_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("fact_id", "load_id", "predecessor_id", "successor_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    exclude_overlaps(TABLE, uuids=("predecessor_id", "successor_id"))
    if kept:
        op.bulk_insert(made, kept)


def _as_fact(connection: sa.Connection, row: Any) -> dict[str, Any]:
    move = connection.execute(
        sa.select(_BULK_MOVES.c.id, _BULK_MOVES.c.confirmed_by)
        .where(
            _BULK_MOVES.c.exporting_organisation_id == row.predecessor_id,
            _BULK_MOVES.c.importing_organisation_id == row.successor_id,
            _BULK_MOVES.c.exporter_ended_at.is_not(None),
        )
        .order_by(_BULK_MOVES.c.exporter_ended_at)
    ).first()
    return {
        "id": row.id,
        "fact_id": row.id,
        "valid_from": row.since,
        "recorded_at": _made_at(row.id),
        "recorded_by": move.confirmed_by if move else None,
        "source": f"bulk-move:{move.id}" if move else "command:organisations",
        "reason": "the organisation has ended" if move else "Recorded by the operator",
        "predecessor_id": row.predecessor_id,
        "successor_id": row.successor_id,
    }


def _made_at(key: UUID) -> datetime:
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def downgrade() -> None:
    connection = op.get_bind()
    held = sa.select(
        _NEW.c.id, _NEW.c.predecessor_id, _NEW.c.successor_id, _NEW.c.valid_from.label("since")
    ).where(_NEW.c.superseded_at.is_(None))
    kept = connection.execute(held).all()
    op.drop_table(TABLE)
    made = op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("predecessor_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("successor_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.UniqueConstraint("predecessor_id", "successor_id"),
    )
    for column in ("predecessor_id", "successor_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    if kept:
        op.bulk_insert(made, [dict(one._mapping) for one in kept])
