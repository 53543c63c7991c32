"""Sign-ins at departments' providers are counted by the network that they began in."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An attempt lasts minutes; those under way are begun again.
    op.execute("DELETE FROM upstream_attempts")
    with op.batch_alter_table("upstream_attempts") as table:
        table.add_column(
            sa.Column("source_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False)
        )
        table.create_index("ix_upstream_attempts_source_hash", ["source_hash"])


def downgrade() -> None:
    with op.batch_alter_table("upstream_attempts") as table:
        table.drop_index("ix_upstream_attempts_source_hash")
        table.drop_column("source_hash")
