"""What a person can sign in with, over all methods."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.sign_in import one_time_codes, passkeys, passwords, recovery_codes
from profiles.audit.service import Initiator


def has_second_factor(session: Session, person_id: UUID) -> bool:
    """Whether the person has set up more than a password."""
    return one_time_codes.is_on(session, person_id) or bool(passkeys.of_person(session, person_id))


def were_set_up(session: Session, person_id: UUID) -> bool:
    """Whether the person has a password or a passkey, or ever had a passkey."""
    return passwords.find_stored(session, person_id) is not None or passkeys.were_made(session, person_id)


def forget_second_factors(session: Session, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """Remove passkeys and codes of somebody who has lost them all; every address of theirs is told."""
    for passkey in passkeys.of_person(session, person_id):
        passkeys.remove(session, person_id, passkey.id, now, initiator=initiator)
    one_time_codes.turn_off(session, person_id, now, initiator=initiator)
    one_time_codes.forget_unconfirmed(session, person_id)
    recovery_codes.forget(session, person_id)


def has_codes(session: Session, person_id: UUID) -> bool:
    """Whether the person has a code of either kind to type after the password."""
    return one_time_codes.is_on(session, person_id) or recovery_codes.left(session, person_id) > 0
