"""Transfers that stand still, reasons for one side, and dates that moved."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TABLE = "transfer_interruptions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("resumes_to", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("gates", AutoString(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{TABLE}_transfer_id", TABLE, ["transfer_id"])
    open_ones = sa.text("ended_at IS NULL")
    op.create_index(
        f"ix_{TABLE}_open",
        TABLE,
        ["transfer_id"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    with op.batch_alter_table("transfer_steps") as steps:
        steps.add_column(sa.Column("reason_for", sa.String(length=40), nullable=True))
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column("redated_by", sa.Uuid(), nullable=True))
        transfers.create_foreign_key("fk_transfers_redated_by_people", "people", ["redated_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_constraint("fk_transfers_redated_by_people", type_="foreignkey")
        transfers.drop_column("redated_by")
    with op.batch_alter_table("transfer_steps") as steps:
        steps.drop_column("reason_for")
    op.drop_table(TABLE)
