"""What a security officer says of the clearance that the post of somebody who comes back needs.

Of an appointment that waits nothing has been said yet: it waits for that from now on, where its post needs
one, and a security officer is reminded, whoever was before. One that is agreed begins as it was agreed.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0124"
down_revision = "0127"
branch_labels = None
depends_on = None

TABLE, BY, MEANWHILE = "appointments", "clearance_said_by", "mitigations"
KEY = "fk_appointments_clearance_said_by_people"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as appointments:
        appointments.add_column(sa.Column("clearance_said", sa.String(length=40), nullable=True))
        appointments.add_column(sa.Column(BY, sa.Uuid(), nullable=True))
        appointments.add_column(sa.Column("clearance_said_at", UTCDateTime(), nullable=True))
        appointments.add_column(sa.Column("dispensed_until", sa.Date(), nullable=True))
        appointments.add_column(sa.Column(MEANWHILE, AutoString(), nullable=False, server_default=""))
        appointments.create_foreign_key(KEY, "people", [BY], ["id"])
    with op.batch_alter_table(TABLE) as appointments:
        appointments.alter_column(MEANWHILE, existing_type=AutoString(), server_default=None)
    op.execute(
        "UPDATE appointments SET reminded_at = NULL, escalated_at = NULL "
        "WHERE state = 'waiting' AND required_level IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as appointments:
        appointments.drop_constraint(KEY, type_="foreignkey")
        for column in (MEANWHILE, "dispensed_until", "clearance_said_at", BY, "clearance_said"):
            appointments.drop_column(column)
