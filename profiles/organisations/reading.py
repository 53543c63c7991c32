"""An organisation at a point of both time lines: its name, its place, what came before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.errors import NotFound
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import (
    EmailDomain,
    LocalGrade,
    Organisation,
    OrganisationDetail,
    OrganisationKind,
)
from profiles.organisations.service import grades_of, highest_first, tree
from profiles.organisations.successions import Handover, handovers
from profiles.temporal import as_of, history, known


@dataclass(frozen=True)
class Entry:
    """One organisation in the register of all.

    ``parent`` is the code of the one above it. It exists between ``begins_at`` and ``ends_at``, as far as
    known; where it does not at the moment that was asked for, it has the name of the moment nearest to it,
    no place and no grades.
    """

    id: UUID
    code: str
    kind: OrganisationKind
    name: str
    parent_id: UUID | None
    parent: str | None
    domains: tuple[str, ...]
    took_over_from: tuple[Handover, ...]
    handed_over_to: tuple[Handover, ...]
    grades: tuple[tuple[str, CommonGrade | None], ...]
    """Its own labels and what each stands for, the highest first."""
    exists: bool = True
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    last_above_id: UUID | None = None
    """What is above it or, where it does not exist then, was or will be at the moment nearest to it."""


def register(session: Session, at: datetime, known_at: datetime) -> list[Entry]:
    """Every organisation that exists at ``at``, as known at ``known_at``, by code."""
    those = tree(session, at, known_at).organisations
    domains: dict[UUID, list[str]] = {}
    held = select(EmailDomain).where(as_of(EmailDomain, at, known_at)).order_by(col(EmailDomain.domain))
    for one in session.exec(held):
        domains.setdefault(one.organisation_id, []).append(one.domain)
    grades: dict[UUID, list[LocalGrade]] = {}
    for grade in session.exec(select(LocalGrade).where(as_of(LocalGrade, at, known_at))):
        grades.setdefault(grade.organisation_id, []).append(grade)
    handed = handovers(session, at, known_at)
    entries = []
    for view in sorted(those.values(), key=lambda view: view.code):
        above = those.get(view.parent_id) if view.parent_id else None
        entries.append(
            Entry(
                view.id,
                view.code,
                view.kind,
                view.name,
                view.parent_id,
                above.code if above else None,
                tuple(domains.get(view.id, ())),
                tuple(one for one in handed if one.successor_id == view.id),
                tuple(one for one in handed if one.predecessor_id == view.id),
                tuple(highest_first(grades.get(view.id, ())).items()),
            )
        )
    return entries


def entry_of(session: Session, organisation_id: UUID, at: datetime, known_at: datetime) -> Entry:
    """One organisation, also before it began and after it has ended. Raises NotFound where none was known."""
    organisation = session.get(Organisation, organisation_id)
    versions = history(session, OrganisationDetail, known_at, organisation_id=organisation_id)
    if organisation is None or not versions:
        raise NotFound("There is no such organisation.")
    held = next((one for one in versions if _holds(one, at)), None)
    begun = [one for one in versions if one.valid_from <= at]
    nearest = held or (begun[-1] if begun else versions[0])
    parent = session.get(Organisation, held.parent_id) if held and held.parent_id else None
    domains = select(EmailDomain.domain).where(
        EmailDomain.organisation_id == organisation_id, as_of(EmailDomain, at, known_at)
    )
    handed = handovers(session, at, known_at, organisation_id)
    return Entry(
        organisation.id,
        organisation.code,
        organisation.kind,
        nearest.name,
        parent.id if parent else None,
        parent.code if parent else None,
        tuple(session.exec(domains.order_by(col(EmailDomain.domain)))),
        tuple(one for one in handed if one.successor_id == organisation_id),
        tuple(one for one in handed if one.predecessor_id == organisation_id),
        tuple(grades_of(session, organisation_id, at, known_at).items()) if held else (),
        held is not None,
        versions[0].valid_from,
        versions[-1].valid_to,
        nearest.parent_id,
    )


def said_of(session: Session, organisation_id: UUID, known_at: datetime) -> Sequence[OrganisationDetail]:
    """All that was ever said of its name and place up to ``known_at``, corrected or not, the newest first."""
    query = select(OrganisationDetail).where(
        col(OrganisationDetail.organisation_id) == organisation_id,
        col(OrganisationDetail.recorded_at) <= known_at,
    )
    newest = (col(OrganisationDetail.recorded_at).desc(), col(OrganisationDetail.valid_from).desc())
    return session.exec(query.order_by(*newest)).all()


def domains_said_of(session: Session, organisation_id: UUID, known_at: datetime) -> Sequence[EmailDomain]:
    """The same of its e-mail domains."""
    query = select(EmailDomain).where(
        col(EmailDomain.organisation_id) == organisation_id, col(EmailDomain.recorded_at) <= known_at
    )
    newest = (col(EmailDomain.recorded_at).desc(), col(EmailDomain.domain), col(EmailDomain.valid_from))
    return session.exec(query.order_by(*newest)).all()


def names_ever(session: Session, now: datetime) -> dict[UUID, str]:
    """What each organisation is called now or, where it is not there, was last or will be first."""
    names: dict[UUID, str] = {}
    query = select(OrganisationDetail).where(known(OrganisationDetail, now))
    for one in session.exec(query.order_by(col(OrganisationDetail.valid_from))):
        if one.valid_from <= now or one.organisation_id not in names:
            names[one.organisation_id] = one.name
    return names


def _holds(one: OrganisationDetail, at: datetime) -> bool:
    return one.valid_from <= at and (one.valid_to is None or at < one.valid_to)
