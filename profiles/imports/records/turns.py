"""Whose turn it is to write: two imports that could be in each other's way are written one after the other.

No plan sees what another import has written and not shown, but the database lets nothing be written beside it
that excludes it. Each of the two would send the other back to be checked for as long as both are there.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from profiles.imports.records.kinds import KINDS
from profiles.imports.records.models import Import, ImportPerson, ImportState
from profiles.organisations import service as organisations

OF_PEOPLE: tuple[Any, ...] = tuple(
    model
    for model in dict.fromkeys(kind.model for kind in KINDS.values())
    if "person_id" in model.model_fields
)
_WRITES = (ImportState.APPROVED, ImportState.WRITING)


def hold(session: Session) -> None:
    """Let no other import begin to be written until this transaction ends."""
    begin = select(Import.id).where(col(Import.state).in_(_WRITES)).order_by(col(Import.id))
    session.exec(begin.with_for_update(key_share=True)).all()


def being_written(session: Session) -> frozenset[UUID]:
    """The imports of which a plan that is begun now sees nothing, though they may be published before it."""
    return frozenset(session.exec(select(Import.id).where(Import.state == ImportState.WRITING)))


def is_turn_of(
    session: Session,
    one: Import,
    now: datetime,
    planned_at: datetime | None = None,
    beside: Collection[UUID] = (),
) -> bool:
    """Whether an import may go on: whoever is to begin to write waits for those that are being written.

    It waits for what is about its organisation or one above or below, or touches the same people. What of
    these was published since ``planned_at`` is not in its plan yet; nor is what was being written ``beside``
    it and is published now, whenever it says, and whom that touched nobody knows any more.
    """
    if one.state is not ImportState.APPROVED:
        return True
    is_before = col(Import.state) == ImportState.WRITING
    if planned_at is not None:
        is_since = or_(col(Import.ended_at) > planned_at, col(Import.id).in_(beside))
        is_before = or_(is_before, and_(col(Import.state) == ImportState.PUBLISHED, is_since))
    others = session.exec(select(Import).where(is_before, col(Import.id) != one.id)).all()
    return not any(
        (other.state is ImportState.PUBLISHED and other.id in beside)
        or _are_in_one_line(session, one.organisation_id, other.organisation_id, now)
        or _touch_one_person(session, one.id, other.id)
        or (other.state is ImportState.PUBLISHED and _recorded_of_one_person(session, one.id, other.load_id))
        for other in others
    )


def _are_in_one_line(session: Session, one: UUID, other: UUID, now: datetime) -> bool:
    tree = organisations.tree(session, now)
    return one in tree.ancestors_of(other) or other in tree.ancestors_of(one)


def _touch_one_person(session: Session, one: UUID, other: UUID) -> bool:
    theirs = aliased(ImportPerson)
    both = select(ImportPerson.person_id).where(
        ImportPerson.import_id == one,
        col(theirs.import_id) == other,
        col(theirs.person_id) == col(ImportPerson.person_id),
    )
    return session.exec(both.limit(1)).first() is not None


def _recorded_of_one_person(session: Session, one: UUID, load_id: UUID) -> bool:
    """The same of what is published: whom it touched is not kept any more, but its facts say it."""
    touched = select(ImportPerson.person_id).where(ImportPerson.import_id == one)
    return any(
        session.exec(
            select(model.id).where(col(model.load_id) == load_id, col(model.person_id).in_(touched)).limit(1)
        ).first()
        for model in OF_PEOPLE
    )
