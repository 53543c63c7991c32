"""What lists call people: whoever is marked sensitive is in none by name, except in their own."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.merges.unions import survivor_of
from profiles.people.sensitive import sensitive_among
from profiles.people.service import display_name, last_name_of
from profiles.portable_profile.employers import employers_part, periods_in
from profiles.portable_profile.kinds import Kind
from profiles.roles.permissions import Permission


def unlisted(session: Session, person_ids: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Those of these people whom lists do not name to the reader."""
    return sensitive_among(session, person_ids, at) - {signed_in_person()}


def not_named() -> str:
    """What stands in the place of such a name: the work that waits leads to the person all the same."""
    return _("Not named in lists")


def known_name(session: Session, person_id: UUID, at: datetime) -> str:
    """What to call somebody of whom something is kept, whoever they have become.

    Whose record is part of another's is called as the other, and who has no name now by their last one.
    Raises NotFound.
    """
    return display_name(last_name_of(session, survivor_of(session, person_id), at))


def employers_name(session: Session, person_id: UUID, now: datetime, before: datetime) -> str:
    """What the reader's organisations know somebody by: who has left them is called as when they left.

    Whom they never had is called as it was known at ``before``. Raises NotFound.
    """
    whom, mine = survivor_of(session, person_id), permissions().organisations(Permission.SEE_PEOPLE)
    try:
        periods = periods_in(session, whom, mine, now)
    except NotFound:
        return known_name(session, person_id, before)
    at = periods.shown_at(now)
    if at >= now:
        return known_name(session, person_id, now)
    part = employers_part(session, whom, permissions(), valid_at=at, known_at=now, now=now)
    names = part.facts[Kind.NAME]
    return display_name(names[0]) if names else known_name(session, person_id, at)


def listed_name(session: Session, person_id: UUID, at: datetime) -> str:
    """What a list calls somebody. Raises NotFound."""
    if unlisted(session, {person_id, survivor_of(session, person_id)}, at):
        return not_named()
    return known_name(session, person_id, at)
