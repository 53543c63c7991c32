"""People marked sensitive: lists, searches and files name nobody of them. Who that is, is decided here alone.

Whoever knows of such a person opens their record as everybody's: by their employment number, or from the work
that waits. The mark is the person's and goes with them; a security officer where they work sets and lifts it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotPermitted
from profiles.people.models import SensitiveMark
from profiles.people.service import check_stands_alone, take_turns
from profiles.temporal import Provenance, as_of, current, end, record

SOURCE = "security officer"
LONGEST_REASON = 500


def is_listed(person_id: Any, at: datetime) -> ColumnElement[bool]:
    """Whether whoever a column names may stand in lists."""
    return ~exists().where(col(SensitiveMark.person_id) == person_id, as_of(SensitiveMark, at, at))


def sensitive_among(session: Session, person_ids: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Those of these people who are marked."""
    marked = select(col(SensitiveMark.person_id)).where(
        col(SensitiveMark.person_id).in_(person_ids), as_of(SensitiveMark, at, at)
    )
    return frozenset(session.execute(marked).scalars())


def find_mark(
    session: Session, person_id: UUID, at: datetime, known_at: datetime | None = None
) -> SensitiveMark | None:
    """A person's mark, if they are marked at ``at``, as known at ``known_at``."""
    return next(iter(current(session, SensitiveMark, at, known_at or at, person_id=person_id)), None)


def mark(
    session: Session, now: datetime, *, person_id: UUID, organisation_id: UUID, officer_id: UUID, reason: str
) -> None:
    """Let no list name the person from now on.

    Raises Invalid without a reason, NotPermitted for oneself, Conflict when they are marked already, or their
    record has become part of another meanwhile.
    """
    words = _checked(person_id, officer_id, reason)
    take_turns(session, [person_id])
    check_stands_alone(session, person_id, now)
    stamp = Provenance(officer_id, SOURCE, words).stamp(now, now)
    record(session, SensitiveMark(person_id=person_id, organisation_id=organisation_id, **stamp))
    _note(session, Event.PERSON_MARKED_SENSITIVE, now, person_id, organisation_id, officer_id, words)


def lift(
    session: Session,
    now: datetime,
    *,
    held: SensitiveMark,
    organisation_id: UUID,
    officer_id: UUID,
    reason: str,
) -> None:
    """Let lists name the person again.

    Raises Invalid without a reason, NotPermitted for oneself, Conflict when somebody was quicker.
    """
    person_id, words = held.person_id, _checked(held.person_id, officer_id, reason)
    end(session, held, now, now, Provenance(officer_id, SOURCE, words))
    _note(session, Event.PERSON_MARK_LIFTED, now, person_id, organisation_id, officer_id, words)


def _checked(person_id: UUID, officer_id: UUID, reason: str) -> str:
    if officer_id == person_id:
        raise NotPermitted("A colleague must decide on your own record.")
    words = reason.strip()
    if not words:
        raise Invalid("Enter the reason.", field="reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", field="reason")
    return words


def _note(
    session: Session,
    event: Event,
    now: datetime,
    person_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    words: str,
) -> None:
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        personal={"reason": words},
    )
