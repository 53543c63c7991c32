"""The mails to an officer and their deputy, so that neither is so without knowing."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, civil_date

_WHERE = (
    "From the first day on the deputy finds in Lanyard, under “Everything that waits for you”, what moves "
    "ask of the line manager, and people who come back, and does it for them."
)


def named(session: Session, deputy: RoleAssignment, now: datetime) -> None:
    """Tell both from when to when, and what they do not decide for each other."""
    one = "What one of you begins or prepares, the other cannot approve, and for 90 days after the last day."
    more = f"{_WHERE}\n\n{one}" if deputy.role is Role.LINE_MANAGER else one
    _tell_both(session, deputy, "A deputy was named", "will stand in for", more, now)


def ended(session: Session, deputy: RoleAssignment, now: datetime) -> None:
    """Tell both that it is over."""
    _tell_both(session, deputy, "A deputy is one no longer", "no longer stands in for", "", now)


def _tell_both(
    session: Session, deputy: RoleAssignment, subject: str, verb: str, more: str, now: datetime
) -> None:
    if deputy.deputy_of is None or deputy.organisation_id is None or deputy.valid_to is None:
        return
    who, whom = (display_name(name_of(session, one, now)) for one in (deputy.person_id, deputy.deputy_of))
    role = deputy.role.value.replace("_", " ")
    where = organisations.get(session, deputy.organisation_id, now).name
    days = f"{civil_date(deputy.valid_from):%-d %B %Y} to {civil_date(deputy.valid_to - INSTANT):%-d %B %Y}"
    text = f"{who} {verb} {whom} as {role} at {where} ({days})."
    for person_id in (deputy.person_id, deputy.deputy_of):
        _mail(session, person_id, subject, "\n\n".join(filter(None, (text, more))), now)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = (
            f"{text}\n\nIf this surprises you, tell your organisation's security team.\n\n"
            f"Sent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        )
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
