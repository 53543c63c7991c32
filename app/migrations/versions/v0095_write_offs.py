"""What a client of an app will never confirm, and that two officers let go."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None

TABLE, MESSAGES = "write_offs", "outbox_messages"
FOREIGN_KEY = "fk_outbox_messages_write_off_id_write_offs"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_app_id", TABLE, ["app_id"])
    open_ones = sa.text("closed_at IS NULL")
    op.create_index(
        f"uq_{TABLE}_open",
        TABLE,
        ["app_id", "client_id"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    with op.batch_alter_table(MESSAGES) as table:
        table.add_column(sa.Column("write_off_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(FOREIGN_KEY, TABLE, ["write_off_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table(MESSAGES) as table:
        table.drop_constraint(FOREIGN_KEY, type_="foreignkey")
        table.drop_column("write_off_id")
    op.drop_table(TABLE)
