"""What an organisation sees of a profile: its own part of its own periods, and nothing of anybody else's.

The old employer loses the live view when the person leaves, and keeps the record of its own period: what it
recorded, and of the person themselves what was known when they left, or when it first told of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting
from profiles.entitlements.service import rules_of
from profiles.errors import NotFound
from profiles.portable_profile.kinds import OF_ABSENCE, OF_PAY, OF_THE_PERSON, OF_VETTING, Kind
from profiles.portable_profile.reading import Profile, profile_as_of
from profiles.portable_profile.versions import versions_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import INSTANT, Fact, Span, first_known, known

_HIDDEN = "There is no such person in your organisation."

NEEDS: dict[Kind, Permission] = {
    Kind.BIRTH_DATE: Permission.SEE_BIRTH_DATES,
    Kind.IDENTITY_PROOFING: Permission.SEE_BIRTH_DATES,
    Kind.ROLE: Permission.SEE_ACCESS,
    Kind.GRANT: Permission.SEE_ACCESS,
    **dict.fromkeys(OF_PAY, Permission.SEE_PAY),
    **dict.fromkeys(OF_ABSENCE, Permission.SEE_ABSENCE),
    Kind.CLEARANCE: Permission.SEE_CLEARANCES,
    Kind.SPONSORSHIP: Permission.SEE_CLEARANCES,
    Kind.DISPENSATION: Permission.SEE_CLEARANCES,
    Kind.CAVEAT: Permission.MANAGE_CLEARANCES,
    Kind.CLEARANCE_EVENT: Permission.MANAGE_CLEARANCES,
}
"""What seeing a kind needs beside seeing people."""


@dataclass(frozen=True)
class Periods:
    """When somebody is, was or will be posted in some organisations or employed by them.

    ``told_at`` says of each period since when we know of it.
    """

    spans: tuple[Span, ...]
    told_at: tuple[datetime, ...]

    @property
    def last(self) -> Span:
        """The one that goes on longest."""
        return max(self.spans, key=lambda one: (one.valid_to is None, one.valid_to or one.valid_from))

    @property
    def known_until(self) -> datetime | None:
        """The last moment at which these organisations learnt of the person; None without an end.

        It is when the last period ended, or was first recorded where that came after it.
        """
        ends_at = self.last.valid_to
        if ends_at is None:
            return None
        told_at = (at for one, at in zip(self.spans, self.told_at, strict=True) if one.valid_to == ends_at)
        return max(ends_at, min(told_at))

    def shown_at(self, now: datetime) -> datetime:
        """The moment that speaks of them best: now, their first day to come, or the last moment there."""
        if self.hold(now):
            return now
        begins = [one.valid_from for one in self.spans if one.valid_from > now]
        return min(begins) if begins else cast(datetime, self.last.valid_to) - INSTANT

    def hold(self, at: datetime) -> bool:
        """Whether they work there at ``at``."""
        return any(one.holds(at) for one in self.spans)

    def reach(self, fact: Fact) -> bool:
        """Whether they work there for part of the time of ``fact``."""
        return any(
            (one.valid_to is None or fact.valid_from < one.valid_to)
            and (fact.valid_to is None or one.valid_from < fact.valid_to)
            for one in self.spans
        )


def periods_in(
    session: Session, person_id: UUID, organisation_ids: Collection[UUID], known_at: datetime
) -> Periods:
    """When they are posted or employed there. Raises NotFound when they never are."""
    found = [
        row
        for model in (Employment, Posting)
        for row in session.execute(
            select(col(model.valid_from), col(model.valid_to), first_known(model)).where(
                known(model, known_at),
                col(model.person_id) == person_id,
                col(model.organisation_id).in_(organisation_ids),
            )
        )
    ]
    if not found:
        raise NotFound(_HIDDEN)
    spans = tuple(Span(valid_from=begins, valid_to=ends) for begins, ends, _told_at in found)
    return Periods(spans, tuple(told_at for _begins, _ends, told_at in found))


def employers_part(
    session: Session,
    person_id: UUID,
    allowed: Permissions,
    *,
    valid_at: datetime,
    known_at: datetime,
    now: datetime,
) -> Profile:
    """What somebody with these permissions sees of a profile at a point of both time lines.

    Raises NotFound for a day on which the person does not work in one of the organisations.
    """
    mine = allowed.organisations(Permission.SEE_PEOPLE)
    periods = periods_in(session, person_id, mine, now)
    if not periods.hold(valid_at):
        raise NotFound(_HIDDEN)
    profile = profile_as_of(session, person_id, valid_at, known_at)
    until = periods.known_until
    if until is not None and until <= min(now, known_at):
        as_they_left = profile_as_of(session, person_id, valid_at, until, OF_THE_PERSON | OF_VETTING)
        kept = {kind: as_they_left.facts[kind] for kind in OF_THE_PERSON | OF_VETTING}
        profile = replace(profile, facts={**profile.facts, **kept})
    return _part(session, profile, allowed, mine)


def versions_seen(
    session: Session, kind: Kind, fact_id: UUID, profile: Profile, allowed: Permissions, now: datetime
) -> list[Fact]:
    """The versions of a fact that ``profile``, an employer's part, shows: its own all of them.

    Of the person themselves, and of their vetting, an old employer sees what was said until they left; of
    what several organisations have held in turn, each sees its own versions.
    """
    mine = allowed.organisations(Permission.SEE_PEOPLE)
    known_at = now
    if kind in OF_THE_PERSON | OF_VETTING:
        until = periods_in(session, profile.person_id, mine, now).known_until
        known_at = now if until is None else min(now, until)
    return [
        one
        for one in versions_of(session, kind, fact_id, profile.person_id, known_at)
        if getattr(one, "organisation_id", None) in (None, *mine)
    ]


def sees_why(kind: Kind, version: Any, profile: Profile, allowed: Permissions) -> bool:
    """Whether they read why a version was recorded: HR and security there; of pay, whoever sees it."""
    officers = allowed.organisations(Permission.CHANGE_RECORDS) | allowed.organisations(
        Permission.MANAGE_CLEARANCES
    )
    place = getattr(version, "organisation_id", None)
    return kind in OF_PAY or not officers.isdisjoint([place] if place is not None else profile.places)


def _part(session: Session, profile: Profile, allowed: Permissions, mine: frozenset[UUID]) -> Profile:
    facts: dict[Kind, Any] = {}
    where = {kind: mine & allowed.organisations(NEEDS[kind]) if kind in NEEDS else mine for kind in Kind}
    sponsored = {
        one.clearance_id
        for one in profile.facts[Kind.SPONSORSHIP]
        if one.organisation_id in where[Kind.CLEARANCE]
    }
    for kind, rows in profile.facts.items():
        if kind in OF_THE_PERSON:
            facts[kind] = rows if where[kind] else ()
        elif kind is Kind.CLEARANCE:
            facts[kind] = tuple(one for one in rows if one.fact_id in sponsored)
        elif kind in (Kind.CAVEAT, Kind.CLEARANCE_EVENT):
            facts[kind] = tuple(one for one in rows if where[kind] and one.clearance_id in sponsored)
        elif kind is Kind.GRANT:
            facts[kind] = tuple(
                one
                for one in rows
                if rules_of(session, one.app_id, profile.known_at).organisation_id in where[kind]
            )
        else:
            facts[kind] = tuple(one for one in rows if one.organisation_id in where[kind])
    return replace(profile, facts=facts)
