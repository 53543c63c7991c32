"""Levels of sign-in: the published ladder, and what clients ask for where their requests do not say."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_PASSWORD_ALONE = {"was": "urn:lanyard:acr:password", "now": "urn:lanyard:acr:sfa"}


def upgrade() -> None:
    op.add_column("clients", sa.Column("default_max_age", sa.Integer(), nullable=True))
    op.add_column(
        "clients", sa.Column("require_auth_time", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "clients", sa.Column("default_acr_values", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    _rename(**_PASSWORD_ALONE)


def downgrade() -> None:
    _rename(was=_PASSWORD_ALONE["now"], now=_PASSWORD_ALONE["was"])
    for name in ("default_acr_values", "require_auth_time", "default_max_age"):
        op.drop_column("clients", name)


def _rename(was: str, now: str) -> None:
    for table in ("login_sessions", "grants"):
        op.execute(
            sa.text(f"UPDATE {table} SET acr = :now WHERE acr = :was").bindparams(was=was, now=now)  # noqa: S608
        )
