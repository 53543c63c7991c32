"""Reading the trail: which entries an auditor may see, and finding some of them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlmodel import Session, col

from profiles.audit.models import AuditEntry, AuditSeal
from profiles.errors import NotFound

_POSITION = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Scope:
    """What an auditor may see: entries about these organisations and apps; on the platform, the rest too.

    ``without`` are the ids of withholdings about the auditor, of which nothing is shown to them.
    """

    organisation_ids: Collection[UUID]
    app_ids: Collection[UUID] = ()
    platform: bool = False
    without: Collection[UUID] = ()


@dataclass(frozen=True)
class FoundEntry:
    """An entry and its place in the chain; None while it is not sealed."""

    entry: AuditEntry
    position: int | None


@dataclass(frozen=True)
class Asked:
    """What an auditor looks for; nothing of it is everything.

    ``text`` is the beginning of an event's name, the id of an entry, person, organisation or app, or an
    entry's position in the chain. ``initiator`` is the whole reference of who began it: a person's id, an
    app's client id, or what Lanyard calls itself. ``until`` is exclusive.
    """

    text: str = ""
    initiator: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Asked()


def search(
    session: Session, scope: Scope, asked: Asked = EVERYTHING, *, limit: int, offset: int = 0
) -> Sequence[FoundEntry]:
    """The entries in scope that match, the newest first."""
    query = _found(scope, asked).order_by(col(AuditEntry.id).desc()).limit(limit).offset(offset)
    return [FoundEntry(entry, position) for entry, position in session.execute(query)]


def count(session: Session, scope: Scope, asked: Asked = EVERYTHING, *, most: int) -> int:
    """How many entries match, counted no further than ``most``."""
    some = select(literal(1)).select_from(AuditEntry).where(*_conditions(scope, asked)).limit(most).subquery()
    found: int = session.execute(select(func.count()).select_from(some)).scalar_one()
    return found


def get(session: Session, scope: Scope, entry_id: UUID) -> FoundEntry:
    """One entry. Raises NotFound when there is none in scope."""
    found = session.execute(_found(scope, EVERYTHING).where(col(AuditEntry.id) == entry_id)).first()
    if found is None:
        raise NotFound("There is no such entry.")
    return FoundEntry(*found)


def _found(scope: Scope, asked: Asked) -> Any:
    seal = col(AuditSeal.entry_id) == col(AuditEntry.id)
    return (
        select(AuditEntry, col(AuditSeal.position))
        .outerjoin(AuditSeal, seal)
        .where(*_conditions(scope, asked))
    )


def _conditions(scope: Scope, asked: Asked) -> list[ColumnElement[bool]]:
    seen = [
        col(AuditEntry.organisation_id).in_(scope.organisation_ids),
        col(AuditEntry.app_id).in_(scope.app_ids),
    ]
    if scope.platform:
        seen.append(col(AuditEntry.organisation_id).is_(None))
    conditions: list[ColumnElement[bool]] = [or_(*seen)]
    if scope.without:
        named = col(AuditEntry.details)["withholding_id"].as_string()
        conditions.append(or_(named.is_(None), named.not_in([str(one) for one in scope.without])))
    if wanted := asked.text.strip():
        conditions.append(_matches(wanted))
    if initiator := asked.initiator.strip():
        conditions.append(col(AuditEntry.initiator).in_(_references(initiator)))
    if asked.since is not None:
        conditions.append(col(AuditEntry.at) >= asked.since)
    if asked.until is not None:
        conditions.append(col(AuditEntry.at) < asked.until)
    return conditions


def _references(wanted: str) -> set[str]:
    """How entries may name an initiator: as it was typed, and an id in lower case with its dashes.

    The id of a client has no dashes.
    """
    try:
        return {wanted, str(UUID(wanted))}
    except ValueError:
        return {wanted}


def _matches(wanted: str) -> ColumnElement[bool]:
    if _POSITION.fullmatch(wanted):
        sealed = select(col(AuditSeal.entry_id)).where(col(AuditSeal.position) == int(wanted))
        return col(AuditEntry.id).in_(sealed)
    try:
        identifier = UUID(wanted)
    except ValueError:
        return col(AuditEntry.event).startswith(wanted.lower(), autoescape=True)
    columns = (AuditEntry.id, AuditEntry.person_id, AuditEntry.organisation_id, AuditEntry.app_id)
    return or_(*(col(column) == identifier for column in columns))
