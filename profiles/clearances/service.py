"""Clearances and sponsorships as recorded: read for decisions and for the profile, and written."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances import states
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.errors import Conflict, Invalid, NotFound
from profiles.temporal import Provenance, civil_date, current, end, history, record, supersede


@dataclass(frozen=True)
class ClearanceView:
    """A clearance held, with the organisations for which it may be used, the primary sponsor first."""

    clearance_id: UUID
    level: ClearanceLevel
    status: ClearanceStatus
    decided_on: date | None
    expires_on: date | None
    extended_from: date | None
    review_due_on: date | None
    valid_from: datetime
    sponsors: tuple[tuple[UUID, SponsorshipKind], ...]


def clearances_of(session: Session, person_id: UUID, at: datetime) -> list[ClearanceView]:
    """The clearances that a person holds at ``at``, whatever their status, oldest first."""
    sponsorships = sorted(
        current(session, Sponsorship, at, at, person_id=person_id),
        key=lambda sponsorship: sponsorship.kind is not SponsorshipKind.PRIMARY,
    )
    return [
        ClearanceView(
            clearance_id=clearance.fact_id,
            level=clearance.level,
            status=clearance.status,
            decided_on=clearance.decided_on,
            expires_on=clearance.expires_on,
            extended_from=clearance.extended_from,
            review_due_on=clearance.review_due_on,
            valid_from=clearance.valid_from,
            sponsors=tuple(
                (sponsorship.organisation_id, sponsorship.kind)
                for sponsorship in sponsorships
                if sponsorship.clearance_id == clearance.fact_id
            ),
        )
        for clearance in current(session, Clearance, at, at, person_id=person_id)
    ]


def request(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    level: ClearanceLevel,
    sponsor_id: UUID,
    valid_from: datetime,
) -> Clearance:
    """Record that a sponsor has asked for a clearance. Raises Conflict when the person holds this level."""
    return _begin(
        session,
        now,
        provenance,
        initiator,
        Clearance(
            person_id=person_id,
            level=level,
            status=ClearanceStatus.REQUESTED,
            **provenance.stamp(now, valid_from),
        ),
        sponsor_id,
    )


def record_decision(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    level: ClearanceLevel,
    decided_on: date,
    sponsor_id: UUID,
    valid_from: datetime,
    expires_on: date | None = None,
    review_due_on: date | None = None,
    periods: ValidityPeriods = STANDARD,
) -> Clearance:
    """Record that the vetting authority granted a clearance, and its primary sponsor.

    Without ``expires_on`` it lasts as long as its level may. Raises Invalid when it expires before it was
    decided or lasts too long, Conflict when the person holds this level already.
    """
    return _begin(
        session,
        now,
        provenance,
        initiator,
        Clearance(
            person_id=person_id,
            level=level,
            status=ClearanceStatus.ACTIVE,
            decided_on=decided_on,
            expires_on=periods.expiry(level, decided_on, expires_on),
            review_due_on=review_due_on,
            **provenance.stamp(now, valid_from),
        ),
        sponsor_id,
    )


def as_left(clearance: Clearance, status: ClearanceStatus, stamp: dict[str, Any]) -> Clearance:
    """What becomes, with the last day, of a clearance that is not released; it is not recorded yet."""
    return Clearance(
        level=clearance.level,
        status=status,
        decided_on=clearance.decided_on,
        expires_on=clearance.expires_on,
        extended_from=clearance.extended_from,
        review_due_on=clearance.review_due_on,
        **stamp,
    )


def sponsor(
    session: Session,
    now: datetime,
    provenance: Provenance,
    *,
    person_id: UUID,
    clearance_id: UUID,
    organisation_id: UUID,
    valid_from: datetime,
    valid_to: datetime | None = None,
    kind: SponsorshipKind = SponsorshipKind.PRIMARY,
) -> Sponsorship:
    """Record that an organisation sponsors a clearance, or shares it.

    Raises Conflict when another organisation is the primary sponsor at that time.
    """
    return record(
        session,
        Sponsorship(
            person_id=person_id,
            clearance_id=clearance_id,
            organisation_id=organisation_id,
            kind=kind,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )


def set_status(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    clearance_id: UUID,
    status: ClearanceStatus,
    at: datetime | None = None,
    decided_on: date | None = None,
    expires_on: date | None = None,
    review_due_on: date | None = None,
    periods: ValidityPeriods = STANDARD,
) -> Clearance:
    """Record what became of a clearance at ``at`` (now, or earlier); a suspension takes effect at once.

    The time before stays as it was: the old status ends and the new one begins. What would lapse at a move
    that is scheduled, or what the move puts a new decision in the place of, can still be cut until then, and
    stays cut: what has lapsed can be asked for again, and nothing new begins on what is in doubt. What is
    granted or renewed gets a decision of ``decided_on`` (the day of ``at``), an expiry, and a review of its
    own. Raises NotFound, InvalidTransition, Conflict when the window for a reinstatement is over, or when
    another change came after ``at``.
    """
    at = at or now
    before = _held(session, clearance_id, at, now)
    if at > now:
        raise Invalid("A decision is recorded when it was made, not before.", field="at")
    following = _following(session, before, now)
    if before.valid_to is not None and (not following or status not in states.CUTTING):
        raise Conflict("Another change of this clearance came later: correct that one first.")
    states.check(before.status, status)
    if status is ClearanceStatus.REINSTATEMENT_REQUESTED and at - before.valid_from > periods.reinstatement:
        raise Conflict("This clearance lapsed too long ago: it needs a new application.")
    values = before.model_dump(include=_KEPT) | {"status": status}
    values |= provenance.stamp(now, at)
    if status is ClearanceStatus.ACTIVE and before.status in _DECIDED_ANEW:
        day = decided_on or civil_date(at)
        values |= {
            "decided_on": day,
            "expires_on": periods.expiry(before.level, day, expires_on),
            "extended_from": None,
            "review_due_on": review_due_on,
        }
    for one in following:
        supersede(session, one, now, provenance.recorded_by)
    end(session, before, at, now, provenance)
    clearance = record(session, Clearance(**values))
    append(
        session,
        Event.CLEARANCE_STATUS_CHANGED,
        initiator,
        now,
        person_id=clearance.person_id,
        personal={"level": clearance.level.value, "status": status.value},
    )
    return clearance


def _begin(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    clearance: Clearance,
    sponsor_id: UUID,
) -> Clearance:
    states.check(None, clearance.status)
    for one in history(session, Clearance, now, person_id=clearance.person_id):
        # What was refused or is over makes room; whatever is still held is a conflict.
        ongoing = one.valid_to is None or one.valid_to > clearance.valid_from
        if one.level is clearance.level and one.status in states.OVER and ongoing:
            end(session, one, clearance.valid_from, now, provenance)
    record(session, clearance)
    sponsor(
        session,
        now,
        provenance,
        person_id=clearance.person_id,
        clearance_id=clearance.fact_id,
        organisation_id=sponsor_id,
        valid_from=clearance.valid_from,
    )
    append(
        session,
        Event.CLEARANCE_RECORDED,
        initiator,
        now,
        person_id=clearance.person_id,
        organisation_id=sponsor_id,
        personal={"level": clearance.level.value, "status": clearance.status.value},
    )
    return clearance


def _following(session: Session, held: Clearance, now: datetime) -> list[Clearance]:
    """What is to lapse, or what a move puts in its place, when this ends on a day to come; else nothing."""
    if held.valid_to is None or held.valid_to <= now:
        return []
    following = [
        one
        for one in history(session, Clearance, now, person_id=held.person_id)
        if one.level is held.level and one.valid_from >= held.valid_to
    ]
    lapses = [one.status for one in following] == [ClearanceStatus.LAPSED]
    planned = all(one.valid_from > now and one.source.startswith(_OF_A_MOVE) for one in following)
    return following if lapses or planned else []


def _held(session: Session, clearance_id: UUID, at: datetime, now: datetime) -> Clearance:
    held = current(session, Clearance, at, now, fact_id=clearance_id)
    if not held:
        raise NotFound("There is no such clearance then.")
    return held[0]


_KEPT = {"fact_id", "person_id", "level", "decided_on", "expires_on", "extended_from", "review_due_on"}
_OF_A_MOVE = "transfer:"
"""What the source begins with of what a move lets begin."""
_DECIDED_ANEW = frozenset({ClearanceStatus.IN_VETTING, ClearanceStatus.RENEWAL_IN_PROGRESS})
