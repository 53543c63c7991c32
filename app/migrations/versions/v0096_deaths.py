"""That somebody has died is kept with the account, and not only with the change that recorded it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("death_recorded_at", UTCDateTime(), nullable=True))
    bind = op.get_bind()
    changes = sa.table(
        "record_changes",
        sa.column("id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("version_id", sa.Uuid()),
        sa.column("action", sa.String()),
        sa.column("state", sa.String()),
        sa.column("content", sa.JSON()),
        sa.column("proposed_at", UTCDateTime()),
        sa.column("decided_at", UTCDateTime()),
    )
    employments = sa.table(
        "employments",
        sa.column("id", sa.Uuid()),
        sa.column("fact_id", sa.Uuid()),
        sa.column("valid_to", UTCDateTime()),
        sa.column("superseded_at", UTCDateTime()),
    )
    goes_on = sa.alias(employments)
    people = sa.table("people", sa.column("id", sa.Uuid()), sa.column("death_recorded_at", UTCDateTime()))
    recorded_at = sa.func.coalesce(changes.c.decided_at, changes.c.proposed_at, type_=UTCDateTime())
    said = (
        sa.select(
            employments.c.fact_id,
            changes.c.person_id,
            changes.c.action,
            changes.c.content,
            recorded_at.label("recorded_at"),
        )
        .join(employments, employments.c.id == changes.c.version_id)
        .where(
            changes.c.action.in_(("leave", "stay")),
            changes.c.state == "recorded",
            # Whose employment goes on has not died, whatever was said once.
            sa.exists().where(
                goes_on.c.fact_id == employments.c.fact_id,
                goes_on.c.superseded_at.is_(None),
                goes_on.c.valid_to.is_not(None),
            ),
        )
        .order_by(recorded_at, changes.c.id)
    )
    # What was said last counts: a death may have been taken back, and another cause recorded since.
    last = {row.fact_id: row for row in bind.execute(said)}
    for row in last.values():
        if row.action == "leave" and row.content.get("cause") == "died":
            values = {"death_recorded_at": row.recorded_at}
            bind.execute(sa.update(people).where(people.c.id == row.person_id).values(values))


def downgrade() -> None:
    op.drop_column("people", "death_recorded_at")
