"""Whether an app that does not confirm that access ended gets no new tokens, and since when it gets none."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

INDEX = "ix_outbox_messages_unanswered"
TABLES = ("agreements", "agreement_proposals")


def upgrade() -> None:
    for table in TABLES:
        stops = sa.Column("stop_tokens_when_overdue", sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column(table, stops)
    op.add_column("apps", sa.Column("tokens_stopped_at", UTCDateTime(), nullable=True))
    unanswered = sa.text("acknowledged_at IS NULL AND overdue_at IS NOT NULL")
    op.create_index(
        INDEX,
        "outbox_messages",
        ["app_id", "overdue_at"],
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )


def downgrade() -> None:
    op.drop_index(INDEX, "outbox_messages")
    op.drop_column("apps", "tokens_stopped_at")
    for table in TABLES:
        op.drop_column(table, "stop_tokens_when_overdue")
