"""What a client asks for by name, kept with the grant until its tokens are made."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    nothing = '{"userinfo": [], "id_token": []}'
    op.add_column("grants", sa.Column("claims", sa.JSON(), nullable=False, server_default=nothing))


def downgrade() -> None:
    op.drop_column("grants", "claims")
