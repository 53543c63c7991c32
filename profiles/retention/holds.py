"""Legal holds: placed and lifted by a data protection officer, with a reason, never on one's own records."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.access_requests.held import organisations_holding
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.merges.unions import survivor_of
from profiles.retention.deleting import pause
from profiles.retention.models import LegalHold
from profiles.retention.rules import RetainedKind
from profiles.roles.parties import are_one

LONGEST_REASON = 1000


def find_people(session: Session, typed: str, organisation_ids: Collection[UUID]) -> Sequence[UUID]:
    """Whom a whole employment number of these organisations, or an id of the audit trail, names.

    Everybody who ever had the number at one of them, also somebody who has left. Whose record is part of
    another's is named as the other.
    """
    try:
        ids = [UUID(typed.strip())]
    except ValueError:
        numbered = select(col(Employment.person_id)).where(
            col(Employment.number) == typed.strip(), col(Employment.organisation_id).in_(organisation_ids)
        )
        ids = list(session.exec(numbered).all())
    return list(dict.fromkeys(survivor_of(session, one) for one in ids))


def find_holder(
    session: Session, person_id: UUID, organisation_ids: Collection[UUID], now: datetime
) -> UUID | None:
    """The one of these organisations that holds something of a person, the employer first."""
    holding = organisations_holding(session, person_id, now)
    return next((one for one in holding if one in organisation_ids), None)


def place(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    organisation_id: UUID,
    kind: RetainedKind | None,
    reason: str,
    officer_id: UUID,
) -> LegalHold:
    """Keep what is recorded of a person, or one kind of it, from now on and wherever it is.

    What is recorded of somebody whose record is part of theirs, or theirs of, is kept with it.
    Raises Invalid without a reason, NotPermitted for oneself.
    """
    pause(session)
    person_id = survivor_of(session, person_id)
    hold = LegalHold(
        person_id=person_id,
        organisation_id=organisation_id,
        kind=kind,
        reason=_checked(session, now, reason, person_id, officer_id),
        placed_by=officer_id,
        placed_at=now,
    )
    session.add(hold)
    session.flush()
    _note(session, Event.HOLD_PLACED, hold, hold.reason, officer_id, now)
    return hold


def lift(session: Session, now: datetime, *, hold: LegalHold, reason: str, officer_id: UUID) -> None:
    """Let the rules hold again. Raises what ``place`` raises, and Conflict when somebody was quicker."""
    words = _checked(session, now, reason, hold.person_id, officer_id)
    lifted = session.execute(
        update(LegalHold)
        .where(col(LegalHold.id) == hold.id, col(LegalHold.lifted_at).is_(None))
        .values(lifted_at=now, lifted_by=officer_id, lifted_reason=words)
        .execution_options(synchronize_session=False)
    )
    if lifted.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has lifted this hold meanwhile.")
    session.refresh(hold)
    _note(session, Event.HOLD_LIFTED, hold, words, officer_id, now)


def get(session: Session, hold_id: UUID, organisation_ids: Collection[UUID]) -> LegalHold:
    """A hold of one of these organisations. Raises NotFound."""
    hold = session.get(LegalHold, hold_id)
    if hold is None or hold.organisation_id not in organisation_ids:
        raise NotFound("There is no such hold.")
    return hold


def lasting(session: Session, organisation_ids: Collection[UUID]) -> Sequence[LegalHold]:
    """The holds that these organisations have placed and not lifted, the oldest first."""
    query = select(LegalHold).where(
        col(LegalHold.organisation_id).in_(organisation_ids), col(LegalHold.lifted_at).is_(None)
    )
    return session.exec(query.order_by(col(LegalHold.id))).all()


def _checked(session: Session, now: datetime, reason: str, person_id: UUID, officer_id: UUID) -> str:
    if are_one(session, officer_id, person_id, now):
        raise NotPermitted("This is about yourself, so another data protection officer must decide on it.")
    words = reason.strip()
    if not words:
        raise Invalid("Enter the reason.", field="reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON} characters or fewer.", field="reason")
    return words


def _note(
    session: Session, event: Event, hold: LegalHold, words: str, officer_id: UUID, now: datetime
) -> None:
    """Without the person: who is told what the trail says of them need not learn of a dispute here."""
    append(
        session,
        event,
        Initiator.person(officer_id),
        now,
        organisation_id=hold.organisation_id,
        details={"hold_id": str(hold.id)},
        personal={"reason": words},
    )
