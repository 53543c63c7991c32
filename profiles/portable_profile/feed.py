"""What changed in people's records, in the order of the sealed audit trail, so that nothing is ever skipped.

An entry gets its place after it was committed: one that was committed late gets a later place, whatever its
time. Every version is recorded, and superseded, at the instant of an entry of the same transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, AuditSeal
from profiles.loads import Load
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.temporal import Fact

ENTRIES_A_PAGE = 50
ROWS_A_PAGE = 200
LOOKED_AT = 1000
"""Most entries of one page, of any kind: a page without changes may have others after it."""

_BULK = frozenset({Event.IMPORT_PUBLISHED, Event.ORGANOGRAM_IMPORTED})
_KINDS = tuple(Kind)
_NO_RECORDS = (
    *("sign_in", "sign_in_policy", "browser", "session", "app_session", "disclosed", "notice", "password"),
    *("passkey", "one_time_codes", "recovery_codes", "recovery_code", "recovery", "client", "app", "code"),
    *("refresh_token", "tokens", "help", "upstream", "invitation", "linking_code", "hold", "retention"),
)
"""Families of events that record nothing of a profile; any other is looked at."""


class Mark(NamedTuple):
    """How far somebody has read: up to an entry, or into the middle of one that records very much."""

    position: int
    kind: Kind | None = None
    version_id: UUID | None = None


@dataclass(frozen=True)
class FactChange:
    """A version that was recorded, or one that was withdrawn without another in its place."""

    kind: Kind
    fact_id: UUID
    person_id: UUID
    organisation_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    changed_at: datetime
    withdrawn: bool


@dataclass(frozen=True)
class FeedPage:
    """Changes, how far they go, and whether the trail goes on behind them."""

    changes: Sequence[FactChange]
    mark: Mark
    more: bool


class _Entry(NamedTuple):
    position: int
    at: datetime
    event: str
    person_id: UUID | None

    @property
    def is_bulk(self) -> bool:
        return self.event in _BULK

    @property
    def may_record(self) -> bool:
        return self.person_id is not None and self.event.partition(".")[0] not in _NO_RECORDS


def end_of_feed(session: Session) -> Mark:
    """The mark behind everything that is sealed now."""
    last = select(col(AuditSeal.position)).order_by(col(AuditSeal.position).desc()).limit(1)
    return Mark(session.execute(last).scalar() or 0)


def changes_after(session: Session, mark: Mark, kinds: Collection[Kind], rows: int = ROWS_A_PAGE) -> FeedPage:
    """The next changes of these kinds behind a mark, whomever they are about.

    What is corrected twice is told twice; a change may be told again, none is left out. A load that recorded
    more than so many ``rows`` takes several pages.
    """
    inside = mark.kind is not None
    entries = _entries(session, mark.position - 1 if inside else mark.position)
    if inside:
        return _bulk_page(session, entries, mark, kinds, rows)
    chosen: list[_Entry] = []
    reached = mark.position
    for entry in entries:
        if entry.is_bulk:
            if not chosen:
                rest = entries[entries.index(entry) :]
                return _bulk_page(session, rest, Mark(entry.position, _KINDS[0]), kinds, rows)
            break
        reached = entry.position
        if entry.may_record:
            chosen.append(entry)
        if len(chosen) == ENTRIES_A_PAGE:
            break
    changes = list(_changes_of(session, chosen, kinds)) if chosen else []
    return FeedPage(changes, Mark(reached), bool(entries) and reached < _sealed_to(session, entries))


def _entries(session: Session, after: int) -> list[_Entry]:
    query = (
        select(col(AuditSeal.position), col(AuditEntry.at), col(AuditEntry.event), col(AuditEntry.person_id))
        .join(AuditEntry, col(AuditEntry.id) == col(AuditSeal.entry_id))
        .where(col(AuditSeal.position) > after)
        .order_by(col(AuditSeal.position))
        .limit(LOOKED_AT)
    )
    return [_Entry(*row) for row in session.execute(query)]


def _sealed_to(session: Session, entries: Sequence[_Entry]) -> int:
    return entries[-1].position if len(entries) < LOOKED_AT else end_of_feed(session).position


def _changes_of(session: Session, entries: Sequence[_Entry], kinds: Collection[Kind]) -> Iterator[FactChange]:
    """What these entries' transactions recorded and withdrew of whom they are about, entry by entry."""
    people = {entry.person_id for entry in entries}
    moments = {entry.at for entry in entries}
    found: dict[tuple[UUID, datetime], list[FactChange]] = {}
    for kind in (one for one in _KINDS if one in kinds):
        model: Any = MODELS[kind]
        is_new = and_(col(model.recorded_at).in_(moments), col(model.load_id).is_(None))
        is_gone = and_(col(model.superseded_at).in_(moments), _is_last(model))
        about = (col(model.person_id).in_(people), or_(is_new, is_gone))
        for row in session.execute(select(*_columns(model), is_gone.label("gone")).where(*about)):
            if row.gone:
                found.setdefault((row.person_id, row.superseded_at), []).append(_change(kind, row, True))
            if row.recorded_at in moments:
                found.setdefault((row.person_id, row.recorded_at), []).append(_change(kind, row, False))
    told: set[tuple[UUID | None, datetime]] = set()
    for entry in entries:
        key = (entry.person_id, entry.at)
        if key not in told and entry.person_id is not None:
            told.add(key)
            yield from found.get((entry.person_id, entry.at), ())


def _bulk_page(
    session: Session, entries: Sequence[_Entry], mark: Mark, kinds: Collection[Kind], most: int
) -> FeedPage:
    """Some of what one load recorded, replaced included, by kind and by the ids of the versions."""
    entry = entries[0] if entries and entries[0].position == mark.position else None
    if entry is None or not entry.is_bulk:
        return FeedPage((), Mark(mark.position), bool(entries))
    loads = select(col(Load.id)).where(col(Load.published_at) == entry.at)
    changes: list[FactChange] = []
    rest = _KINDS[_KINDS.index(mark.kind or _KINDS[0]) :]
    for kind in (one for one in rest if one in kinds):
        model: Any = MODELS[kind]
        gone = and_(col(model.superseded_at) == entry.at, _is_last(model))
        query = (
            select(*_columns(model), gone.label("gone"))
            .where(or_(col(model.load_id).in_(loads), gone))
            .order_by(col(model.id))
            .limit(most - len(changes))
        )
        if kind is mark.kind and mark.version_id is not None:
            query = query.where(col(model.id) > mark.version_id)
        rows = session.execute(query).all()
        changes += [_change(kind, row, row.gone, entry.at) for row in rows]
        if len(changes) >= most:
            return FeedPage(changes, Mark(entry.position, kind, rows[-1].id), True)
    return FeedPage(changes, Mark(entry.position), entry.position < _sealed_to(session, entries))


def _is_last(model: Any) -> ColumnElement[bool]:
    """Whether no other version of the fact went on when this one was superseded."""
    other = aliased(model)
    goes_on = select(other.id).where(
        other.fact_id == model.fact_id,
        other.id != model.id,
        other.recorded_at <= model.superseded_at,
        or_(other.superseded_at.is_(None), other.superseded_at > model.superseded_at),
    )
    return ~goes_on.exists()


def _columns(model: type[Fact]) -> list[Any]:
    names = ("id", "fact_id", "person_id", "valid_from", "valid_to", "recorded_at", "superseded_at")
    told = [col(getattr(model, name)) for name in names]
    if "organisation_id" in model.model_fields:
        told.append(col(model.organisation_id))  # type: ignore[attr-defined]
    return told


def _change(kind: Kind, row: Any, withdrawn: bool, at: datetime | None = None) -> FactChange:
    values: Mapping[str, Any] = row._mapping
    return FactChange(
        kind=kind,
        fact_id=row.fact_id,
        person_id=row.person_id,
        organisation_id=values.get("organisation_id"),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        changed_at=at or (row.superseded_at if withdrawn else row.recorded_at),
        withdrawn=withdrawn,
    )
