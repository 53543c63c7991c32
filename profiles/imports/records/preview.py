"""Whose access an import changes, and how: the decision before and after, app by app."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.models import Clearance
from profiles.clearances.policy import CaveatFact, ClearanceFact, SponsorshipFact
from profiles.employments.models import Employment, Posting
from profiles.entitlements.facts import GradeFact, PersonFacts, PostingFact
from profiles.entitlements.preview import AccessChange, Change, compare
from profiles.entitlements.service import all_rules, facts_of, surroundings_of
from profiles.imports.records.checking import Place, in_batches
from profiles.imports.records.facts import plain, stored
from profiles.imports.records.kinds import KINDS
from profiles.imports.records.workbook import Workbook, content_of
from profiles.organisations.models import LocalGrade
from profiles.people.models import PersonName
from profiles.people.service import display_name
from profiles.temporal import Fact, Span, history

MOST_PEOPLE = 100
"""People whose access is worked out; of more, everybody is named whose access may change."""
_SPANS: dict[str, tuple[str, type[Span]]] = {
    "posting": ("postings", PostingFact),
    "clearance": ("clearances", ClearanceFact),
    "sponsorship": ("sponsorships", SponsorshipFact),
    "caveat": ("caveats", CaveatFact),
}


def affected(
    session: Session, workbook: Workbook, place: Place, now: datetime
) -> tuple[int, list[dict[str, Any]]]:
    """How many people's access changes, and what changes at the organisation's own apps.

    Of more than ``MOST_PEOPLE`` everybody counts of whom something is recorded that access may rest on. The
    workbook keeps those who count as its ``affected``.
    """
    people = [UUID(bytes=one) for one in workbook.column("SELECT person_id FROM affected ORDER BY person_id")]
    if len(people) > MOST_PEOPLE:
        return len(people), []
    planned = _planned(session, workbook, set(people))
    lines: list[dict[str, Any]] = []
    changed: set[UUID] = set()
    for person_id in people:
        changes = _changes(session, planned, person_id, now)
        if changes or person_id in planned.employed:
            changed.add(person_id)
        ours = [one for one in changes if one.organisation_id in place.codes.values()]
        lines += [_line(person_id, _name(session, planned, person_id, now), one) for one in ours]
    workbook.run_many(
        "DELETE FROM affected WHERE person_id = ?", ((one.bytes,) for one in people if one not in changed)
    )
    return len(changed), lines


def clearances(session: Session, workbook: Workbook, now: datetime) -> list[dict[str, Any]]:
    """What becomes of clearances, with whose they are, for whoever looks after them."""
    lines = [content_of(text) for text in workbook.column("SELECT line FROM clearances ORDER BY rowid")]
    people = {UUID(line["person"]) for line in lines if line["person"]}
    if not people:
        return lines
    planned = _planned(session, workbook, people)
    names = {person_id.hex: _name(session, planned, person_id, now) for person_id in people}
    return [line | {"name": names.get(line["person"])} for line in lines]


def first_changes(
    session: Session, before: PersonFacts, after: PersonFacts, now: datetime
) -> list[AccessChange]:
    """What changes between two states of a person's facts, at the first moment at which anything does.

    Now, or at an instant at which a fact begins or ends.
    """
    rules = all_rules(session, now)
    later = sorted(at for at in {*before.instants, *after.instants} if at > now)
    for at in (now, *later):
        changes = [one for one in compare(before, after, at, at, rules) if one.change is not Change.STAYS]
        if changes:
            return changes
    return []


class _Planned:
    """The facts that a plan records of some people, and the versions that go."""

    def __init__(self) -> None:
        self.facts: dict[UUID, list[tuple[str, Fact]]] = {}
        self.grades: list[GradeFact] = []
        self.gone: set[UUID] = set()
        self.gone_grades: set[GradeFact] = set()
        self.employed: set[UUID] = set()
        """Whose employment changes, on which signing in through the department rests."""


def _planned(session: Session, workbook: Workbook, people: set[UUID]) -> _Planned:
    found = _Planned()
    gone_grades: list[UUID] = []
    for target, text in workbook.run(
        "SELECT target, row FROM plan WHERE target IN"
        " ('employment', 'posting', 'clearance', 'sponsorship', 'caveat', 'grade', 'name', 'planned_change')"
        " ORDER BY seq"
    ):
        row = content_of(text)
        if target == "planned_change":
            if row["version_id"]:
                found.gone.add(UUID(row["version_id"]))
                gone_grades += [UUID(row["version_id"])] if row["kind"] == "grade" else []
            continue
        if row.pop("told", {}).get("superseded_at"):
            continue
        kind = KINDS[target]
        values = stored(kind.table, {name: value for name, value in row.items() if name != "hidden"})
        fact = kind.model(**_with_enumerations(kind.model, values))
        if isinstance(fact, Employment):
            found.employed.add(fact.person_id)
        elif isinstance(fact, LocalGrade):
            found.grades.append(_span(GradeFact, fact))
        elif values.get("person_id") in people:
            found.facts.setdefault(values["person_id"], []).append((target, fact))
    for batch in in_batches(gone_grades):
        for grade in session.exec(select(LocalGrade).where(col(LocalGrade.id).in_(batch))):
            found.gone_grades.add(_span(GradeFact, grade))
    return found


def _with_enumerations(model: type[Fact], values: Mapping[str, Any]) -> dict[str, Any]:
    """Enumerations as the database would give them back."""
    made = dict(values)
    for name, column in model.__table__.columns.items():  # type: ignore[attr-defined]
        of = getattr(column.type, "enum_class", None)
        if of is not None and made.get(name) is not None:
            made[name] = of(made[name])
    return made


def _changes(session: Session, planned: _Planned, person_id: UUID, now: datetime) -> list[AccessChange]:
    """What changes at the first moment, now or later, at which anything does."""
    before = facts_of(session, person_id, now)
    places = {one.organisation_id for _, one in planned.facts.get(person_id, []) if isinstance(one, Posting)}
    around = surroundings_of(session, places, now)
    spans: dict[str, Any] = _spans(session, planned, person_id, now)
    known_now = before.surroundings.joined(around)
    stay = tuple(one for one in known_now.grades if one not in planned.gone_grades)
    after = replace(before, **spans, surroundings=replace(known_now, grades=(*planned.grades, *stay)))
    return first_changes(session, before, after, now)


def _spans(session: Session, planned: _Planned, person_id: UUID, now: datetime) -> dict[str, tuple[Any, ...]]:
    """The person's facts that bear on access, as they would be."""
    made: dict[str, tuple[Any, ...]] = {}
    new = planned.facts.get(person_id, [])
    for name, (attribute, span) in _SPANS.items():
        stay = history(session, KINDS[name].model, now, person_id=person_id)
        facts = [one for one in stay if one.id not in planned.gone]
        facts += [fact for target, fact in new if target == name]
        made[attribute] = tuple(_span(span, one) for one in facts)
    return made


def _span(kind: type[Any], fact: Fact) -> Any:
    """A fact as decisions hold it: the columns that have the same names."""
    names = set(kind.__dataclass_fields__)
    values = {name: getattr(fact, name) for name in names if hasattr(fact, name)}
    if isinstance(fact, Clearance):
        values["clearance_id"] = fact.fact_id
    return kind(**values)


def _name(session: Session, planned: _Planned, person_id: UUID, now: datetime) -> str:
    names = list(history(session, PersonName, now, person_id=person_id))
    names += [one for _, one in planned.facts.get(person_id, []) if isinstance(one, PersonName)]
    return display_name(names[-1]) if names else str(person_id)


def _line(person_id: UUID, name: str, change: AccessChange) -> dict[str, Any]:
    return {
        "person": person_id.hex,
        "name": name,
        "app": change.app_name,
        "change": change.change.value,
        "before": list(change.roles_before),
        "after": list(change.roles_after),
        "at": plain(change.at) if change.at else None,
    }
