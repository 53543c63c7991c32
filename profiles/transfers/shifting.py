"""Moves the boundary that a move has drawn in the record: what ended then, and what began.

Every fact keeps its identity and its source. What others have recorded on either side since stays, and only
what would overlap gives way.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.models import Clearance
from profiles.employments.models import Employment
from profiles.organisations.move_rules import RULES, Regime
from profiles.temporal import Fact, Provenance, civil_date, end, known, replace, supersede
from profiles.transfers.facts import CARRIED
from profiles.transfers.models import Transfer
from profiles.transfers.sources import source_of

REASON = "the start was another day"


@dataclass(frozen=True)
class Instants:
    """The two at which a move turns access."""

    leave_at: datetime
    join_at: datetime


@dataclass(frozen=True)
class Boundary(Instants):
    """What a move of one person, alone or with many, has drawn: where, and in which facts (``source``)."""

    person_id: UUID
    employment_id: UUID
    importing_organisation_id: UUID
    source: str
    regime: Regime


def boundary_of(transfer: Transfer) -> Boundary:
    """That of a transfer."""
    return Boundary(
        transfer.leave_at,
        transfer.join_at,
        transfer.person_id,
        transfer.employment_id,
        transfer.importing_organisation_id,
        source_of(transfer),
        transfer.regime,
    )


def shift(session: Session, boundary: Boundary, to: Instants, now: datetime, by: UUID) -> None:
    """Let what ended at *leave* and began at *join* do so at other instants than those of the ``boundary``.

    Raises Conflict where something else holds the place.
    """
    new = find_new_employment(session, boundary, now)
    ends: list[Fact] = []
    begins: list[tuple[Fact, datetime]] = []
    for model in CARRIED:
        planned = _planned(session, boundary, model)
        for fact in _known(session, boundary, model, now):
            if _ends_with_it(boundary, fact, planned, to):
                ends.append(fact)
            begins_at = _begins_with_it(boundary, fact, planned, new, to)
            if begins_at is not None:
                begins.append((fact, begins_at))
    if to.leave_at > boundary.leave_at:
        _let_begin(session, boundary, begins, now, by)
        _let_end(session, ends, to, now, by)
    else:
        _let_end(session, ends, to, now, by)
        _let_begin(session, boundary, begins, now, by)


def find_new_employment(session: Session, boundary: Boundary, now: datetime) -> Employment | None:
    """The employment that the move began, as it is known now."""
    planned = _planned(session, boundary, Employment)
    found = [
        one
        for one in _known(session, boundary, Employment, now)
        if isinstance(one, Employment)
        and one.fact_id in planned
        and one.organisation_id == boundary.importing_organisation_id
    ]
    return min(found, key=lambda one: one.valid_from, default=None)


def _ends_with_it(boundary: Boundary, fact: Fact, planned: Collection[UUID], to: Instants) -> bool:
    """Whether it ended with the old post; or would still be under the old employment, which ended sooner."""
    if fact.valid_to is None:
        return False
    of_the_old = _is_under(fact, boundary.employment_id)
    if fact.valid_to == boundary.leave_at:
        return of_the_old or fact.fact_id in planned
    return of_the_old and to.leave_at < fact.valid_to < boundary.leave_at


def _begins_with_it(
    boundary: Boundary, fact: Fact, planned: Collection[UUID], new: Employment | None, to: Instants
) -> datetime | None:
    """When it begins now, of what began with the new post or became of a clearance with the last day."""
    if new is not None and _is_under(fact, new.fact_id):
        moves = fact.valid_from in (boundary.join_at, new.valid_from) or fact.valid_from < to.join_at
        return to.join_at if moves else None
    if fact.fact_id not in planned:
        return None
    if fact.valid_from == boundary.join_at:
        return to.join_at
    is_left = isinstance(fact, Clearance) and fact.valid_from == boundary.leave_at
    return to.leave_at if is_left else None


def _let_end(session: Session, some: Iterable[Fact], to: Instants, now: datetime, by: UUID) -> None:
    for fact in some:
        end(session, fact, to.leave_at, now, _as_it_was(fact, by))


def _let_begin(
    session: Session, boundary: Boundary, some: Iterable[tuple[Fact, datetime]], now: datetime, by: UUID
) -> None:
    for fact, begins_at in some:
        if fact.valid_to is not None and fact.valid_to <= begins_at:
            supersede(session, fact, now, by)
            continue
        changes: dict[str, Any] = {"valid_from": begins_at}
        if isinstance(fact, Employment) and not RULES[boundary.regime].carries_service:
            changes["continuous_service_from"] = civil_date(begins_at)
        replace(session, fact, now, _as_it_was(fact, by), **changes)


def _as_it_was(fact: Fact, by: UUID) -> Provenance:
    return Provenance(by, fact.source, REASON)


def _is_under(fact: Fact, employment_id: UUID) -> bool:
    return employment_id in (fact.fact_id, getattr(fact, "employment_id", None))


def _known(session: Session, boundary: Boundary, model: type[Fact], now: datetime) -> list[Fact]:
    query = select(model).where(
        known(model, now),
        col(model.superseded_at).is_(None),
        col(getattr(model, "person_id")) == boundary.person_id,  # noqa: B009
    )
    return list(session.exec(query.order_by(col(model.valid_from), col(model.id))))


def _planned(session: Session, boundary: Boundary, model: type[Fact]) -> frozenset[UUID]:
    """The facts of which the move has recorded a version."""
    query = select(model.fact_id).where(
        col(getattr(model, "person_id")) == boundary.person_id,  # noqa: B009
        col(model.source) == boundary.source,
    )
    return frozenset(session.exec(query))
