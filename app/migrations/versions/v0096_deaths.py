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
    ended = sa.alias(employments)
    people = sa.table("people", sa.column("id", sa.Uuid()), sa.column("death_recorded_at", UTCDateTime()))
    left = sa.select(changes).where(
        changes.c.action == "leave",
        changes.c.state == "recorded",
        # Where it was taken back the employment goes on.
        sa.exists().where(
            employments.c.id == changes.c.version_id,
            ended.c.fact_id == employments.c.fact_id,
            ended.c.superseded_at.is_(None),
            ended.c.valid_to.is_not(None),
        ),
    )
    for row in bind.execute(left).all():
        if row.content.get("cause") == "died":
            at = row.decided_at or row.proposed_at
            bind.execute(sa.update(people).where(people.c.id == row.person_id).values(death_recorded_at=at))


def downgrade() -> None:
    op.drop_column("people", "death_recorded_at")
