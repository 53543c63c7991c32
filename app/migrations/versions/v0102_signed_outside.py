"""What a body outside for which nobody acts in Lanyard has signed, beside the agreement of a loan."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("loan_agreements") as agreements:
        for name in ("outside_reference", "outside_contact"):
            agreements.add_column(sa.Column(name, AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("loan_agreements") as agreements:
        for name in ("outside_reference", "outside_contact"):
            agreements.alter_column(name, existing_type=AutoString(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("loan_agreements") as agreements:
        for name in ("outside_contact", "outside_reference"):
            agreements.drop_column(name)
