"""Whoever looks at what a change would do, where a rule asks for a clearance, leaves a trace.

By trying one rule after another somebody could learn who is cleared: small numbers say nothing, an auditor
reads who tried what, and an hour has room for a few tries only.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.service import Wanted, content_of
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict

MOST_AN_HOUR = 20


def note_preview(
    session: Session, wanted: Wanted, foreseen: Foreseen, now: datetime, officer_id: UUID
) -> None:
    """Write down who looked at what, where a clearance decides; nothing of what they saw.

    Raises Conflict when they have looked ``MOST_AN_HOUR`` times within the hour.
    """
    if not foreseen.by_clearance:
        return
    lately = select(func.count()).where(
        col(AuditEntry.event) == Event.ACCESS_POLICY_PREVIEWED,
        col(AuditEntry.initiator) == str(officer_id),
        col(AuditEntry.at) > now - timedelta(hours=1),
    )
    if session.execute(lately).scalar_one() >= MOST_AN_HOUR:
        raise Conflict(
            f"A rule of the app asks for a clearance, and you have looked at {MOST_AN_HOUR} such changes "
            "within an hour. Try again in an hour."
        )
    append(
        session,
        Event.ACCESS_POLICY_PREVIEWED,
        Initiator.person(officer_id),
        now,
        person_id=wanted.person_id,
        organisation_id=wanted.organisation_id(session),
        app_id=getattr(wanted, "app_id", None),
        details={"kind": wanted.kind.value, "action": wanted.action.value, "wanted": content_of(wanted)},
    )
