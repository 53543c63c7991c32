"""Pay scales: what an organisation pays its own grades, read as of a day, recorded, corrected and ended.

Below the Senior Civil Service pay is delegated to departments; police forces and armed services have scales
of ranks in the same way. A scale is a frame, not a fence: people are paid outside it, and it says so of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, true
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.loads import Load
from profiles.organisations import service as organisations
from profiles.organisations.models import Organisation
from profiles.pay.models import PayScale
from profiles.temporal import Provenance, current, end, history, record, replace

LEAST_PENCE, MOST_PENCE = 100_000, 100_000_000
"""£1,000 and £1,000,000 a year. What is less was typed in pounds where pence are meant."""


@dataclass(frozen=True)
class ScaleTerms:
    """What a scale says, beside whose it is and when: full-time, a year, in pence."""

    local_grade: str
    location: str
    name: str
    minimum_pence: int
    maximum_pence: int


def place_key(location: str) -> str:
    """A pay location as it is compared: of London, LONDON and one with two blanks in it there is one."""
    return " ".join(location.split()).casefold()


def hold(session: Session, organisation_id: UUID) -> None:
    """Let nobody else record a scale of the organisation until this transaction ends.

    Of two who call one new place otherwise at the same instant, neither would see the other's spelling.
    """
    session.execute(
        select(Organisation.id).where(col(Organisation.id) == organisation_id).with_for_update(key_share=True)
    ).all()


def scales_of(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> Sequence[PayScale]:
    """The organisation's scales at ``at``, the highest first, as known at ``known_at``."""
    found = current(session, PayScale, at, known_at or at, organisation_id=organisation_id)
    return sorted(found, key=_highest_first)


def find_scale(
    session: Session,
    organisation_id: UUID,
    local_grade: str,
    location: str,
    at: datetime,
    known_at: datetime | None = None,
) -> PayScale | None:
    """The scale of a grade at a pay location, else the grade's that names no location."""
    scales = scales_of_grade(session, organisation_id, local_grade, at, known_at)
    held = {place_key(one.location): one for one in scales}
    return held.get(place_key(location)) or held.get("")


def scales_of_grade(
    session: Session, organisation_id: UUID, local_grade: str, at: datetime, known_at: datetime | None = None
) -> Sequence[PayScale]:
    """The scales of a grade at ``at``, one for each pay location that has its own, the highest first."""
    of_grade = {"organisation_id": organisation_id, "local_grade": local_grade}
    return sorted(current(session, PayScale, at, known_at or at, **of_grade), key=_highest_first)


def get_scale(session: Session, version_id: UUID, now: datetime) -> PayScale:
    """A version of a scale, whether or not it was replaced since. Raises NotFound."""
    found = session.exec(select(PayScale).where(col(PayScale.id) == version_id, _told(now))).first()
    if found is None:
        raise NotFound("There is no such pay scale.")
    return found


def versions_of(session: Session, scale: PayScale, now: datetime) -> Sequence[PayScale]:
    """All that was ever said of a scale, in the order of recording."""
    said = select(PayScale).where(col(PayScale.fact_id) == scale.fact_id, _told(now))
    return session.exec(said.order_by(col(PayScale.recorded_at), col(PayScale.id))).all()


def record_scale(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    terms: ScaleTerms,
    valid_from: datetime,
    valid_to: datetime | None = None,
) -> PayScale:
    """Record a scale from a moment on. What it replaces ends there, and it ends where the next begins.

    Raises Invalid, naming the field, and Conflict where it would end within another that goes on.
    """
    _check(session, organisation_id, terms, valid_from, now)
    terms = _spelt_as_recorded(session, organisation_id, terms)
    stamp = provenance.stamp(now, valid_from, valid_to)
    scale = PayScale(organisation_id=organisation_id, **vars(terms), **stamp)
    _make_room(session, scale, now, provenance)
    return _noted(session, Event.PAY_SCALE_RECORDED, record(session, scale), now, initiator)


def correct_scale(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    version_id: UUID,
    terms: ScaleTerms,
    valid_from: datetime,
    valid_to: datetime | None,
) -> PayScale:
    """Say what is right; what was believed stays known. Raises Invalid, naming the field, and Conflict."""
    held = _standing(session, version_id, now)
    _check(session, held.organisation_id, terms, valid_from, now)
    terms = _spelt_as_recorded(session, held.organisation_id, terms, but=held.fact_id)
    changes: dict[str, Any] = {**vars(terms), "valid_from": valid_from, "valid_to": valid_to}
    if all(getattr(held, name) == value for name, value in changes.items()):
        raise Invalid("Nothing is changed.", field="minimum_pence")
    said = replace(session, held, now, provenance, **changes)
    return _noted(session, Event.PAY_SCALE_CORRECTED, said, now, initiator)


def end_scale(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    version_id: UUID,
    ends_at: datetime,
) -> None:
    """Let a scale be so only until a moment; one that would never have been so is taken back.

    Raises Invalid, naming the field, and Conflict.
    """
    held = _standing(session, version_id, now)
    if held.valid_to is not None and ends_at > held.valid_to:
        raise Invalid("It ends before that day already.", field="last_day")
    end(session, held, ends_at, now, provenance)
    _noted(session, Event.PAY_SCALE_ENDED, held, now, initiator)


def find_fault(minimum_pence: int, maximum_pence: int) -> tuple[str, str] | None:
    """The field that is wrong between the ends of a scale, and what is wrong with it."""
    if minimum_pence < LEAST_PENCE:
        return "minimum_pence", "is less than £1,000 a year"
    if maximum_pence < minimum_pence:
        return "maximum_pence", "is less than the minimum"
    if maximum_pence > MOST_PENCE:
        return "maximum_pence", "is more than £1,000,000 a year"
    return None


def _standing(session: Session, version_id: UUID, now: datetime) -> PayScale:
    held = get_scale(session, version_id, now)
    if held.superseded_at is not None:
        raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
    return held


def _told(now: datetime) -> ColumnElement[bool]:
    """The versions that anybody has seen: of a load, once it is published."""
    published = exists().where(col(Load.id) == col(PayScale.load_id), col(Load.published_at) <= now)
    return or_(col(PayScale.load_id).is_(None), published)


def _highest_first(scale: PayScale) -> tuple[int, int, str, str]:
    return -scale.maximum_pence, -scale.minimum_pence, scale.local_grade, scale.location


def _check(session: Session, organisation_id: UUID, terms: ScaleTerms, at: datetime, now: datetime) -> None:
    try:
        organisations.common_grade(session, organisation_id, terms.local_grade, at, now)
    except NotFound:
        message = "The organisation had no such grade on the first day."
        raise Invalid(message, field="local_grade") from None
    fault = find_fault(terms.minimum_pence, terms.maximum_pence)
    if fault is not None:
        raise Invalid(f"This amount {fault[1]}.", field=fault[0])


def _spelt_as_recorded(
    session: Session, organisation_id: UUID, terms: ScaleTerms, but: UUID | None = None
) -> ScaleTerms:
    """The same, its pay location spelt as another scale of the grade has it: London and london are one.

    Another that somebody is recording is waited for, whenever their request came.
    """
    hold(session, organisation_id)
    others = session.exec(
        select(PayScale.location)
        .where(
            PayScale.organisation_id == organisation_id,
            PayScale.local_grade == terms.local_grade,
            col(PayScale.superseded_at).is_(None),
            col(PayScale.fact_id) != but if but is not None else true(),
        )
        .order_by(col(PayScale.id))
    )
    spelt = {place_key(one): one for one in others}
    location = " ".join(terms.location.split())
    return ScaleTerms(**vars(terms) | {"location": spelt.get(place_key(location), location)})


def _make_room(session: Session, scale: PayScale, now: datetime, provenance: Provenance) -> None:
    """End what the new scale replaces, and let it end where the next one begins."""
    same = {"organisation_id": scale.organisation_id, "local_grade": scale.local_grade}
    for other in history(session, PayScale, now, **same, location=scale.location):
        if other.valid_from < scale.valid_from:
            if other.valid_to is None or other.valid_to > scale.valid_from:
                _refuse_hole(scale, other)
                end(session, other, scale.valid_from, now, provenance)
        elif scale.valid_to is None and other.valid_from > scale.valid_from:
            scale.valid_to = other.valid_from


def _refuse_hole(scale: PayScale, other: PayScale) -> None:
    """What ends sooner than what it replaces would leave no scale afterwards. Raises Conflict."""
    if scale.valid_to is not None and (other.valid_to is None or scale.valid_to < other.valid_to):
        raise Conflict("Another scale of this grade and location goes on after that day. End it first.")


def _noted(session: Session, event: Event, scale: PayScale, now: datetime, initiator: Initiator) -> PayScale:
    append(
        session,
        event,
        initiator,
        now,
        organisation_id=scale.organisation_id,
        details={"scale_id": str(scale.fact_id), "grade": scale.local_grade, "location": scale.location},
    )
    return scale
