"""Finds people of organisations: who works there, who begins later, who has left, who has no post.

Nobody outside the organisations is found, counted or hinted at, and nobody who is marked sensitive but by
their whole employment number. Who has left is found by the name that was known when they left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select, true, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.employments.models import Employment, Posting, PostingKind
from profiles.people.models import PersonName, WorkAddress
from profiles.people.sensitive import is_listed
from profiles.people.service import search_key
from profiles.temporal import as_of, first_known, known, known_of_few, valid

PAGE_SIZE = 25
_EMPLOYING = (Employment, Posting)


class Standing(StrEnum):
    """How somebody stands to an organisation."""

    HERE = "here"
    """They have a post there now."""
    LATER = "later"
    """They are not employed there now, nor on loan there, and will be."""
    LEFT = "left"
    """They were, and will not be again by what is recorded."""
    NO_POST = "no-post"
    """They are employed there now without a post there, on a career break for example."""


@dataclass(frozen=True)
class FoundPerson:
    """A person, and what they were found by: a post, an employment or a loan, with its days.

    ``name`` is None where none was known then; ``posting`` is the post now, the first or the last one.
    """

    person_id: UUID
    organisation_id: UUID
    name: PersonName | None
    posting: Posting | None
    begins: datetime
    ends: datetime | None
    employment_id: UUID


@dataclass(frozen=True)
class PeoplePage:
    """One page of people, ``total`` counting all pages."""

    people: Sequence[FoundPerson]
    total: int
    page: int
    pages: int


def find_people(
    session: Session,
    organisation_ids: Collection[UUID],
    standing: Standing,
    text: str,
    now: datetime,
    page: int,
) -> PeoplePage:
    """Who stands so to these organisations, by family name; pages start at 1.

    Of a search, whoever has every word of ``text`` in their name, an address there that begins so, or exactly
    this employment number there.
    """
    found = _Search(frozenset(organisation_ids), standing, text, now)
    total = found.count(session)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    return PeoplePage(found.people(session, page), total, page, pages)


def count_people(
    session: Session, organisation_ids: Collection[UUID], standing: Standing, text: str, now: datetime
) -> int:
    """How many people ``find_people`` finds."""
    return _Search(frozenset(organisation_ids), standing, text, now).count(session)


def holders_of(
    session: Session, organisation_ids: Collection[UUID], number: str, now: datetime
) -> Sequence[UUID]:
    """Whose number this is, was or will be at one of these organisations, by the whole of it; at most two.

    It finds who is marked sensitive too: whoever knows the number knows of them.
    """
    found = select(col(Employment.person_id)).where(*_numbered(organisation_ids, number, now)).distinct()
    return session.execute(found.limit(2)).scalars().all()


def _numbered(organisation_ids: Collection[UUID], number: str, now: datetime) -> list[ColumnElement[bool]]:
    return [
        col(Employment.number) == number,
        col(Employment.organisation_id).in_(organisation_ids),
        known(Employment, now),
    ]


def _stay(model: Any, *more: Any) -> Any:
    employment_id = model.fact_id if model is Employment else model.employment_id
    return select(
        model.id,
        model.person_id,
        model.organisation_id,
        col(employment_id).label("employment_id"),
        col(model.valid_from).label("begins"),
        col(model.valid_to).label("ends"),
        *more,
    )


def _employs(model: Any) -> ColumnElement[bool]:
    """Of what makes somebody an organisation's: every employment, and of posts those on loan."""
    return true() if model is Employment else col(model.kind) == PostingKind.HOST


def _beside(stays: Any, model: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a one of the same person at the same organisation."""
    return exists().where(
        model.person_id == stays.c.person_id, model.organisation_id == stays.c.organisation_id, *which
    )


class _Search:
    """What is asked for, and the statement that finds it.

    Its rows are stays at an organisation: a post, an employment or a loan, with its days.
    """

    def __init__(
        self, organisation_ids: frozenset[UUID], standing: Standing, text: str, now: datetime
    ) -> None:
        self._here, self._standing, self._text, self._now = organisation_ids, standing, text.strip(), now
        selects: dict[Standing, Any] = {
            Standing.HERE: self._posted,
            Standing.LATER: self._later,
            Standing.LEFT: self._left,
            Standing.NO_POST: self._without_post,
        }
        self._stays: Any = selects[standing]().subquery()
        self._matches = [is_listed(self._stays.c.person_id, now), *self._found_by()]

    def count(self, session: Session) -> int:
        """How many there are."""
        query = select(func.count()).select_from(self._stays)
        if self._text:
            query = query.outerjoin(PersonName, self._named())
        found: int = session.execute(query.where(*self._matches)).scalar_one()
        return found

    def people(self, session: Session, page: int) -> list[FoundPerson]:
        """Those of one page."""
        family_name, stays = col(PersonName.family_name), self._stays
        rows = session.execute(
            select(stays, PersonName)
            .outerjoin(PersonName, self._named())
            .where(*self._matches)
            .order_by(family_name.is_(None), family_name, col(PersonName.given_names), stays.c.id)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        employment_ids = {one.employment_id for one in rows}
        posts = session.execute(
            select(Posting)
            .where(
                col(Posting.employment_id).in_(employment_ids),
                *self._at(Posting),
                known_of_few(Posting, self._now),
            )
            .order_by(col(Posting.valid_from), col(Posting.id))
        ).scalars()
        by_employment: dict[UUID, list[Posting]] = {}
        for post in posts:
            by_employment.setdefault(post.employment_id, []).append(post)
        return [
            FoundPerson(
                one.person_id,
                one.organisation_id,
                one.PersonName,
                self._post(one, by_employment.get(one.employment_id, [])),
                one.begins,
                one.ends,
                one.employment_id,
            )
            for one in rows
        ]

    def _posted(self) -> Any:
        return _stay(Posting).where(*self._at(Posting), as_of(Posting, self._now, self._now))

    def _without_post(self) -> Any:
        post = exists().where(
            col(Posting.employment_id) == col(Employment.fact_id),
            col(Posting.organisation_id) == col(Employment.organisation_id),
            as_of(Posting, self._now, self._now),
        )
        now = as_of(Employment, self._now, self._now)
        return _stay(Employment).where(*self._at(Employment), now, ~post)

    def _later(self) -> Any:
        stays = union_all(
            *(
                _stay(model).where(
                    *self._at(model),
                    known(model, self._now),
                    col(model.valid_from) > self._now,
                    _employs(model),
                )
                for model in _EMPLOYING
            )
        ).subquery()
        return select(stays).where(
            *(
                ~_beside(stays, model, as_of(model, self._now, self._now), _employs(model))
                for model in _EMPLOYING
            )
        )

    def _left(self) -> Any:
        stays = union_all(
            *(
                _stay(model, first_known(model).label("told_at")).where(
                    *self._at(model),
                    known(model, self._now),
                    col(model.valid_to) <= self._now,
                    _employs(model),
                )
                for model in _EMPLOYING
            )
        ).subquery()
        return select(stays).where(*(~self._ends_later(stays, model) for model in _EMPLOYING))

    def _ends_later(self, stays: Any, model: Any) -> ColumnElement[bool]:
        other: Any = aliased(model)
        kind = true() if model is Employment else other.kind == PostingKind.HOST
        at_once = and_(other.valid_to == stays.c.ends, other.id > stays.c.id)
        later = or_(other.valid_to.is_(None), other.valid_to > stays.c.ends, at_once)
        return _beside(stays, other, known(other, self._now), later, kind)

    def _at(self, model: Any) -> list[ColumnElement[bool]]:
        return [col(model.organisation_id).in_(self._here)]

    def _named(self) -> ColumnElement[bool]:
        """The name of whose stay it is: now, on the first day, or when they left and as known then."""
        stays = self._stays.c
        theirs = col(PersonName.person_id) == stays.person_id
        if self._standing is Standing.LEFT:
            told_at = case((stays.told_at > stays.ends, stays.told_at), else_=stays.ends)
            ends = col(PersonName.valid_to)
            held = and_(col(PersonName.valid_from) < stays.ends, or_(ends.is_(None), ends >= stays.ends))
            return and_(theirs, held, known_of_few(PersonName, cast(Any, told_at)))
        at = stays.begins if self._standing is Standing.LATER else self._now
        return and_(theirs, valid(PersonName, at), known(PersonName, self._now))

    def _found_by(self) -> list[ColumnElement[bool]]:
        if not self._text:
            return []
        words = search_key(self._text).split()
        named = and_(*(col(PersonName.search_key).contains(word, autoescape=True) for word in words))
        numbered = select(col(Employment.fact_id)).where(*_numbered(self._here, self._text, self._now))
        stays = self._stays.c
        return [or_(named, stays.employment_id.in_(numbered), stays.person_id.in_(self._addressed()))]

    def _addressed(self) -> Any:
        """Who has, had or will have an address of these organisations that begins so.

        One that no organisation gives is shown of who works there, and finds them.
        """
        own = col(WorkAddress.organisation_id)
        nobodys: ColumnElement[bool] = false()
        if self._standing in (Standing.HERE, Standing.NO_POST):
            nobodys = and_(own.is_(None), valid(WorkAddress, self._now))
        return select(col(WorkAddress.person_id)).where(
            col(WorkAddress.address).startswith(self._text.lower(), autoescape=True),
            known(WorkAddress, self._now),
            or_(own.in_(self._here), nobodys),
        )

    def _post(self, stay: Any, posts: Sequence[Posting]) -> Posting | None:
        """The post there now; of who begins later the first, of who has left the last."""
        there = [one for one in posts if one.organisation_id == stay.organisation_id]
        if self._standing is Standing.LEFT:
            return there[-1] if there else None
        if self._standing is Standing.LATER:
            return next((one for one in there if one.valid_from >= stay.begins), None)
        return next((one for one in there if one.id == stay.id), None)
