"""Facts of whatever kind that were so between two instants, for tests of how long they are kept."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.people.models import BirthDate
from profiles.retention.due import count_due
from profiles.retention.facts import FACTS
from profiles.retention.records import Retained
from profiles.retention.rules import YEARS, RetainedKind
from profiles.temporal import Fact, record
from tests.factories.facts_of_any_kind import is_id, own_columns, values_of
from tests.factories.organisations import PROVENANCE


def retained(table: str, kind: RetainedKind | None = None) -> Retained:
    """The rule of a table of facts; of one that two kinds share, that kind's."""
    return next(one for one in FACTS if one.table == table and kind in (None, one.kind))


def make_fact(
    session: Session,
    table: str,
    person_id: UUID,
    organisation_id: UUID,
    begins: datetime,
    ends: datetime | None,
    **columns: Any,
) -> Any:
    """One fact of this table, recorded when it began; what it names is the person or the organisation."""
    model: Any = retained(table).model
    named = {name: person_id for name in own_columns(model) if is_id(model, name)}
    named |= {"organisation_id": organisation_id} if "organisation_id" in model.model_fields else {}
    named |= {name: None for name in ("operator_id", "deputy_of") if name in model.model_fields}
    values = values_of(model, 0) | named | columns
    return record(session, model(**values, **PROVENANCE.stamp(begins, begins, ends)))


def born(session: Session, person_id: UUID, born_on: date, now: datetime) -> None:
    """Record a date of birth."""
    record(session, BirthDate(person_id=person_id, born_on=born_on, **PROVENANCE.stamp(now, now)))


def due_kinds(
    session: Session, organisation_id: UUID, day: date, now: datetime, rule: Retained | None = None
) -> dict[RetainedKind, int]:
    """How many records of each kind are due at an organisation, by all rules or one alone."""
    found = count_due(session, [rule] if rule else FACTS, YEARS, {organisation_id}, day, now)
    return {one.kind: one.due for one in found if one.due}


def is_fact(rule: Retained) -> bool:
    """Whether its records have two time lines."""
    return issubclass(rule.model, Fact)
