"""Imports that ended without being published, before anybody noted whom they are about.

What their files said of new people is recorded nowhere, so they may have been about any organisation that is,
was or will be below the importing one: whoever does not reach all of these does not read them any more.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

_IMPORTS = sa.table(
    "imports",
    sa.column("id", sa.Uuid()),
    sa.column("organisation_id", sa.Uuid()),
    sa.column("state", sa.String()),
)
_ABOUT = sa.table(
    "import_organisations", sa.column("import_id", sa.Uuid()), sa.column("organisation_id", sa.Uuid())
)
_DETAILS = sa.table(
    "organisation_details", sa.column("organisation_id", sa.Uuid()), sa.column("parent_id", sa.Uuid())
)


def upgrade() -> None:
    connection = op.get_bind()
    children: dict[UUID, set[UUID]] = {}
    for one in connection.execute(sa.select(_DETAILS).where(_DETAILS.c.parent_id.is_not(None)).distinct()):
        children.setdefault(one.parent_id, set()).add(one.organisation_id)
    is_noted = sa.exists().where(_ABOUT.c.import_id == _IMPORTS.c.id)
    ended = sa.select(_IMPORTS.c.id, _IMPORTS.c.organisation_id).where(
        _IMPORTS.c.state.in_(("refused", "rejected", "withdrawn")), ~is_noted
    )
    rows = [
        {"import_id": one.id, "organisation_id": below}
        for one in connection.execute(ended)
        for below in sorted(_below(one.organisation_id, children))
    ]
    if rows:
        op.bulk_insert(_ABOUT, rows)


def downgrade() -> None:
    """Nothing to undo: what was noted cannot be told from what a check has noted."""


def _below(organisation_id: UUID, children: dict[UUID, set[UUID]]) -> set[UUID]:
    found: set[UUID] = set()
    to_do = children.get(organisation_id, set())
    while to_do:
        found |= to_do
        to_do = {below for one in to_do for below in children.get(one, set())} - found
    return found - {organisation_id}
