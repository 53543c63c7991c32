"""People with three facts of every kind, made inside the database by one INSERT a kind and version."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    String,
    Table,
    case,
    insert,
    literal,
    null,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col

from app.database import transaction
from app.demo import INITIATOR, PROVENANCE
from app.demo.organisations import SINCE, TOP, organisation_ids
from bench.bulk_loading import gather_statistics, loading
from bench.invented_facts import BEGAN, CAME_AT, LABELS, Invented
from profiles.apps.models import App
from profiles.organisations import service
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.people.models import Person
from profiles.portable_profile.kinds import MODELS, Kind

LARGE = "HMRC"
PEOPLE_OF_THE_LARGE = 50_000
"""So many work there, or all where there are fewer, scattered among the others."""
AGENCIES = 144
"""Agencies that share everybody else."""
GRANTED_EVERY = 2_000
"""One of so many has a grant for the app by itself; everybody has one for another app."""
_GRADES = dict(zip(LABELS, (CommonGrade.EO, CommonGrade.HEO, CommonGrade.SEO), strict=True))


def make_population(
    engine: Engine,
    number: int,
    app_name: str,
    other_apps: Sequence[str],
    *,
    at_the_large: int = PEOPLE_OF_THE_LARGE,
    agencies: int = AGENCIES,
) -> None:
    """Make people in a database that has the demonstration's organisations, these apps and nobody yet."""
    every = max(1, number // at_the_large)
    with transaction(engine) as session:
        _make_agencies(session, agencies)
        connection = session.connection()
        made, numbers = _numbers(number)
        person_id = Invented(connection.dialect.name, numbers).person_id
        values = {"id": person_id, "created_at": CAME_AT, "death_recorded_at": None}
        _insert(connection, Person, values, select().select_from(made))
    for kind in Kind:
        with loading(engine, MODELS[kind]) as connection:
            for version in range(len(BEGAN)):
                made, numbers = _numbers(number)
                source = select().select_from(made)
                if "organisation_id" in MODELS[kind].model_fields:
                    source = source.join(
                        Organisation, col(Organisation.code) == _code(numbers, every, agencies)
                    )
                if kind is Kind.GRANT:
                    source = source.join(App, col(App.name) == _app(numbers, app_name, other_apps))
                values = Invented(connection.dialect.name, numbers, version).values(kind)
                _insert(connection, MODELS[kind], values, source)
    gather_statistics(engine)


def _insert(connection: Connection, model: Any, values: dict[str, Any], source: Any) -> None:
    table: Table = model.__table__
    chosen = [_expression(values[column.key], column.type).label(column.key) for column in table.columns]
    names = [column.key for column in table.columns]
    connection.execute(insert(table).from_select(names, source.add_columns(*chosen), include_defaults=False))


def _expression(value: Any, kind: Any) -> ColumnElement[Any]:
    if isinstance(value, ColumnElement) or hasattr(value, "__clause_element__"):
        return value
    return sql_cast(null(), kind) if value is None else literal(value, kind)


def _numbers(number: int) -> tuple[Any, ColumnElement[int]]:
    first = select(literal(0, BigInteger).label("number")).cte("numbers", recursive=True)
    more = select(first.c.number + 1).where(first.c.number < number - 1)
    numbers = first.union_all(more)
    return numbers, numbers.c.number


def _code(number: ColumnElement[int], every: int, agencies: int) -> ColumnElement[str]:
    """Where a person works: one of so many at the large department, the others at the agencies in turn."""
    agency: Any = literal("A") + sql_cast(number % agencies, String)
    return case((number % every == 0, literal(LARGE)), else_=agency)


def _app(number: ColumnElement[int], app_name: str, others: Sequence[str]) -> ColumnElement[str]:
    other = case({place: literal(name) for place, name in enumerate(others)}, value=number % len(others))
    return case((number % GRANTED_EVERY == 1, literal(app_name)), else_=other)


def _make_agencies(session: Session, agencies: int) -> None:
    now, above = datetime.now(UTC), organisation_ids(session)[TOP]
    for place in range(agencies):
        made = service.create(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            code=f"A{place}",
            name=f"Agency {place}",
            kind=OrganisationKind.AGENCY,
            valid_from=SINCE,
            parent_id=above,
        )
        service.add_grades(session, now, PROVENANCE, made.id, _GRADES, SINCE)
