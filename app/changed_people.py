"""Whose access may have changed: the facts and rules that began, ended or were recorded since a moment."""

from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, true, union
from sqlmodel import Session, col

from identity.sessions.models import SessionClient
from profiles.apps.models import AccessRule, Agreement
from profiles.clearances.models import Clearance, ClearanceCaveat, ClearanceLimit, Sponsorship
from profiles.clearances.validity import last_decided
from profiles.employments.models import Posting
from profiles.entitlements.models import Entitlement
from profiles.loads import Load
from profiles.organisations.models import LocalGrade, OrganisationDetail
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, civil_date

LOOKED_UP_AT_ONCE = 500

ABOUT_A_PERSON: tuple[
    type[Posting | Clearance | Sponsorship | ClearanceCaveat | Entitlement | AccountSuspension], ...
] = (
    Posting,
    Clearance,
    Sponsorship,
    ClearanceCaveat,
    Entitlement,
    AccountSuspension,
)
ABOUT_AN_APP: tuple[type[AccessRule | Agreement], ...] = (AccessRule, Agreement)
ABOUT_EVERYBODY: tuple[type[Fact], ...] = (OrganisationDetail, LocalGrade, ClearanceLimit)

LIVE = col(SessionClient.ended_at).is_(None)


def changed_people(session: Session, since: datetime, now: datetime) -> list[UUID]:
    """The people with a live session at an app whose access may have changed after ``since``, up to ``now``.

    It has when a fact began, ended, was recorded or superseded, or its load was published.
    """
    if any(_any_changed(session, model, since, now) for model in ABOUT_EVERYBODY):
        return sorted(with_live_session(session, true()))
    found: set[UUID] = set()
    changed = iter(session.execute(union(*_changed_persons(session, since, now))).scalars().all())
    while some := list(islice(changed, LOOKED_UP_AT_ONCE)):
        found |= with_live_session(session, col(SessionClient.person_id).in_(some))
    for model in ABOUT_AN_APP:
        apps = session.execute(select(col(model.app_id)).where(_changed(model, since, now))).scalars().all()
        if apps:
            found |= with_live_session(session, col(SessionClient.app_id).in_(apps))
    return sorted(found)


def recorded_people(session: Session, since: datetime, now: datetime) -> list[UUID]:
    """Those of them of whom something was recorded after ``since``, whatever the day from which it is so."""
    found: set[UUID] = set()
    changed = iter(session.execute(union(*_recorded_persons(session, since, now))).scalars().all())
    while some := list(islice(changed, LOOKED_UP_AT_ONCE)):
        found |= with_live_session(session, col(SessionClient.person_id).in_(some))
    return sorted(found)


def with_live_session(session: Session, which: ColumnElement[bool]) -> set[UUID]:
    """Those of these people who have a session at an app that has not ended."""
    return set(session.execute(select(col(SessionClient.person_id)).where(LIVE, which)).scalars())


def _changed_persons(session: Session, since: datetime, now: datetime) -> list[Select[Any]]:
    """For each kind of fact, whom it is about; each query stays on the indexes of its table."""
    persons: list[Select[Any]] = [
        select(col(model.person_id)).where(_changed(model, since, now)) for model in ABOUT_A_PERSON
    ]
    persons += _published(session, since, now)
    if civil_date(since) != civil_date(now):
        # Usable through the civil day ``expires_on``, so it ends when the next day begins.
        expiry = col(Clearance.expires_on)
        expired = and_(expiry >= civil_date(since), expiry < civil_date(now))
        persons.append(select(col(Clearance.person_id)).where(expired))
        for level, years in session.execute(
            select(col(ClearanceLimit.level), col(ClearanceLimit.years)).distinct()
        ):
            decided = col(Clearance.decided_on)
            too_old = and_(
                decided > last_decided(civil_date(since), years),
                decided <= last_decided(civil_date(now), years),
            )
            persons.append(select(col(Clearance.person_id)).where(col(Clearance.level) == level, too_old))
    return persons


def _recorded_persons(session: Session, since: datetime, now: datetime) -> list[Select[Any]]:
    persons: list[Select[Any]] = [
        select(col(model.person_id)).where(
            or_(_within(col(model.recorded_at), since, now), _within(col(model.superseded_at), since, now))
        )
        for model in ABOUT_A_PERSON
    ]
    return persons + _published(session, since, now)


def _published(session: Session, since: datetime, now: datetime) -> list[Select[Any]]:
    loads = select(col(Load.id)).where(_within(col(Load.published_at), since, now))
    if not (found := session.execute(loads).scalars().all()):
        return []
    return [select(col(model.person_id)).where(col(model.load_id).in_(found)) for model in ABOUT_A_PERSON]


def _changed(model: type[Fact], since: datetime, now: datetime) -> ColumnElement[bool]:
    moments = (model.valid_from, model.valid_to, model.recorded_at, model.superseded_at)
    return or_(*(_within(col(moment), since, now) for moment in moments))


def _within(moment: Any, since: datetime, now: datetime) -> ColumnElement[bool]:
    return and_(moment > since, moment <= now)


def _any_changed(session: Session, model: type[Fact], since: datetime, now: datetime) -> bool:
    found = select(literal(1)).where(_changed(model, since, now)).limit(1)
    return session.execute(found).first() is not None
