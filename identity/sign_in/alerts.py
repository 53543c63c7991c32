"""Mails that tell a person what has changed in how their account is opened."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.outbox.service import send_mail
from profiles.sign_in.service import known_addresses


def tell(session: Session, person_id: UUID, subject: str, what: str, now: datetime) -> None:
    """Tell every address that is the person's now. ``what`` is a whole sentence and holds no secret."""
    body = f"{what}\n\nIf this was not you, tell your service desk and your security officer at once.\n"
    for address in known_addresses(session, person_id, now):
        send_mail(session, address, subject, body, now=now, person_id=person_id)
