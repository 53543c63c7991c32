"""The line manager of a post on loan and the clearance that it needs, and when an early end was asked for.

An agreement from before says nothing of either. When an end that waits was asked for was not kept, so its
time counts from now.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0117"
down_revision = "0116"
branch_labels = None
depends_on = None

TABLE, MANAGER, LEVEL = "loan_agreements", "line_manager_id", "required_level"
KEY = "fk_loan_agreements_line_manager_id_people"
ASKED_AT = "end_asked_at"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as agreements:
        agreements.add_column(sa.Column(MANAGER, sa.Uuid(), nullable=True))
        agreements.add_column(sa.Column(LEVEL, sa.String(length=40), nullable=True))
        agreements.create_foreign_key(KEY, "people", [MANAGER], ["id"])
    with op.batch_alter_table("loans") as loans:
        loans.add_column(sa.Column(ASKED_AT, UTCDateTime(), nullable=True))
    loans = sa.table("loans", sa.column("end_asked_day", sa.Date()), sa.column(ASKED_AT, UTCDateTime()))
    asked = loans.c.end_asked_day.is_not(None)
    op.execute(loans.update().where(asked).values({ASKED_AT: datetime.now(UTC)}))


def downgrade() -> None:
    with op.batch_alter_table("loans") as loans:
        loans.drop_column(ASKED_AT)
    with op.batch_alter_table(TABLE) as agreements:
        agreements.drop_constraint(KEY, type_="foreignkey")
        agreements.drop_column(LEVEL)
        agreements.drop_column(MANAGER)
