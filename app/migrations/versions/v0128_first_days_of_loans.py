"""On which day a loan began in truth, as one organisation says, and by when the other answers."""

import sqlalchemy as sa
from alembic import op

revision = "0128"
down_revision = "0124"
branch_labels = None
depends_on = None

TABLE, DUE = "loans", "restart_due_on"
_KEY = "fk_loans_restart_by"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as loans:
        loans.add_column(sa.Column("restart_on", sa.Date(), nullable=True))
        loans.add_column(sa.Column("restart_by", sa.Uuid(), nullable=True))
        loans.add_column(sa.Column(DUE, sa.Date(), nullable=True))
        loans.create_foreign_key(_KEY, "people", ["restart_by"], ["id"])
    op.create_index(f"ix_{TABLE}_{DUE}", TABLE, [DUE])


def downgrade() -> None:
    op.drop_index(f"ix_{TABLE}_{DUE}", TABLE)
    with op.batch_alter_table(TABLE) as loans:
        loans.drop_constraint(_KEY, type_="foreignkey")
        for name in (DUE, "restart_by", "restart_on"):
            loans.drop_column(name)
