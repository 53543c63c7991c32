"""How many recoveries may be begun: by one officer, and at one organisation, in windows that grow.

Counted in a transaction of its own before the recovery is written, as attempts to sign in are.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from identity.recovery import notices
from identity.sign_in.throttling import Rule, Wait, take_turn
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

_HOUR = timedelta(hours=1)
WINDOWS = tuple(_HOUR * hours for hours in (1, 4, 24))
OFFICER = Rule(5, WINDOWS, timedelta(days=7), quiet=True)
"""An officer on the phone helps some people a week; who needs many more is mistaken or dishonest."""
ORGANISATION = Rule(30, WINDOWS, timedelta(hours=24), quiet=False)


def take(session: Session, officer_id: UUID, organisation_id: UUID, now: datetime) -> Wait | None:
    """Count a recovery that is begun; Wait when it may not be. Security officers hear of the last one."""
    for kind, value, rule in (
        ("recoveries of an officer", officer_id, OFFICER),
        ("recoveries at an organisation", organisation_id, ORGANISATION),
    ):
        taken = take_turn(session, kind, str(value), rule, now)
        if isinstance(taken, Wait):
            return taken
        if taken:
            append(
                session,
                Event.RECOVERIES_LIMITED,
                Initiator.person(officer_id),
                now,
                organisation_id=organisation_id,
                details={"limit": kind},
            )
            notices.limit_reached(session, organisation_id, now)
    return None
