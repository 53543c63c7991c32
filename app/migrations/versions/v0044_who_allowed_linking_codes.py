"""Who let HR give a code to somebody who has a way in; earlier codes are for those without."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_FOREIGN_KEY = "fk_linking_codes_allowed_by_people"


def upgrade() -> None:
    with op.batch_alter_table("linking_codes") as table:
        table.add_column(sa.Column("allowed_by", sa.Uuid(), nullable=True))
        table.create_foreign_key(_FOREIGN_KEY, "people", ["allowed_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("linking_codes") as table:
        table.drop_constraint(_FOREIGN_KEY, type_="foreignkey")
        table.drop_column("allowed_by")
