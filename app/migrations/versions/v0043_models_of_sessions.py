"""By which model of authenticator a session was proved; older sessions, of some hours, go on without it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("login_sessions", sa.Column("aaguid", AutoString(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("login_sessions", "aaguid")
