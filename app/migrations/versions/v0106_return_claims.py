"""Claims of people who come back without a passkey; they go with the invitation."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

TABLE = "return_claims"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("given_names", AutoString(), nullable=False),
        sa.Column("family_name", AutoString(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("employment_number", AutoString(), nullable=False),
        sa.Column("stated_at", UTCDateTime(), nullable=False),
        sa.Column("first_officer", sa.Uuid(), nullable=True),
        sa.Column("second_officer", sa.Uuid(), nullable=True),
        sa.Column("ready_at", UTCDateTime(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("first_code_hash", AutoString(length=64), nullable=True),
        sa.Column("second_code_hash", AutoString(length=64), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("second_officer <> first_officer", name="two_officers"),
        sa.ForeignKeyConstraint(["invitation_id"], ["move_invitations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.ForeignKeyConstraint(["first_officer"], ["people.id"]),
        sa.ForeignKeyConstraint(["second_officer"], ["people.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id"),
    )
    for column in ("organisation_id", "person_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade() -> None:
    op.drop_table(TABLE)
