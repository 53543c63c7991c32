"""What a recovery takes away: every way in that the account had, whoever holds it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.federation import linking_codes, links
from identity.sign_in import invitations, known_browsers, methods, passwords
from profiles.audit.service import Initiator

REASON = "The account was recovered"


def remove(session: Session, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """Passwords, passkeys, codes, departments' accounts, links and codes from HR, and known browsers.

    What becomes a way in when it is used goes first: whoever is just using it is waited for, and then what
    they made is there to be removed.
    """
    invitations.end_open(session, person_id, now)
    linking_codes.end_open(session, person_id, now)
    passwords.forget(session, person_id, now, initiator)
    methods.forget_second_factors(session, person_id, now, initiator)
    links.end_all(session, person_id, now, REASON, initiator)
    known_browsers.forget_all(session, person_id, now, initiator)
