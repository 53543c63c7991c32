"""Several organisations may share an issuer; a proposal reserves nothing, and is tried before it counts."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_LIVE = sa.text("ended_at IS NULL")
_IN_USE = sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL")
_PROVIDERS = "upstream_providers"
_LINKS = "upstream_links"


def upgrade() -> None:
    for table in (_PROVIDERS, _LINKS):
        op.add_column(table, sa.Column("realm", AutoString(length=200), nullable=False, server_default=""))
    op.add_column(_PROVIDERS, sa.Column("tested_at", UTCDateTime(), nullable=True))
    op.drop_index("uq_upstream_providers_live_issuer", _PROVIDERS)
    _unique("uq_upstream_providers_in_use", _PROVIDERS, ["issuer", "realm"], _IN_USE)
    op.drop_index("uq_upstream_links_live_person", _LINKS)
    _unique("uq_upstream_links_live_person", _LINKS, ["issuer", "realm", "person_id"], _LIVE)
    # An object id names an account within its tenant only.
    op.execute(
        "UPDATE upstream_links SET subject = (SELECT max(tenant) FROM upstream_providers AS p "
        "WHERE p.issuer = upstream_links.issuer AND p.subject_claim = 'oid') || '/' || subject "
        "WHERE EXISTS (SELECT 1 FROM upstream_providers AS p WHERE p.issuer = upstream_links.issuer "
        "AND p.subject_claim = 'oid' AND p.tenant IS NOT NULL)"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE upstream_links SET subject = replace(subject, (SELECT max(tenant) FROM upstream_providers "
        "AS p WHERE p.issuer = upstream_links.issuer AND p.subject_claim = 'oid') || '/', '') "
        "WHERE EXISTS (SELECT 1 FROM upstream_providers AS p WHERE p.issuer = upstream_links.issuer "
        "AND p.subject_claim = 'oid' AND p.tenant IS NOT NULL)"
    )
    op.drop_index("uq_upstream_links_live_person", _LINKS)
    _unique("uq_upstream_links_live_person", _LINKS, ["issuer", "person_id"], _LIVE)
    op.drop_index("uq_upstream_providers_in_use", _PROVIDERS)
    _unique("uq_upstream_providers_live_issuer", _PROVIDERS, ["issuer"], _LIVE)
    op.drop_column(_PROVIDERS, "tested_at")
    for table in (_LINKS, _PROVIDERS):
        op.drop_column(table, "realm")


def _unique(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
