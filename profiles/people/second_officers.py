"""The mail to those who can decide what waits for a second officer: one for each thing.

It says what kind of thing waits, at which organisation and where to look; nobody's name, because whose record
it is stands on the page, and some people are named by no list.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.organisations.reading import names_ever
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of
from profiles.roles.ended import who_answers
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date

SUBJECT = "Something waits for a second officer"


def tell(
    session: Session,
    now: datetime,
    *,
    permission: Permission,
    organisation_id: UUID,
    what: str,
    where: str,
    subject: str = SUBJECT,
    also_at: Collection[UUID] = (),
    except_for: Collection[UUID | None] = (),
) -> None:
    """Tell whoever holds the permission there, but not those who may not decide on it, nor their deputies.

    What is about other organisations too, ``also_at``, is told only to who holds it at each of them.
    ``what`` is a noun phrase such as *a change of a record*, ``where`` the page that leads to it. It goes to
    their newest address; whoever has none finds the same on their pages.
    """
    beyond = [set(who_answers(session, permission, one, now)) for one in also_at if one != organisation_id]
    officers = [
        one
        for one in who_answers(session, permission, organisation_id, now)
        if all(one in them for them in beyond) and one_with(session, one, now).isdisjoint(except_for)
    ]
    tell_each(
        session, now, officers, organisation_id=organisation_id, what=what, where=where, subject=subject
    )


def tell_each(
    session: Session,
    now: datetime,
    officers: Collection[UUID],
    *,
    organisation_id: UUID,
    what: str,
    where: str,
    subject: str = SUBJECT,
) -> None:
    """Tell these, who can decide on it; what it says is as ``tell`` has it."""
    organisation = names_ever(session, now)[organisation_id]
    body = (
        f"{what[:1].upper()}{what[1:]} at {organisation} waits for a second officer, such as you.\n\n"
        f"To look at it, sign in to Lanyard and open {where}.\n\n"
        f"Sent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    )
    for officer_id in officers:
        addresses = addresses_of(session, officer_id, now)
        if addresses:
            send_mail(session, addresses[-1], subject, body, now=now, person_id=officer_id)
