"""Which organisations below the importing one an import is about, and as far as whose role it reaches.

Of imports that are there they are those that employ whom it is about, where the importing one does not, and
those whose employments it has written.
"""

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

_IMPORTS = sa.table(
    "imports",
    sa.column("id", sa.Uuid()),
    sa.column("organisation_id", sa.Uuid()),
    sa.column("load_id", sa.Uuid()),
)
_PEOPLE = sa.table("import_people", sa.column("import_id", sa.Uuid()), sa.column("person_id", sa.Uuid()))
_EMPLOYMENTS = sa.table(
    "employments",
    sa.column("person_id", sa.Uuid()),
    sa.column("organisation_id", sa.Uuid()),
    sa.column("load_id", sa.Uuid()),
    sa.column("superseded_at"),
)
_DETAILS = sa.table(
    "organisation_details",
    sa.column("organisation_id", sa.Uuid()),
    sa.column("parent_id", sa.Uuid()),
    sa.column("superseded_at"),
)


def upgrade() -> None:
    with op.batch_alter_table("imports") as table:
        table.add_column(sa.Column("sent_by", sa.Uuid()))
        table.create_foreign_key("fk_imports_sent_by_people", "people", ["sent_by"], ["id"])
    op.execute("UPDATE imports SET sent_by = started_by")
    made = op.create_table(
        "import_organisations",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("import_id", "organisation_id"),
        sqlite_with_rowid=False,
    )
    if rows := [dict(zip(("import_id", "organisation_id"), one, strict=True)) for one in _about_below()]:
        op.bulk_insert(made, rows)
    # What was checked before anybody noted whom it is about is checked again.
    op.execute(
        "UPDATE imports SET state = 'received', plan_hash = '', decided_by = NULL"
        " WHERE state IN ('ready', 'waiting', 'approved')"
    )


def _about_below() -> Iterator[tuple[UUID, UUID]]:
    connection, own = op.get_bind(), _EMPLOYMENTS.alias()
    parents: dict[UUID, set[UUID]] = {}
    for one in connection.execute(sa.select(_DETAILS).where(_DETAILS.c.superseded_at.is_(None))):
        if one.parent_id is not None:
            parents.setdefault(one.organisation_id, set()).add(one.parent_id)
    of_import = (_IMPORTS.c.id, _IMPORTS.c.organisation_id.label("importing"), _EMPLOYMENTS.c.organisation_id)
    known = _EMPLOYMENTS.c.superseded_at.is_(None)
    is_own = sa.and_(
        own.c.person_id == _PEOPLE.c.person_id,
        own.c.organisation_id == _IMPORTS.c.organisation_id,
        own.c.superseded_at.is_(None),
    )
    of_people = (
        sa.select(*of_import)
        .join(_PEOPLE, _PEOPLE.c.import_id == _IMPORTS.c.id)
        .join(_EMPLOYMENTS, sa.and_(_EMPLOYMENTS.c.person_id == _PEOPLE.c.person_id, known))
        .where(~sa.exists().where(is_own))
    )
    written = sa.select(*of_import).join(_EMPLOYMENTS, _EMPLOYMENTS.c.load_id == _IMPORTS.c.load_id)
    for one in connection.execute(sa.union(of_people, written)):
        if one.importing in _above(one.organisation_id, parents):
            yield one.id, one.organisation_id


def _above(organisation_id: UUID, parents: dict[UUID, set[UUID]]) -> set[UUID]:
    """Whatever is, was or will be above an organisation."""
    found: set[UUID] = set()
    to_do = parents.get(organisation_id, set())
    while to_do:
        found |= to_do
        to_do = {above for one in to_do for above in parents.get(one, set())} - found
    return found - {organisation_id}


def downgrade() -> None:
    op.drop_table("import_organisations")
    with op.batch_alter_table("imports") as table:
        table.drop_constraint("fk_imports_sent_by_people", type_="foreignkey")
        table.drop_column("sent_by")
