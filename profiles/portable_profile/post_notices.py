"""The mails about a change of post: to whom it is about, and to their line managers, old and new."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import Posting, PostingKind
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.posts import first_day_of
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import INSTANT, civil_date, current

_WHAT = {
    Action.CHANGE_POST: "changes on {day}",
    Action.CORRECT_POST: "was corrected: the change is on {day}",
    Action.TAKE_BACK_POST: "does not change on {day}: that was taken back",
}


def managers_before(session: Session, wanted: Wanted, now: datetime) -> frozenset[UUID]:
    """Who manages the post that is to be changed, on its first day and the day before."""
    held: Posting = get_version(session, Kind.POSTING, wanted.version_id, wanted.person_id, now)
    at = first_day_of(session, wanted, now)
    found = {_manager(session, held.employment_id, one, now) for one in (at - INSTANT, at)}
    return frozenset(one for one in {held.line_manager_id, *found} if one is not None)


def tell(
    session: Session,
    wanted: Wanted,
    posting: Posting,
    before: frozenset[UUID],
    first_day: datetime,
    now: datetime,
) -> None:
    """Tell the person, and who manages them from then on or does no longer; nothing beyond the name."""
    name = display_name(name_of(session, wanted.person_id, now))
    organisation = organisations.get(session, posting.organisation_id, now).name
    what = _WHAT[wanted.action].format(day=f"{civil_date(first_day):%-d %B %Y}")
    text = (
        f"{name}, your post at {organisation} {what}.\n\nTo see it, sign in to Lanyard and open your profile."
    )
    _mail(session, wanted.person_id, "Your post", text, now)
    manager_id = _manager(session, posting.employment_id, first_day, now)
    managers = before if manager_id is None else before | {manager_id}
    for one in sorted(managers - {wanted.person_id}):
        if one == manager_id:
            role = "You are their line manager from then on." if one not in before else ""
        else:
            role = "You are not their line manager from then on."
        said = f"The post of {name} at {organisation} {what}. {role}".strip()
        _mail(session, one, f"The post of {name}", f"{said}\n\nTheir HR team can tell you more.", now)


def _manager(session: Session, employment_id: UUID, at: datetime, now: datetime) -> UUID | None:
    where = {"employment_id": employment_id, "kind": PostingKind.HOME}
    posts = current(session, Posting, at, now, **where)
    return next((one.line_manager_id for one in posts), None)


def _mail(session: Session, person_id: UUID, subject: str, text: str, now: datetime) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        body = f"{text}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
