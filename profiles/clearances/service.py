"""Clearances and sponsorships as recorded: read for decisions and for the profile, and written."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.errors import Invalid, NotFound
from profiles.temporal import Provenance, current, end, record


@dataclass(frozen=True)
class ClearanceView:
    """A clearance held, with the organisations for which it may be used, the primary sponsor first."""

    clearance_id: UUID
    level: ClearanceLevel
    status: ClearanceStatus
    decided_on: date
    expires_on: date
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


def record_decision(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    level: ClearanceLevel,
    decided_on: date,
    expires_on: date,
    sponsor_id: UUID,
    valid_from: datetime,
    review_due_on: date | None = None,
) -> Clearance:
    """Record that the vetting authority granted a clearance, and its primary sponsor.

    Raises Invalid when it expires before it was decided, Conflict when the person holds this level already.
    """
    if expires_on <= decided_on:
        raise Invalid("The clearance must expire after it was decided.", field="expires_on")
    clearance = record(
        session,
        Clearance(
            person_id=person_id,
            level=level,
            status=ClearanceStatus.ACTIVE,
            decided_on=decided_on,
            expires_on=expires_on,
            review_due_on=review_due_on,
            **provenance.stamp(now, valid_from),
        ),
    )
    sponsor(
        session,
        now,
        provenance,
        person_id=person_id,
        clearance_id=clearance.fact_id,
        organisation_id=sponsor_id,
        valid_from=valid_from,
    )
    append(
        session,
        Event.CLEARANCE_RECORDED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=sponsor_id,
        details={"level": level.value},
    )
    return clearance


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
) -> Clearance:
    """Record what the vetting authority now says of a clearance; a suspension takes effect at once.

    The time before stays as it was: the old status ends at ``now`` and the new one begins. Raises NotFound.
    """
    held = current(session, Clearance, now, now, fact_id=clearance_id)
    if not held:
        raise NotFound("There is no such clearance now.")
    before = held[0]
    values = (
        before.model_dump(include=_KEPT) | {"status": status} | provenance.stamp(now, now, before.valid_to)
    )
    end(session, before, now, now, provenance)
    clearance = record(session, Clearance(**values))
    append(
        session,
        Event.CLEARANCE_STATUS_CHANGED,
        initiator,
        now,
        person_id=clearance.person_id,
        details={"level": clearance.level.value, "status": status.value},
    )
    return clearance


_KEPT = {"fact_id", "person_id", "level", "decided_on", "expires_on", "review_due_on"}
