"""Where one officer alone must not help somebody to a way of signing in, a security officer allows it first.

That is so during a move, and for a code for somebody who has signed in before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from identity.federation import linking_codes
from identity.forgetting import forget
from identity.recovery import service
from identity.recovery.models import HelpAllowance
from identity.sign_in import alerts
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import NotPermitted
from profiles.roles.parties import are_one
from profiles.sign_in.service import addresses_around, organisation_name

GOOD_FOR = timedelta(hours=72)


@dataclass(frozen=True)
class Allowed:
    """Until when help is allowed, and who allowed it."""

    until: datetime
    officer_id: UUID


def allow(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    organisation_id: UUID,
    officer_id: UUID,
    is_moving: bool = True,
) -> datetime:
    """Let this organisation's HR help the person, and tell every address around the move; until when.

    Raises NotPermitted to an officer who allows it for themselves, or for whom they stand in for.
    """
    if are_one(session, officer_id, person_id, now):
        raise NotPermitted("A colleague must allow help for you.")
    allowed = HelpAllowance(
        person_id=person_id,
        organisation_id=organisation_id,
        allowed_by=officer_id,
        allowed_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(allowed)
    session.flush()
    append(
        session,
        Event.HELP_ALLOWED,
        Initiator.person(officer_id),
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"allowance_id": str(allowed.id)},
    )
    whose = organisation_name(session, organisation_id, now)
    begins = "You are moving between departments. " if is_moving else ""
    what = (
        f"{begins}A security officer has allowed HR of {whose} to help you to a "
        f"new way of signing in to Lanyard, within {GOOD_FOR // timedelta(days=1)} days."
    )
    alerts.tell(
        session,
        person_id,
        "You may be helped to sign in",
        what,
        now,
        what_to_do="If you did not ask for help, tell your security officer at once"
        + (", at both departments." if is_moving else "."),
        addresses=addresses_around(session, person_id, now),
    )
    return allowed.expires_at


def find_allowed(
    session: Session, person_id: UUID, organisation_id: UUID, now: datetime, *, to: UUID
) -> Allowed | None:
    """That this officer may help the person; None when nobody but they themselves has allowed it.

    What is allowed is over once it has helped: nobody adds another way in beside the person's.
    """
    found = select(col(HelpAllowance.expires_at), col(HelpAllowance.allowed_by)).where(
        col(HelpAllowance.person_id) == person_id,
        col(HelpAllowance.organisation_id) == organisation_id,
        col(HelpAllowance.allowed_by) != to,
        col(HelpAllowance.expires_at) > now,
    )
    helped = (
        linking_codes.find_last_spent(session, person_id),
        service.find_last_completed(session, person_id),
    )
    for moment in filter(None, helped):
        found = found.where(col(HelpAllowance.allowed_at) > moment)
    latest = found.order_by(col(HelpAllowance.expires_at).desc()).limit(1)
    row = session.execute(latest).one_or_none()
    return Allowed(row.expires_at, row.allowed_by) if row else None


def end_open(session: Session, person_id: UUID, now: datetime) -> None:
    """Let nobody help the person by what was allowed before."""
    session.execute(
        update(HelpAllowance)
        .where(col(HelpAllowance.person_id) == person_id, col(HelpAllowance.expires_at) > now)
        .values(expires_at=now)
    )


def forget_expired(session: Session, now: datetime, limit: int) -> bool:
    """Forget at most ``limit`` that allow nothing any more; True when there may be more."""
    return forget(session, HelpAllowance, HelpAllowance.expires_at, now, limit)
