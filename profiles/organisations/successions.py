"""Which organisation took over from which, and on which day: the machinery of government."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.models import Organisation, OrganisationDetail, Succession
from profiles.organisations.service import hold_tree
from profiles.temporal import (
    Provenance,
    as_of,
    civil_date,
    history,
    is_recorded_day,
    known,
    record,
    replace,
    supersede,
)


@dataclass(frozen=True)
class Handover:
    """That one organisation took over from another, by their codes, and since when.

    Either may have ended.
    """

    predecessor_id: UUID
    predecessor: str
    successor_id: UUID
    successor: str
    since: datetime


def handovers(
    session: Session, at: datetime, known_at: datetime, organisation_id: UUID | None = None
) -> list[Handover]:
    """What had been handed over at ``at``, as known at ``known_at``, oldest first: to and by one, or all."""
    before, after = aliased(Organisation), aliased(Organisation)
    query = (
        select(Succession, before.code, after.code)
        .join(before, col(before.id) == col(Succession.predecessor_id))
        .join(after, col(after.id) == col(Succession.successor_id))
        .where(as_of(Succession, at, known_at))
        .order_by(col(Succession.valid_from), col(before.code), col(after.code))
    )
    if organisation_id is not None:
        query = query.where(_touches(organisation_id))
    return [
        Handover(one.predecessor_id, predecessor, one.successor_id, successor, one.valid_from)
        for one, predecessor, successor in session.exec(query)
    ]


def heirs_of(session: Session, organisation_id: UUID, at: datetime) -> list[UUID]:
    """Whoever had taken over from an organisation by ``at``, and from those in turn, the nearest first."""
    pairs = session.exec(
        select(Succession.predecessor_id, Succession.successor_id)
        .where(as_of(Succession, at, at))
        .order_by(col(Succession.valid_from), col(Succession.id))
    ).all()
    found = [organisation_id]
    for one in found:
        found += [after for before, after in pairs if before == one and after not in found]
    return found[1:]


def find(session: Session, predecessor_id: UUID, successor_id: UUID, known_at: datetime) -> Succession | None:
    """That one took over from the other, now or later, if it is recorded."""
    found = history(session, Succession, known_at, predecessor_id=predecessor_id, successor_id=successor_id)
    return found[0] if found else None


def said_now_of(session: Session, organisation_id: UUID, now: datetime) -> Sequence[Succession]:
    """What is recorded now of an organisation, on either side, whenever it began."""
    query = select(Succession).where(known(Succession, now), _touches(organisation_id))
    return session.exec(query.order_by(col(Succession.valid_from), col(Succession.id))).all()


def said_of(session: Session, organisation_id: UUID, known_at: datetime) -> Sequence[Succession]:
    """All that was ever said of it up to ``known_at``, corrected or not, the newest first."""
    query = select(Succession).where(_touches(organisation_id), col(Succession.recorded_at) <= known_at)
    newest = (col(Succession.recorded_at).desc(), col(Succession.id))
    return session.exec(query.order_by(*newest)).all()


def get_by_codes(session: Session, predecessor: str, successor: str, known_at: datetime) -> Succession:
    """The same by their codes. Raises NotFound."""
    found = find(session, id_of(session, predecessor), id_of(session, successor), known_at)
    if found is None:
        raise NotFound(f"It is not recorded that {successor} took over from {predecessor}.")
    return found


def succeed(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    predecessor_id: UUID,
    successor_id: UUID,
    since: datetime,
) -> Succession:
    """Record that one took over from the other; either may have ended since.

    Raises Invalid, naming the field, where it is the same one or took over in turn, directly or through
    others, and for a day on which the successor did not exist or the predecessor had not begun; Conflict
    where it is recorded already.
    """
    hold_tree(session)
    check(session, predecessor_id, successor_id, since, now)
    made = record(
        session,
        Succession(predecessor_id=predecessor_id, successor_id=successor_id, **provenance.stamp(now, since)),
    )
    _audit(session, Event.ORGANISATION_SUCCEEDED, initiator, made, now)
    return made


def check(session: Session, predecessor_id: UUID, successor_id: UUID, since: datetime, now: datetime) -> None:
    """Whether it can be recorded. Raises as ``succeed`` does."""
    if predecessor_id == successor_id:
        raise Invalid("An organisation does not take over from itself.", field="successor")
    if find(session, predecessor_id, successor_id, now) is not None:
        raise Conflict("That it took over is recorded already. Correct its day instead.")
    if predecessor_id in _all_after(session, successor_id, now):
        raise Invalid(
            "The other took over from this one, directly or through others. An organisation does not take "
            "over from what took over from it.",
            field="successor",
        )
    _check_since(session, predecessor_id, successor_id, since, now)


def check_corrected(session: Session, held: Succession, since: datetime, now: datetime) -> None:
    """Whether it can have been another day. Raises Invalid, naming the field."""
    if held.valid_from == since:
        raise Invalid("That is the day that is recorded.", field="since")
    _check_since(session, held.predecessor_id, held.successor_id, since, now)


def correct(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    held: Succession,
    since: datetime,
) -> Succession:
    """It was another day; what was believed before stays. Raises Invalid as ``succeed``, and Conflict."""
    check_corrected(session, held, since, now)
    corrected = replace(session, held, now, provenance, valid_from=since)
    _audit(session, Event.SUCCESSION_CORRECTED, initiator, corrected, now, reason=provenance.reason)
    return corrected


def take_back(
    session: Session, now: datetime, provenance: Provenance, initiator: Initiator, held: Succession
) -> None:
    """It never was so. What was believed before stays. Raises Conflict."""
    _audit(session, Event.SUCCESSION_TAKEN_BACK, initiator, held, now, reason=provenance.reason)
    supersede(session, held, now, provenance.recorded_by)


def id_of(session: Session, code: str) -> UUID:
    """The id of an organisation that there is or ever was. Raises NotFound, naming the code."""
    found = session.exec(select(Organisation.id).where(col(Organisation.code) == code)).first()
    if found is None:
        raise NotFound(f"There is no organisation with the code {code!r}.")
    return found


def _touches(organisation_id: UUID) -> ColumnElement[bool]:
    return or_(
        col(Succession.predecessor_id) == organisation_id, col(Succession.successor_id) == organisation_id
    )


def _all_after(session: Session, organisation_id: UUID, known_at: datetime) -> set[UUID]:
    """Whoever took over from an organisation, and from those in turn, whenever."""
    pairs = session.exec(
        select(Succession.predecessor_id, Succession.successor_id).where(known(Succession, known_at))
    ).all()
    found: set[UUID] = set()
    to_do = {organisation_id}
    while to_do:
        found |= to_do
        to_do = {after for before, after in pairs if before in to_do} - found
    return found - {organisation_id}


def _check_since(
    session: Session, predecessor_id: UUID, successor_id: UUID, since: datetime, now: datetime
) -> None:
    if not is_recorded_day(civil_date(since)):
        raise Invalid("The day must be a real date.", field="since")
    lives = history(session, OrganisationDetail, now, organisation_id=successor_id)
    if not any(one.valid_from <= since and (one.valid_to is None or since < one.valid_to) for one in lives):
        raise Invalid("The organisation that took over did not exist on that day.", field="since")
    before = history(session, OrganisationDetail, now, organisation_id=predecessor_id)
    if not any(one.valid_from < since for one in before):
        raise Invalid("The organisation from which it took over had not begun by that day.", field="since")


def _audit(
    session: Session, event: Event, initiator: Initiator, one: Succession, now: datetime, **more: str
) -> None:
    details = {"successor": str(one.successor_id), "since": one.valid_from.isoformat()} | more
    append(session, event, initiator, now, organisation_id=one.predecessor_id, details=details)
