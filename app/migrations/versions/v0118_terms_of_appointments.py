"""The last day of an appointment for a time, and when the person accepted its terms.

One from before has no last day. Its terms were never shown to the person, who accepted the invitation: what
is prepared or agreed already goes on as it was, as accepted when it was prepared.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0118"
down_revision = "0117"
branch_labels = None
depends_on = None

TABLE, LAST_DAY, ACCEPTED_AT = "appointments", "last_day", "accepted_at"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as appointments:
        appointments.add_column(sa.Column(LAST_DAY, sa.Date(), nullable=True))
        appointments.add_column(sa.Column(ACCEPTED_AT, UTCDateTime(), nullable=True))
    appointments = sa.table(
        TABLE, sa.column("created_at", UTCDateTime()), sa.column(ACCEPTED_AT, UTCDateTime())
    )
    op.execute(appointments.update().values({ACCEPTED_AT: appointments.c.created_at}))


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as appointments:
        appointments.drop_column(ACCEPTED_AT)
        appointments.drop_column(LAST_DAY)
