"""Whose work a concern is: the organisation that answers for what it is about, and its officers."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from profiles.apps.models import App
from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.concerns.models import Concern, ConcernAbout
from profiles.disclosure.models import Disclosure
from profiles.disclosure.withheld import find_withheld
from profiles.employments.service import employment_history
from profiles.errors import Conflict
from profiles.organisations import service as organisations
from profiles.organisations.successions import heirs_of
from profiles.portable_profile.kinds import MODELS, OF_VETTING, Kind
from profiles.portable_profile.vetting import VETTED
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import history

OF_ROLES = frozenset({Kind.ROLE, Kind.GRANT})
"""What neither HR nor security officers change."""


def employers(session: Session, person_id: UUID, now: datetime) -> list[UUID]:
    """Who employs a person, and after these who did, the newest first; without those that have ended."""
    begun = [one for one in employment_history(session, person_id, now) if one.valid_from <= now]
    begun.sort(key=lambda one: (one.valid_to is None or one.valid_to > now, one.valid_from), reverse=True)
    return _there(session, (one.organisation_id for one in begun), now)


def told(session: Session, person_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """The organisations that run an app that was told something, as far as the person may know."""
    apps = select(col(Disclosure.app_id)).where(col(Disclosure.person_id).in_(person_ids))
    running = select(col(App.organisation_id)).where(
        col(App.id).in_(apps), col(App.id).not_in(find_withheld(session, person_ids, now))
    )
    return _there(session, session.execute(running.order_by(col(App.id))).scalars(), now)


def answers_for(session: Session, kind: Kind, fact: Any, now: datetime) -> UUID:
    """The organisation that answers for a fact: who sponsors the clearance, runs the app, or recorded it.

    For one that has ended whoever took over from it answers. What no organisation owns, or one of which
    nothing is left did, the employer answers for, or the last one. Raises Conflict where there is none.
    """
    answering = _there(session, _answering(session, kind, fact, now), now)
    found = answering or employers(session, fact.person_id, now)
    if not found:
        raise Conflict("No organisation that could put it right is there any more.")
    return found[0]


def answers_now(session: Session, concern: Concern, now: datetime) -> UUID | None:
    """The organisation that would answer for it if it was raised now; None where there is none any more."""
    if concern.kind is None or concern.version_id is None:
        found = _there(session, [concern.organisation_id], now) or employers(session, concern.person_id, now)
        return found[0] if found else None
    kind = Kind(concern.kind)
    fact = session.get(MODELS[kind], concern.version_id)
    try:
        return None if fact is None else answers_for(session, kind, fact, now)
    except Conflict:
        return None


def permission_for(about: ConcernAbout, kind: Kind | None) -> Permission:
    """What lets an officer put such a thing right."""
    if about is ConcernAbout.COMPLAINT or kind in OF_ROLES:
        return Permission.ANSWER_QUESTIONS
    return Permission.MANAGE_CLEARANCES if kind in VETTED else Permission.CHANGE_RECORDS


def officers_of(session: Session, concern: Concern, now: datetime) -> list[UUID]:
    """Who is to answer; where nobody else can put it right, the data protection officers."""
    kind = Kind(concern.kind) if concern.kind else None
    own = one_with(session, concern.person_id, now)
    able = who_may(session, permission_for(concern.about, kind), concern.organisation_id, now)
    found = [one for one in able if one not in own]
    return found or data_protection_officers(session, concern, now)


def data_protection_officers(session: Session, concern: Concern, now: datetime) -> list[UUID]:
    """Those of the organisation that answers."""
    return who_may(session, Permission.ANSWER_QUESTIONS, concern.organisation_id, now)


def is_for(permissions: Permissions) -> ColumnElement[bool]:
    """Whether a concern is one that this officer may read and answer.

    Data protection officers answer for all of their organisation's, HR and security officers each for what
    they put right.
    """
    place, kind = col(Concern.organisation_id), col(Concern.kind)
    others = and_(
        col(Concern.about) != ConcernAbout.COMPLAINT, or_(kind.is_(None), kind.not_in(VETTED | OF_ROLES))
    )
    return or_(
        place.in_(permissions.organisations(Permission.ANSWER_QUESTIONS)),
        and_(place.in_(permissions.organisations(Permission.MANAGE_CLEARANCES)), kind.in_(VETTED)),
        and_(place.in_(permissions.organisations(Permission.CHANGE_RECORDS)), others),
    )


def _answering(session: Session, kind: Kind, fact: Any, now: datetime) -> Iterator[UUID]:
    if kind in OF_VETTING:
        clearance_id = fact.fact_id if kind is Kind.CLEARANCE else fact.clearance_id
        for one in reversed(history(session, Sponsorship, now, clearance_id=clearance_id)):
            if one.kind is SponsorshipKind.PRIMARY and one.valid_from <= now:
                yield one.organisation_id
    elif kind is Kind.GRANT:
        yield session.get_one(App, fact.app_id).organisation_id
    elif getattr(fact, "organisation_id", None) is not None:
        yield fact.organisation_id


def _there(session: Session, organisation_ids: Iterable[UUID], now: datetime) -> list[UUID]:
    """Those of them that there are; for one that has ended whoever took over from it."""
    known = organisations.tree(session, now).organisations
    found: list[UUID] = []
    for one in organisation_ids:
        found += [one] if one in known else [each for each in heirs_of(session, one, now) if each in known]
    return list(dict.fromkeys(found))
