"""What an officer may know of who uses an app: by name their own organisations' people, of others numbers.

Nobody can list people by high clearance: where a rule of the app asks for one, nobody is named. Whoever is
marked sensitive is in no list.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.entitlements.facts import AppRules
from profiles.entitlements.who_may_use import Roles, who_may_use
from profiles.people.models import PersonName
from profiles.people.sensitive import is_listed
from profiles.temporal import INSTANT, as_of, end_of_day, start_of_day

HIGH = (ClearanceLevel.DV, ClearanceLevel.EDV)
_FAMILY_NAME = ("family_name", "given_names", "known_as")


@dataclass(frozen=True)
class UserSeen:
    """Somebody of the officer's organisations, where they work, and their roles before and after a day.

    Where no day is asked about ``before`` and ``after`` are the same. Roles are empty while they may not use
    the app, and while they do not work at these organisations, which is all that the officer may know.
    """

    person_id: UUID
    family_name: str
    given_name: str
    organisation_id: UUID
    before: Roles
    after: Roles


def asks_for_high_clearance(rules: AppRules, *moments: datetime) -> bool:
    """Whether who may use the app at one of these moments tells who is highly cleared."""
    return any(rule.least_clearance in HIGH and any(rule.holds(at) for at in moments) for rule in rules.rules)


def asks_for_clearance(rules: AppRules, *moments: datetime) -> bool:
    """Whether who may use the app at one of these moments tells who is cleared."""
    return any(
        rule.least_clearance is not None and any(rule.holds(at) for at in moments) for rule in rules.rules
    )


def users_at(
    session: Session, app_id: UUID, organisation_ids: Collection[UUID], at: datetime, known_at: datetime
) -> list[UserSeen]:
    """Whoever of these organisations may use the app at ``at``, by family name."""
    return _seen(session, app_id, organisation_ids, at, at, known_at)


def users_changed_on(
    session: Session, app_id: UUID, organisation_ids: Collection[UUID], day: date, known_at: datetime
) -> list[UserSeen]:
    """Whoever of these organisations has other roles at the end of a civil day than before it."""
    before, after = start_of_day(day) - INSTANT, end_of_day(day) - INSTANT
    found = _seen(session, app_id, organisation_ids, before, after, known_at)
    return [one for one in found if one.before != one.after]


def numbers_at(session: Session, app_id: UUID, at: datetime, known_at: datetime) -> Mapping[UUID, int]:
    """How many people of each organisation may use the app at ``at``; whoever works in two counts in both."""
    users = who_may_use(session, app_id, at, known_at)
    postings = select(col(Posting.person_id), col(Posting.organisation_id)).where(
        as_of(Posting, at, known_at)
    )
    rows = session.connection().execute(postings.distinct())
    return Counter(organisation_id for person_id, organisation_id in rows if person_id in users)


def _seen(
    session: Session,
    app_id: UUID,
    organisation_ids: Collection[UUID],
    before: datetime,
    after: datetime,
    known_at: datetime,
) -> list[UserSeen]:
    found: dict[UUID, UserSeen] = {}
    for at in dict.fromkeys((before, after)):
        users = who_may_use(session, app_id, at, known_at)
        for person_id, organisation_id, family_name, given_names, known_as in _people(
            session, organisation_ids, at, known_at
        ):
            roles = users.get(person_id)
            if roles is None:
                continue
            earlier = found.get(person_id)
            found[person_id] = UserSeen(
                person_id,
                family_name,
                known_as or given_names,
                organisation_id,
                roles if at == before else earlier.before if earlier else (),
                roles if at == after else (),
            )
    return sorted(found.values(), key=lambda one: (one.family_name.casefold(), one.given_name, one.person_id))


def _people(
    session: Session, organisation_ids: Collection[UUID], at: datetime, known_at: datetime
) -> list[tuple[UUID, UUID, str, str, str]]:
    """Who works at these organisations at ``at``, with their name of then."""
    names = (col(getattr(PersonName, name)) for name in _FAMILY_NAME)
    query = (
        select(col(Posting.person_id), col(Posting.organisation_id), *names)
        .join_from(Posting, PersonName, col(PersonName.person_id) == col(Posting.person_id))
        .where(
            col(Posting.organisation_id).in_(sorted(organisation_ids)),
            as_of(Posting, at, known_at),
            as_of(PersonName, at, known_at),
            is_listed(col(Posting.person_id), known_at),
        )
        .order_by(col(Posting.id))
    )
    return [tuple(row) for row in session.connection().execute(query)]
