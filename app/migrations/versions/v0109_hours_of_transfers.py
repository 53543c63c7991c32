"""Hours, place of pay and contract are terms of a transfer, and payroll is told of corrected hours.

A transfer from before says nothing of them: its hours are those of the old department, its contract is a
permanent one. An appointment from before was to full-time work.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0109"
down_revision = "0106"
branch_labels = None
depends_on = None

HOURS = "fte_thousandths"
PLACE = "pay_location"
CONTRACT = "contract_type"


def upgrade() -> None:
    with op.batch_alter_table("transfers") as transfers:
        transfers.add_column(sa.Column(HOURS, sa.Integer(), nullable=True))
        transfers.add_column(sa.Column(PLACE, AutoString(), nullable=False, server_default=""))
        transfers.add_column(sa.Column(CONTRACT, sa.String(length=40), nullable=True))
    with op.batch_alter_table("appointments") as appointments:
        appointments.add_column(sa.Column(HOURS, sa.Integer(), nullable=False, server_default="1000"))
        appointments.add_column(sa.Column(PLACE, AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("transfers") as transfers:
        transfers.alter_column(PLACE, existing_type=AutoString(), server_default=None)
    with op.batch_alter_table("appointments") as appointments:
        appointments.alter_column(HOURS, existing_type=sa.Integer(), server_default=None)
        appointments.alter_column(PLACE, existing_type=AutoString(), server_default=None)
    with op.batch_alter_table("pay_corrections") as corrections:
        corrections.add_column(sa.Column(HOURS, sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("pay_corrections") as corrections:
        corrections.drop_column(HOURS)
    with op.batch_alter_table("appointments") as appointments:
        appointments.drop_column(PLACE)
        appointments.drop_column(HOURS)
    with op.batch_alter_table("transfers") as transfers:
        transfers.drop_column(CONTRACT)
        transfers.drop_column(PLACE)
        transfers.drop_column(HOURS)
