"""What becomes of ways in when two records become one, and when they become two again.

A ``sub`` is never given to another record: an app that knew both knows the survivor as before, and the other
again after a split. What opened the merged record opens nothing meanwhile, because nobody works there.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.federation import linking_codes, links
from identity.recovery import allowances
from identity.recovery import service as recoveries
from identity.sessions import service as sessions
from identity.sign_in import (
    invitations,
    known_browsers,
    one_time_codes,
    passkeys,
    passwords,
    recovery_codes,
)
from profiles.audit.service import Initiator

UNITED = "The record was united with another"
SEPARATED = "The record was separated from another"


def close(session: Session, survivor_id: UUID, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """End whatever opens, or would open, a record that is part of another from now on.

    Its departments' accounts are free to be linked with the survivor's; passkeys and a password stay, for the
    day on which it turns out to be somebody else's. Recoveries and help for either are over: whoever gave
    them knew another record.
    """
    _end_given(session, (survivor_id, person_id), now, initiator)
    invitations.end_open(session, person_id, now)
    linking_codes.end_open(session, person_id, now)
    links.end_all(session, person_id, now, UNITED, initiator)
    sessions.end_all(session, person_id, now, UNITED, initiator)
    known_browsers.forget_all(session, person_id, now, initiator)


def separate(
    session: Session, survivor_id: UUID, other_id: UUID, since: datetime, now: datetime, initiator: Initiator
) -> None:
    """End every session of the survivor, and every way in that was added ``since``: it may be the other's.

    The other has back the departments' accounts that opened their record before, unless they open another
    or were locked. Recoveries and help for either are over.
    """
    _end_given(session, (survivor_id, other_id), now, initiator)
    invitations.end_open(session, survivor_id, now)
    linking_codes.end_open(session, survivor_id, now)
    for passkey_id in passkeys.added_since(session, survivor_id, since):
        passkeys.remove(session, survivor_id, passkey_id, now, initiator=initiator)
    password = passwords.find_stored(session, survivor_id)
    if password is not None and password.set_at >= since:
        passwords.forget(session, survivor_id, now, initiator)
    if one_time_codes.were_begun_since(session, survivor_id, since):
        one_time_codes.turn_off(session, survivor_id, now, initiator=initiator)
        one_time_codes.forget_unconfirmed(session, survivor_id)
    recovery_codes.forget_made_since(session, survivor_id, since)
    for link_id in links.added_since(session, survivor_id, since):
        links.end(session, link_id, now, SEPARATED, initiator=initiator)
    sessions.end_all(session, survivor_id, now, SEPARATED, initiator)
    known_browsers.forget_all(session, survivor_id, now, initiator)
    links.restore(session, other_id, since, now, initiator)


def _end_given(session: Session, people: tuple[UUID, UUID], now: datetime, initiator: Initiator) -> None:
    """End what helps somebody to a new way in, and was meant for the records as they were."""
    for person_id in people:
        recoveries.end_open(session, person_id, now, initiator)
        allowances.end_open(session, person_id, now)
