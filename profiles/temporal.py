"""The two time lines of every fact, once.

*Valid time* is when a thing is so; *recorded time* is when we knew. Facts are never overwritten: a correction
supersedes. Both are instants, aware and in UTC; a civil day begins at midnight in Europe/London, daylight
saving included, and ``valid_to`` is exclusive: a posting whose last day is 31 March ends at the start of
1 April.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col

from profiles.columns import new_id
from profiles.errors import Conflict, Invalid
from profiles.loads import Load

LONDON = ZoneInfo("Europe/London")
OLDEST_YEAR, NEWEST_YEAR = 1900, 2199
INSTANT = timedelta(microseconds=1)
"""The least step of the clocks that we store: what lies just before an exclusive end."""


def start_of_day(day: date) -> datetime:
    """The instant at which a civil day begins in London, in UTC."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The instant at which a civil day has ended in London: the start of the next."""
    return start_of_day(day + timedelta(days=1))


def is_recorded_day(day: date) -> bool:
    """Whether a day lies in the years that a record can speak of: 1900 to 2199."""
    return OLDEST_YEAR <= day.year <= NEWEST_YEAR


def civil_date(at: datetime) -> date:
    """The civil day in London to which an instant belongs."""
    return at.astimezone(LONDON).date()


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month (UK GDPR Art 12(3))."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moment_of(day: date | None, now: datetime) -> datetime:
    """The last moment of a civil day, by which one asks how it was on it; now for today, and for none."""
    if day is None or day == civil_date(now):
        return now
    return end_of_day(day) - INSTANT


@dataclass(frozen=True)
class Exclusive:
    """No two current versions that agree in ``columns`` may be valid at the same time.

    PostgreSQL refuses with an exclusion constraint made from this; ``record`` checks it on both databases
    (on SQLite writers take turns). ``only`` limits the rule to the rows with this value in this column.
    ``refusal`` is what whoever records another one is told.
    """

    columns: tuple[str, ...]
    only: tuple[str, str] | None = None
    refusal: str = "Another record already covers part of this time."
    always_held: bool = True
    """Whether it held from the beginning. What was believed before a later one may overlap."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns in which the facts that exclude each other agree."""
        return self.columns if self.only is None else (*self.columns, self.only[0])


@dataclass(frozen=True)
class Provenance:
    """Who says so, and why: ``recorded_by`` is a person's id, or None where a system or an import did."""

    recorded_by: UUID | None
    source: str
    reason: str

    def stamp(self, now: datetime, valid_from: datetime, valid_to: datetime | None = None) -> dict[str, Any]:
        """The columns that every fact has, for a fact recorded now and so between two instants."""
        return {
            "valid_from": valid_from,
            "valid_to": valid_to,
            "recorded_at": now,
            "recorded_by": self.recorded_by,
            "source": self.source,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of valid time, for facts that are held in memory: ``valid_to`` is exclusive."""

    valid_from: datetime
    valid_to: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is so at ``at``."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def instants(self) -> list[datetime]:
        """When it begins and, if it does, ends."""
        return [self.valid_from] if self.valid_to is None else [self.valid_from, self.valid_to]


class Fact(SQLModel):
    """The columns of a fact. ``fact_id`` stays the same through corrections, ``id`` is one version's."""

    exclusive: ClassVar[tuple[Exclusive, ...]] = ()
    """At most one of them asks about a fact: where there are several, each is of another value."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    fact_id: UUID = Field(default_factory=new_id, index=True)
    valid_from: datetime
    valid_to: datetime | None = None
    recorded_at: datetime
    superseded_at: datetime | None = None
    recorded_by: UUID | None = None
    superseded_by: UUID | None = None
    source: str
    reason: str
    load_id: UUID | None = Field(default=None, foreign_key="loads.id", index=True)


AnyFact = TypeVar("AnyFact", bound=Fact)


def rule_of(model: type[Fact], value_of: Callable[[str], Any]) -> Exclusive | None:
    """The rule that asks about a fact with these values of its columns; None where none does."""
    for rule in model.exclusive:
        if rule.only is None or value_of(rule.only[0]) == rule.only[1]:
            return rule
    return None


def excluding(fact: Fact) -> dict[str, Any]:
    """The columns, with their values, in which a fact agrees with those that it excludes; none without."""
    rule = rule_of(type(fact), lambda column: getattr(fact, column))
    return {} if rule is None else {column: getattr(fact, column) for column in rule.compared}


def change_indexes(table: str) -> tuple[Index, ...]:
    """The indexes by which one finds the facts that changed, or came due, between two instants.

    Those over ends hold only what has an end, so that they cost a load next to nothing.
    """
    always = [Index(f"ix_{table}_{column}", column) for column in ("valid_from", "recorded_at")]
    ended = [
        Index(
            f"ix_{table}_{column}",
            column,
            sqlite_where=text(f"{column} IS NOT NULL"),
            postgresql_where=text(f"{column} IS NOT NULL"),
        )
        for column in ("valid_to", "superseded_at")
    ]
    return (*always, *ended)


def known(model: type[Fact], known_at: datetime) -> ColumnElement[bool]:
    """The versions that we held to be so at ``known_at``, whenever they are valid."""
    return known_between(model, known_at, known_at)


def known_between(model: type[Fact], since: datetime, until: datetime) -> ColumnElement[bool]:
    """The versions that we held to be so at some moment between these two, whenever they are valid."""
    published = select(col(Load.id)).where(col(Load.published_at) <= until)
    return and_(
        _recorded_between(model, since, until), or_(_by_hand(model), col(model.load_id).in_(published))
    )


def known_of_few(model: type[Fact], known_at: datetime) -> ColumnElement[bool]:
    """The same as ``known`` where a statement finds few rows: each is asked whether its load is published.

    SQLite writes the list of all that are into a table of its own otherwise, which costs more than the rest.
    """
    published = exists().where(col(Load.id) == col(model.load_id), col(Load.published_at) <= known_at)
    return and_(_recorded_between(model, known_at, known_at), or_(_by_hand(model), published))


def _recorded_between(model: type[Fact], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(
        col(model.recorded_at) <= until,
        or_(col(model.superseded_at).is_(None), col(model.superseded_at) > since),
    )


def _by_hand(model: type[Fact]) -> ColumnElement[bool]:
    return col(model.load_id).is_(None)


def first_known(model: type[Fact]) -> Any:
    """Since when anything is known of the fact of which a statement reads a version."""
    one: Any = aliased(model)
    published_at = col(Load.published_at)
    told_at = case((published_at > one.recorded_at, published_at), else_=one.recorded_at)
    return (
        select(func.min(told_at))
        .select_from(one)
        .outerjoin(Load, col(Load.id) == one.load_id)
        .where(one.fact_id == col(model.fact_id), or_(one.load_id.is_(None), published_at.is_not(None)))
        .correlate(model)
        .scalar_subquery()
    )


def valid(model: type[Fact], at: datetime) -> ColumnElement[bool]:
    """The versions whose valid time holds the instant ``at``."""
    return and_(col(model.valid_from) <= at, or_(col(model.valid_to).is_(None), col(model.valid_to) > at))


def as_of(model: type[Fact], valid_at: datetime, known_at: datetime) -> ColumnElement[bool]:
    """What was so at ``valid_at``, as we knew it at ``known_at``."""
    return and_(valid(model, valid_at), known(model, known_at))


def record(session: Session, fact: AnyFact) -> AnyFact:
    """Add a fact. Raises Invalid when it ends before it begins, Conflict when it overlaps another."""
    if fact.valid_to is not None and fact.valid_to <= fact.valid_from:
        raise Invalid("The end must be after the beginning.", field="valid_to")
    _refuse_overlap(session, fact)
    session.add(fact)
    session.flush()
    return fact


def supersede(session: Session, fact: Fact, now: datetime, by: UUID | None) -> None:
    """Close a version on the recorded time line. Raises Conflict when somebody has corrected it meanwhile."""
    model = type(fact)
    closed = session.execute(
        update(model)
        .where(col(model.id) == fact.id, col(model.superseded_at).is_(None))
        .values(superseded_at=now, superseded_by=by)
        .execution_options(synchronize_session=False)
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
    session.expire(fact)


def replace(
    session: Session, fact: AnyFact, now: datetime, provenance: Provenance, **changes: Any
) -> AnyFact:
    """Supersede a version by one that differs in ``changes``; return it. The ``fact_id`` stays the same."""
    values = fact.model_dump(exclude={"id", "recorded_at", "superseded_at", "superseded_by", "load_id"})
    values |= {
        "recorded_at": now,
        "recorded_by": provenance.recorded_by,
        "source": provenance.source,
        "reason": provenance.reason,
    }
    replacement = type(fact)(**(values | changes))
    supersede(session, fact, now, provenance.recorded_by)
    return record(session, replacement)


def end(
    session: Session, fact: AnyFact, ends_at: datetime, now: datetime, provenance: Provenance
) -> AnyFact | None:
    """Let a fact be so only until ``ends_at``; one that would never have been so is retracted (None)."""
    if ends_at <= fact.valid_from:
        supersede(session, fact, now, provenance.recorded_by)
        return None
    return replace(session, fact, now, provenance, valid_to=ends_at)


def history(session: Session, model: type[AnyFact], known_at: datetime, **where: Any) -> Sequence[AnyFact]:
    """All versions held at ``known_at`` with these column values (never None), past, present and to come."""
    query = _prepared(model, tuple(where), at_one_moment=False)
    return session.execute(query, {"known_at": known_at} | where).scalars().all()


def current(
    session: Session, model: type[AnyFact], valid_at: datetime, known_at: datetime, **where: Any
) -> Sequence[AnyFact]:
    """The versions with these column values, so at ``valid_at`` as known at ``known_at``, oldest first."""
    query = _prepared(model, tuple(where), at_one_moment=True)
    return session.execute(query, {"valid_at": valid_at, "known_at": known_at} | where).scalars().all()


@lru_cache(maxsize=256)
def _prepared(model: type[Fact], columns: tuple[str, ...], *, at_one_moment: bool) -> Select[Any]:
    """The question for a model and some of its columns, built once: sign-ins ask it all day long."""
    matches = [col(getattr(model, column)) == bindparam(column) for column in columns]
    known_at, valid_at = (cast(datetime, bindparam(name)) for name in ("known_at", "valid_at"))
    held = as_of(model, valid_at, known_at) if at_one_moment else known(model, known_at)
    return select(model).where(held, *matches).order_by(col(model.valid_from), col(model.id))


def _refuse_overlap(session: Session, fact: Fact) -> None:
    model = type(fact)
    rule = rule_of(model, lambda column: getattr(fact, column))
    if rule is None:
        return
    overlapping = select(col(model.id)).where(
        col(model.superseded_at).is_(None),
        col(model.id) != fact.id,
        or_(col(model.valid_to).is_(None), col(model.valid_to) > fact.valid_from),
        true() if fact.valid_to is None else col(model.valid_from) < fact.valid_to,
        *(col(getattr(model, column)) == getattr(fact, column) for column in rule.compared),
    )
    if session.execute(overlapping.limit(1)).first() is not None:
        raise Conflict(rule.refusal)
