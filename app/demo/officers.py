"""Who acts in the demonstration, by their names."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.demo.accounts import ACCOUNTS
from app.demo.people import find_person
from profiles.roles.service import permissions_of


def officer(session: Session, now: datetime, name: str) -> dict[str, Any]:
    """What a service asks of an officer who acts now."""
    officer_id = person(session, name)
    permissions = permissions_of(session, officer_id, now)
    return {"session": session, "now": now, "officer_id": officer_id, "permissions": permissions}


def person(session: Session, name: str) -> UUID:
    """The person of this account. Raises LookupError."""
    account = next(one for one in ACCOUNTS if one.name == name)
    person_id = find_person(session, account)
    if person_id is None:
        raise LookupError(name)
    return person_id
