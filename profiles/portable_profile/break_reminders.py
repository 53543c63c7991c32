"""HR is told, once, that the day on which somebody was expected back has passed; nothing else happens."""

from datetime import datetime

from sqlmodel import Session, col, exists, select

from profiles.employments.breaks import is_overdue
from profiles.employments.models import CareerBreak, CareerBreakReminder
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import as_of, civil_date

SUBJECT = "A career break is past its expected end"


def remind(session: Session, now: datetime, limit: int) -> bool:
    """Write to the HR officers of so many breaks at most; True when there may be more.

    Nobody is named: whose break it is stands on the page.
    """
    told = exists().where(
        col(CareerBreakReminder.career_break_id) == col(CareerBreak.fact_id),
        col(CareerBreakReminder.return_on) == col(CareerBreak.return_on),
    )
    due = (
        select(CareerBreak)
        .where(
            as_of(CareerBreak, now, now),
            is_overdue(now),
            ~told,
        )
        .order_by(col(CareerBreak.id))
        .limit(limit)
    )
    found = session.exec(due).all()
    for one in found:
        session.add(
            CareerBreakReminder(career_break_id=one.fact_id, return_on=one.return_on, reminded_at=now)
        )
        _tell(session, one, now)
    return len(found) == limit


def _tell(session: Session, career_break: CareerBreak, now: datetime) -> None:
    organisation = organisations.get(session, career_break.organisation_id, now).name
    body = (
        f"Somebody of {organisation} was expected back from a career break on "
        f"{career_break.return_on:%-d %B %Y}, and no return is recorded. Until it is, nothing opens.\n\n"
        "To look at it, sign in to Lanyard and open People, On a career break. Record the return, or the day "
        "on which they are expected now.\n\n"
        f"Sent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    )
    for officer_id in who_may(session, Permission.CHANGE_RECORDS, career_break.organisation_id, now):
        addresses = addresses_of(session, officer_id, now)
        if addresses and career_break.person_id not in one_with(session, officer_id, now):
            send_mail(session, addresses[-1], SUBJECT, body, now=now, person_id=officer_id)
