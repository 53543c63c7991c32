"""Whose access a change would turn, and when: by the rules as they are and as they would be.

Nothing is recorded to find out, so that no sign-in waits while a million people are looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from profiles.employments.models import Posting
from profiles.entitlements.facts import AppRules, GradeFact
from profiles.entitlements.preview import Change
from profiles.entitlements.who_may_use import Roles, roles_by
from profiles.organisations.service import tree
from profiles.temporal import known


@dataclass(frozen=True)
class Turn:
    """Somebody's roles at an app before and after; ``at`` is the first instant at which they differ."""

    app_id: UUID
    person_id: UUID
    at: datetime
    before: Roles
    after: Roles

    @property
    def change(self) -> Change:
        """What happens to their access."""
        if not self.before:
            return Change.BEGINS
        return Change.CHANGES if self.after else Change.ENDS


@dataclass(frozen=True)
class Foreseen:
    """Whose access turns, and how many people's posts begin later, of whom nobody can say it yet.

    ``unnamed`` says that a list of these people would be one of people with a high clearance.
    """

    turns: tuple[Turn, ...] = ()
    to_come: int = 0
    unnamed: bool = False
    needs_two: bool | None = None
    """Whether a second officer decides whatever the number is; None lets the number say so."""

    @property
    def people(self) -> int:
        """How many people's access it changes, at the most."""
        return len({one.person_id for one in self.turns}) + self.to_come


def compare(
    session: Session, is_now: AppRules, would_be: AppRules, instants: Iterable[datetime], known_at: datetime
) -> list[Turn]:
    """Who has other roles by one set of an app's rules than by the other, at the first of these instants."""
    found: dict[UUID, Turn] = {}
    for at in sorted(set(instants)):
        before = roles_by(session, is_now, at, known_at)
        after = roles_by(session, would_be, at, known_at)
        for turn in _turns(is_now.app_id, at, before, after):
            found.setdefault(turn.person_id, turn)
    return list(found.values())


def compare_grade(
    session: Session, app: AppRules, grade: GradeFact, at: datetime, known_at: datetime
) -> list[Turn]:
    """Who has other roles at ``at`` if a grade stands for what this one says."""
    before = roles_by(session, app, at, known_at, grade=grade)
    after = roles_by(session, app, at, known_at, grade=grade, supposes=True)
    return _turns(app.app_id, at, before, after)


def _turns(
    app_id: UUID, at: datetime, before: Mapping[UUID, Roles], after: Mapping[UUID, Roles]
) -> list[Turn]:
    return [
        Turn(app_id, person_id, at, before.get(person_id, ()), after.get(person_id, ()))
        for person_id in before.keys() | after.keys()
        if before.get(person_id) != after.get(person_id)
    ]


def posts_to_come(
    session: Session, organisation_id: UUID | None, include_subtree: bool, after: datetime, known_at: datetime
) -> int:
    """How many people's posts begin after an instant, in an organisation and below it, or anywhere."""
    begins = select(func.count(col(Posting.person_id).distinct())).where(
        known(Posting, known_at), col(Posting.valid_from) > after
    )
    if organisation_id is not None:
        where = tree(session, after, known_at).subtree_of(organisation_id) if include_subtree else set[UUID]()
        begins = begins.where(col(Posting.organisation_id).in_(sorted({organisation_id, *where})))
    found: int = session.execute(begins).scalar_one()
    return found
