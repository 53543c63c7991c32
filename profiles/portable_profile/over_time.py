"""Posts and pay over time, as an employer keeps them of its own, and the gaps between them.

A gap is a time in which the employment went on, nobody was on a career break, and one entry had ended before
another began, or before the employment did. It is nobody's mistake by itself: HR decides what was so then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.employments.models import CareerBreak, Employment, Posting, PostingKind
from profiles.pay.models import PayAllowance, PayRecord
from profiles.portable_profile.employers import periods_in
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import Fact, Span, history, known


@dataclass(frozen=True)
class Gap:
    """No home post, or no pay, under an employment from ``span``'s beginning until its end, if it has one."""

    kind: Kind
    person_id: UUID
    organisation_id: UUID
    span: Span


@dataclass(frozen=True)
class OverTime:
    """What an employer keeps, past, present and to come, the oldest first."""

    posts: Sequence[Posting]
    pay: Sequence[PayRecord]
    allowances: Sequence[PayAllowance]
    gaps: Sequence[Gap]


def over_time(session: Session, person_id: UUID, allowed: Permissions, known_at: datetime) -> OverTime:
    """What somebody with these permissions sees of one person. Raises NotFound where they never worked there.

    Of another organisation's posts and pay nothing is told, nor of the time of its employments.
    """
    mine = allowed.organisations(Permission.SEE_PEOPLE)
    periods_in(session, person_id, mine, known_at)
    paying = mine & allowed.organisations(Permission.SEE_PAY)

    def own(model: Any, places: frozenset[UUID]) -> list[Any]:
        found = history(session, model, known_at, person_id=person_id)
        return [one for one in found if one.organisation_id in places]

    posts, pay = own(Posting, mine), own(PayRecord, paying)
    home = [one for one in posts if one.kind is PostingKind.HOME]
    employments, breaks = own(Employment, mine), own(CareerBreak, mine)
    gaps = [
        *_gaps(Kind.POSTING, home, employments, breaks),
        *_gaps(Kind.PAY, pay, employments, breaks),
    ]
    return OverTime(posts, pay, own(PayAllowance, paying), gaps)


def _gaps(
    kind: Kind, entries: Sequence[Any], employments: Sequence[Employment], breaks: Sequence[CareerBreak]
) -> list[Gap]:
    found: list[Gap] = []
    for employment_id in dict.fromkeys(one.employment_id for one in entries):
        ends = [one.valid_to for one in employments if one.fact_id == employment_id]
        if not ends:
            continue
        held = [one for one in entries if one.employment_id == employment_id]
        covered = [*held, *(one for one in breaks if one.employment_id == employment_id)]
        until = None if None in ends else max(one for one in ends if one is not None)
        found += [
            Gap(kind, held[0].person_id, held[0].organisation_id, one)
            for one in spans_between(covered, until, since=held[0].valid_from)
        ]
    return found


def spans_between(covered: Iterable[Fact], until: datetime | None, *, since: datetime) -> list[Span]:
    """What is left between these facts from ``since`` until ``until``, or for good."""
    found: list[Span] = []
    reached: datetime | None = since
    for one in sorted(covered, key=lambda each: each.valid_from):
        if reached is None or (until is not None and reached >= until):
            break
        if one.valid_from > reached:
            ends = one.valid_from if until is None else min(one.valid_from, until)
            found.append(Span(valid_from=reached, valid_to=ends))
        reached = None if one.valid_to is None else max(reached, one.valid_to)
    if reached is not None and (until is None or reached < until):
        found.append(Span(valid_from=reached, valid_to=until))
    return found


@dataclass(frozen=True)
class GapAfter:
    """A gap that begins when an entry ends; ``id`` is that entry's."""

    id: UUID
    kind: Kind
    person_id: UUID
    organisation_id: UUID
    employment_id: UUID
    begins: datetime


def gaps_since(
    session: Session,
    places: Mapping[Kind, Collection[UUID]],
    since: datetime,
    now: datetime,
    *,
    after: UUID | None = None,
    limit: int,
) -> list[GapAfter]:
    """The gaps in everybody's posts and pay that begin after ``since``, the newest first.

    ``places`` says of which organisations, by kind. ``after`` is the entry before the gap behind which the
    list goes on; one that is not there is the beginning.
    """
    last = next((one for kind in places if after and (one := session.get(MODELS[kind], after))), None)
    behind = (last.valid_to, last.id) if last is not None and last.valid_to is not None else None
    found = [
        one
        for kind, organisation_ids in places.items()
        for one in _gaps_since(session, kind, organisation_ids, since, now, behind, limit)
    ]
    found.sort(key=lambda one: one.id)
    return sorted(found, key=lambda one: one.begins, reverse=True)[:limit]


def _gaps_since(
    session: Session,
    kind: Kind,
    organisation_ids: Collection[UUID],
    since: datetime,
    now: datetime,
    behind: tuple[datetime, UUID] | None,
    limit: int,
) -> list[GapAfter]:
    model: Any = MODELS[kind]
    other, ends = aliased(model), col(model.valid_to)
    home = [col(one.kind) == PostingKind.HOME for one in (model, other) if kind is Kind.POSTING]

    def covers(one: Any, begins_by: Any) -> list[Any]:
        lasts = or_(col(one.valid_to).is_(None), col(one.valid_to) > begins_by)
        return [known(one, now), col(one.valid_from) <= begins_by, lasts]

    query = select(
        model.id, model.person_id, model.organisation_id, model.employment_id, model.valid_to
    ).where(
        known(model, now),
        col(model.organisation_id).in_(organisation_ids),
        ends > since,
        exists().where(col(Employment.fact_id) == col(model.employment_id), *covers(Employment, ends)),
        ~exists().where(
            col(other.employment_id) == col(model.employment_id), *covers(other, ends), *home[1:]
        ),
        ~exists().where(
            col(CareerBreak.employment_id) == col(model.employment_id), *covers(CareerBreak, ends)
        ),
    )
    if behind is not None:
        begins, own_id = behind
        query = query.where(or_(ends < begins, and_(ends == begins, col(model.id) > own_id)))
    found = session.execute(query.where(*home[:1]).order_by(ends.desc(), col(model.id)).limit(limit))
    return [GapAfter(one[0], kind, *one[1:]) for one in found]


def gap_of(session: Session, after: GapAfter, now: datetime) -> Gap:
    """The same with its end."""
    where = {"employment_id": after.employment_id}
    later: list[Any] = [*history(session, MODELS[after.kind], now, **where)]
    later = [one for one in later if getattr(one, "kind", None) is not PostingKind.HOST]
    later += history(session, CareerBreak, now, **where)
    ends = [one.valid_to for one in history(session, Employment, now, fact_id=after.employment_id)]
    until = None if None in ends else max((one for one in ends if one is not None), default=None)
    coming = [one for one in later if one.valid_from > after.begins]
    span = spans_between(coming, until, since=after.begins)[0]
    return Gap(after.kind, after.person_id, after.organisation_id, span)
