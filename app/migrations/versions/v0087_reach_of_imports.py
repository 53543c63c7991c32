"""Which organisations below the importing one an import is about, and as far as whose role it reaches.

Of imports that are there they are those that employ whom it is about, where the importing one does not, and
those of which it has written facts.
"""

from collections.abc import Iterator
from typing import Any
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

_IMPORT = (_IMPORTS.c.id, _IMPORTS.c.organisation_id.label("importing"))
_NAMED = frozenset({"load_id", "organisation_id", "person_id"})


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


def _about_below() -> set[tuple[UUID, UUID]]:
    connection = op.get_bind()
    parents: dict[UUID, set[UUID]] = {}
    for one in connection.execute(sa.select(_DETAILS).where(_DETAILS.c.superseded_at.is_(None))):
        if one.parent_id is not None:
            parents.setdefault(one.organisation_id, set()).add(one.parent_id)
    found = [_employing(_PEOPLE.c.person_id, _PEOPLE, _PEOPLE.c.import_id == _IMPORTS.c.id)]
    # What was published names its people no more, but all that it wrote has its load.
    for name, columns in _written(connection):
        table = sa.table(name, *(sa.column(one, sa.Uuid()) for one in sorted(columns & _NAMED)))
        is_its = table.c.load_id == _IMPORTS.c.load_id
        if "organisation_id" in columns:
            found.append(sa.select(*_IMPORT, table.c.organisation_id).join(table, is_its))
        elif "person_id" in columns:
            found.append(_employing(table.c.person_id, table, is_its))
    pairs = {tuple(one) for query in found for one in connection.execute(query.distinct())}
    return {
        (import_id, organisation_id)
        for import_id, importing, organisation_id in pairs
        if organisation_id and importing in _above(organisation_id, parents)
    }


def _written(connection: sa.Connection) -> Iterator[tuple[str, set[str]]]:
    """The tables whose rows are of a load, with the names of their columns."""
    inspector = sa.inspect(connection)
    for name in sorted(inspector.get_table_names()):
        columns = {one["name"] for one in inspector.get_columns(name)}
        if "load_id" in columns and name != _IMPORTS.name:
            yield name, columns


def _employing(person_id: Any, people: sa.TableClause, is_its: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Who employs those people of an import whom the importing organisation does not."""
    own = _EMPLOYMENTS.alias()
    is_own = sa.and_(
        own.c.person_id == person_id,
        own.c.organisation_id == _IMPORTS.c.organisation_id,
        own.c.superseded_at.is_(None),
    )
    known = sa.and_(_EMPLOYMENTS.c.person_id == person_id, _EMPLOYMENTS.c.superseded_at.is_(None))
    return (
        sa.select(*_IMPORT, _EMPLOYMENTS.c.organisation_id)
        .join(people, is_its)
        .join(_EMPLOYMENTS, known)
        .where(~sa.exists().where(is_own))
    )


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
