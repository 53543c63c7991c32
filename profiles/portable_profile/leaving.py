"""What ends with an employment: everything that rests on it, so that no post or address is left open.

The facts of somebody who works on elsewhere in the same organisation, or at another, stay as they are. Who
works nowhere any more keeps nothing of work, whosever it is: no role on the platform either.

A last day that has come may be corrected to an earlier one. Nobody leaves by that: what began since, by a
move above all, rests on another employment and stays as it is.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.clearances.models import Clearance, Sponsorship
from profiles.clearances.service import as_left
from profiles.clearances.states import AT_LEAVE
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.organisations import service as organisations
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.rules import BY_EMPLOYMENT
from profiles.temporal import Fact, Provenance, end, history, known, record, supersede

OF_A_MOVE = ("transfer:", "bulk-move:")
"""How the sources of facts begin that a move recorded: one that is agreed for later is cancelled."""
_BY_ORGANISATION = (Kind.ADDRESS, Kind.PHONE, Kind.OFFICE, Kind.SPONSORSHIP)


def is_leaving(held: Any, said: Employment) -> bool:
    """Whether an employment ends sooner by what is said now than by what was held."""
    return said.valid_to is not None and (held.valid_to is None or said.valid_to < held.valid_to)


def paid_until(employment: Employment) -> datetime | None:
    """When what is recorded to be paid under an employment ends; what a move carries along it ends itself."""
    return None if employment.source.startswith(OF_A_MOVE) else employment.valid_to


def ending_with(session: Session, employment: Employment, ends_at: datetime, now: datetime) -> list[Fact]:
    """Everything that would still be so after the employment has ended at ``ends_at``, of every kind."""
    ended_at = _ended_at(session, employment, now)
    lives_on = _LivesOn(session, employment.person_id, ends_at, now, ended_at)
    found: list[Fact] = []
    for kind in BY_EMPLOYMENT:
        found += [one for one in lives_on(MODELS[kind]) if one.employment_id == employment.fact_id]
    elsewhere, left = _left_behind(session, lives_on, employment, now)
    others: list[Fact] = []
    for kind in _BY_ORGANISATION:
        others += [one for one in lives_on(MODELS[kind]) if not elsewhere or one.organisation_id in left]
    others += _given(session, lives_on, employment, now)
    found += [one for one in others if ended_at is None or one.valid_from < ended_at]
    found += _cleared(
        lives_on, {one.clearance_id for one in found if isinstance(one, Sponsorship)}, elsewhere
    )
    return sorted(found, key=lambda one: one.id)


def _cleared(lives_on: "_LivesOn", clearance_ids: set[UUID], elsewhere: Collection[UUID]) -> list[Clearance]:
    """Those of these clearances that end too.

    Not what a move took along to a sponsor who has it since, nor what is sponsored where they work on.
    """
    ended_at = lives_on.ended_at
    taken = {
        one.clearance_id
        for one in lives_on(Sponsorship)
        if (ended_at is not None and one.valid_from >= ended_at) or one.organisation_id in elsewhere
    }
    return [
        one
        for one in lives_on(Clearance)
        if one.fact_id in clearance_ids - taken
        and one.status in AT_LEAVE
        and (ended_at is None or one.valid_from < ended_at)
    ]


def _ended_at(session: Session, employment: Employment, now: datetime) -> datetime | None:
    """When the employment ended by what is held of it, where that has come."""
    ends = [one.valid_to for one in history(session, Employment, now, fact_id=employment.fact_id)]
    last = max((one for one in ends if one is not None), default=None)
    return last if last is not None and None not in ends and last <= now else None


def pausing_with(session: Session, employment: Employment, begins: datetime, now: datetime) -> list[Fact]:
    """What ends when a career break begins: posts, pay, roles and grants; clearances and addresses stay."""
    lives_on = _LivesOn(session, employment.person_id, begins, now)
    found: list[Fact] = []
    for kind in (Kind.POSTING, Kind.PAY, Kind.ALLOWANCE):
        found += [one for one in lives_on(MODELS[kind]) if one.employment_id == employment.fact_id]
    found += _given(session, lives_on, employment, now)
    return sorted(found, key=lambda one: one.id)


def sponsored_at(
    session: Session, employment: Employment, at: datetime, now: datetime
) -> Sequence[Sponsorship]:
    """The sponsorships that rest on the employment, and on no other that works, and would go on at ``at``."""
    lives_on = _LivesOn(session, employment.person_id, at, now)
    elsewhere, left = _left_behind(session, lives_on, employment, now, at_work=True)
    return [one for one in lives_on(Sponsorship) if not elsewhere or one.organisation_id in left]


def leave(
    session: Session, employment: Employment, ends_at: datetime, now: datetime, provenance: Provenance
) -> None:
    """End all of it at that instant; a clearance lapses then, and an application for one is cancelled.

    What a move of this employment would begin later never does, whether or not anybody looks at the move. Of
    one that has ended there is no such move any more: only what was its own ends sooner.
    """
    ended_at = _ended_at(session, employment, now)
    for fact in ending_with(session, employment, ends_at, now):
        if isinstance(fact, Clearance):
            _lapse(session, fact, ends_at, now, provenance, ended_at)
        else:
            end(session, fact, ends_at, now, provenance)
    if ended_at is not None:
        return
    for fact in _beginning_by_a_move(session, employment, ends_at, now):
        supersede(session, fact, now, provenance.recorded_by)


def _beginning_by_a_move(
    session: Session, employment: Employment, ends_at: datetime, now: datetime
) -> list[Fact]:
    versions = select(Employment.source).where(col(Employment.fact_id) == employment.fact_id)
    moves = {one for one in session.exec(versions) if one.startswith(OF_A_MOVE)}
    found: list[Fact] = []
    for model in MODELS.values() if moves else ():
        begins = select(model).where(
            known(model, now),
            col(model.superseded_at).is_(None),
            col(getattr(model, "person_id")) == employment.person_id,  # noqa: B009
            col(model.source).in_(moves),
            col(model.valid_from) > max(ends_at, now),
        )
        found += session.exec(begins).all()
    return found


class _LivesOn:
    """Reads a person's facts of a kind that would be so after an instant if nothing happened.

    ``ended_at`` is when the employment that ends has ended before, of one whose last day is corrected.
    """

    def __init__(
        self,
        session: Session,
        person_id: UUID,
        ends_at: datetime,
        now: datetime,
        ended_at: datetime | None = None,
    ) -> None:
        self._session, self._person_id = session, person_id
        self.ends_at, self.ended_at, self._now = ends_at, ended_at, now

    def is_agreed_for_later(self, one: Any) -> bool:
        """Whether a move would begin it that is cancelled with the employment, and has not."""
        begins = max(self.ends_at, self._now)
        return self.ended_at is None and one.source.startswith(OF_A_MOVE) and one.valid_from > begins

    def __call__(self, model: Any) -> Sequence[Any]:
        query = select(model).where(
            known(model, self._now),
            col(model.person_id) == self._person_id,
            or_(col(model.valid_to).is_(None), col(model.valid_to) > self.ends_at),
        )
        return self._session.exec(query.order_by(col(model.id))).all()


def _given(session: Session, lives_on: "_LivesOn", employment: Employment, now: datetime) -> list[Fact]:
    """Roles in Lanyard, and in apps by hand, that rest on no other employment, or on one that pauses."""
    elsewhere, left = _left_behind(session, lives_on, employment, now, at_work=True)
    roles = lives_on(MODELS[Kind.ROLE])
    return [
        *(one for one in roles if not elsewhere or one.organisation_id in left),
        *_grants(session, lives_on(Entitlement), None if not elsewhere else left),
    ]


def _left_behind(
    session: Session, lives_on: "_LivesOn", employment: Employment, now: datetime, *, at_work: bool = False
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Where the person is by another employment, and where this one alone had them.

    ``at_work`` leaves out an employment from which they are, or go, on a career break.
    """
    pausing = frozenset(one.employment_id for one in lives_on(CareerBreak)) if at_work else frozenset()
    elsewhere = _still_at(lives_on, pausing | {employment.fact_id})
    return elsewhere, frozenset(
        organisations.tree(session, now).subtree_of(employment.organisation_id)
    ) - elsewhere


def _still_at(lives_on: _LivesOn, without: Collection[UUID]) -> frozenset[UUID]:
    """The organisations in which the person is employed or posted on, by other employments than these.

    A move that is agreed for later is no other one: it is cancelled with the employment that it would move.
    """
    work = [one for model in (Employment, Posting) for one in lives_on(model)]
    return frozenset(
        one.organisation_id
        for one in work
        if (one.fact_id if isinstance(one, Employment) else one.employment_id) not in without
        and not lives_on.is_agreed_for_later(one)
    )


def _grants(
    session: Session, granted: Sequence[Entitlement], organisation_ids: Collection[UUID] | None
) -> list[Entitlement]:
    """The roles given by hand at these organisations' apps; at all apps for who works nowhere any more."""
    if organisation_ids is None:
        return list(granted)
    theirs = set(session.exec(select(App.id).where(col(App.organisation_id).in_(organisation_ids))))
    return [one for one in granted if one.app_id in theirs]


def _lapse(
    session: Session,
    clearance: Clearance,
    ends_at: datetime,
    now: datetime,
    provenance: Provenance,
    ended_at: datetime | None,
) -> None:
    """Let it lapse then, in the place of what would come; what was decided since ``ended_at`` stands."""
    coming = select(Clearance).where(
        known(Clearance, now),
        col(Clearance.person_id) == clearance.person_id,
        col(Clearance.level) == clearance.level,
        col(Clearance.valid_from) >= ends_at,
        col(Clearance.id) != clearance.id,
    )
    status, until = AT_LEAVE[clearance.status], None
    for one in session.exec(coming.order_by(col(Clearance.valid_from))).all():
        if ended_at is None or one.valid_from < ended_at or one.status is status:
            supersede(session, one, now, provenance.recorded_by)
            until = one.valid_to if ended_at is not None else None
        else:
            until = one.valid_from
            break
    end(session, clearance, ends_at, now, provenance)
    stamp = provenance.stamp(now, max(ends_at, clearance.valid_from), until)
    record(session, as_left(clearance, status, stamp | {"person_id": clearance.person_id}))
