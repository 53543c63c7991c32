"""Where a fact begins and ends when it is corrected: what may be begun again, and what is next to it.

Two facts that exclude each other often meet: the old salary ends where the new one begins. Their neighbours'
days can move with a correction, in the same change, so that nothing is left out and nothing overlaps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import RESUMES, Employment, Posting, PostingKind
from profiles.errors import Invalid
from profiles.portable_profile.employers import periods_in
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.leaving import OF_A_MOVE, paid_until
from profiles.portable_profile.resuming import with_what_goes_on
from profiles.portable_profile.rules import BY_EMPLOYMENT, checked
from profiles.temporal import INSTANT, AnyFact, Fact, Provenance, civil_date, excluding, history, replace

OPENS_ACCESS = frozenset({Kind.EMPLOYMENT, Kind.POSTING, Kind.ADDRESS, Kind.IDENTITY_PROOFING})
"""What lets somebody in: once it is over it is not begun again by a correction."""

MEETING = frozenset(
    {
        Kind.NAME,
        Kind.PHONE,
        Kind.OFFICE,
        Kind.POSTING,
        Kind.PAY,
        Kind.ALLOWANCE,
        Kind.PENSION,
        Kind.LEAVE,
        Kind.ABSENCE,
    }
)
"""Of which one follows another, so that the days of those beside a corrected one can move with it."""

_BY_EMPLOYMENT_ANEW = (*OF_A_MOVE, "appointment:")
_AGREED = (*_BY_EMPLOYMENT_ANEW, "loan:")


def is_of_a_coming_move(session: Session, fact: Any, now: datetime) -> bool:
    """Whether a transfer, a bulk move, a loan or an appointment lets it begin later, as was agreed there.

    What came along with an employment that has begun by now, such as an award to come, is its employer's own.
    """
    if fact.valid_from <= now or not fact.source.startswith(_AGREED):
        return False
    employment_id = getattr(fact, "employment_id", None)
    if employment_id is None or not fact.source.startswith(_BY_EMPLOYMENT_ANEW):
        return True
    return all(one.valid_from > now for one in history(session, Employment, now, fact_id=employment_id))


def refuse_edges(
    session: Session,
    kind: Kind,
    held: Fact,
    values: Mapping[str, Any],
    now: datetime,
    *,
    goes_on: bool = False,
) -> None:
    """Raises Invalid for what begins with a move, what is begun again, and what outlasts its employment.

    What opens access and is over stays over, unless it ``goes_on`` where another of its kind was held. A
    post, and what is lengthened under an employment, lies within that; a loan ends as agreed.
    """
    if is_of_a_coming_move(session, held, now):
        raise Invalid("It begins with a move, a loan or an appointment that is agreed: change that.")
    if kind in BY_EMPLOYMENT:
        _refuse_outside(session, kind, held, values, now)
    if "valid_to" not in values or not _is_later(values["valid_to"], held.valid_to):
        return
    if kind in OPENS_ACCESS and not goes_on and _begins_again(kind, held, values["valid_to"], now):
        raise Invalid("What has ended is not begun again here.", field="last_day")
    if isinstance(held, Posting) and held.kind is PostingKind.HOST:
        raise Invalid("A loan lasts longer only by a new agreement.", field="last_day")


def with_neighbours(
    session: Session,
    kind: Kind,
    held: AnyFact,
    said: Fact,
    now: datetime,
    provenance: Provenance,
    change: Callable[[], AnyFact],
    *,
    organisation_id: UUID,
    move: bool,
) -> AnyFact:
    """Change a fact to ``said``; where it is asked for, what meets it or would overlap moves its day too.

    ``said`` ends where it begins when the fact is withdrawn: what was before it then goes on. Raises Invalid
    where nothing would be left of a neighbour, and, naming its days, where one stays in the way. Of what no
    organisation owns, only that of the time of ``organisation_id`` moves or is named.
    """
    beside, elsewhere = _seen_beside(session, held, now, organisation_id)
    for one in elsewhere:
        if not _is_nothing(said) and _overlap(one, said):
            field = "last_day" if one.valid_from > held.valid_from else "first_day"
            raise Invalid("An entry of a time before or after yours covers part of this time.", field=field)
    edges = _edges(held, said, beside) if move else []
    for edge in edges:
        edge.refuse_nothing_left()
    for edge in (one for one in edges if one.shrinks):
        _move(session, kind, edge, held, now, provenance)
    can_move = kind in MEETING and not move
    name_what_is_in_the_way(session, said, now, can_move=can_move, instead=_made_another(held, said))
    changed = with_what_goes_on(session, held, said.valid_to, now, provenance, change)
    for edge in (one for one in edges if not one.shrinks):
        _move(session, kind, edge, held, now, provenance)
    return changed


def meeting(
    session: Session, kind: Kind, row: Any, now: datetime, organisation_id: UUID
) -> tuple[bool, bool]:
    """Whether others are next to a fact that could move with it, and whether one ends where it begins.

    ``row`` has the columns of a fact of this kind, which ``organisation_id`` changes.
    """
    model = MODELS[kind]
    fact = model(**{name: getattr(row, name) for name in model.model_fields})
    found, _elsewhere = _seen_beside(session, fact, now, organisation_id)
    beside = [one for one in found if not _goes_on_after(one, fact)]
    return bool(beside), any(one.valid_to == fact.valid_from for one in beside)


def name_what_is_in_the_way(
    session: Session, said: Fact, now: datetime, *, can_move: bool = False, instead: str = ""
) -> None:
    """Raise Invalid with the days of an entry of the same organisation that covers part of the time.

    It names the day that is in the way or, where that made it one that excludes the other, the column
    ``instead``.
    """
    if _is_nothing(said) or getattr(said, "organisation_id", None) is None:
        return
    for one in _beside(session, said, now):
        if _overlap(one, said) and not _goes_on_after(one, said):
            can = can_move and not instead
            what = "Let its days move too, or correct it first." if can else "Correct it first."
            field = instead or ("last_day" if one.valid_from > said.valid_from else "first_day")
            raise Invalid(f"The entry {_days(one)} covers part of this time. {what}", field=field)


def as_held(session: Session, kind: Kind, person_id: UUID, now: datetime) -> dict[UUID, Fact]:
    """What we say of a kind about somebody, whenever it is so, by version; copies in no session."""
    held = history(session, MODELS[kind], now, person_id=person_id)
    return {one.id: type(one)(**one.model_dump()) for one in held}


def moved(
    before: Mapping[UUID, Fact], after: Mapping[UUID, Fact], fact_id: UUID
) -> tuple[tuple[Fact | None, Fact | None], ...]:
    """The other facts that a change of ``fact_id`` altered: as each was held, and as it is then."""
    was = [one for version, one in before.items() if version not in after and one.fact_id != fact_id]
    then = {one.fact_id: one for version, one in after.items() if version not in before}
    then.pop(fact_id, None)
    pairs = [(one, then.pop(one.fact_id, None)) for one in was]
    return (*pairs, *((None, one) for one in then.values()))


@dataclass(frozen=True)
class _Edge:
    """The day at which a neighbour begins or ends, and when it is to be."""

    fact: Fact
    column: str
    at: datetime | None

    @property
    def moves(self) -> bool:
        return bool(self.at != getattr(self.fact, self.column))

    @property
    def shrinks(self) -> bool:
        if self.column == "valid_from":
            return _is_later(self.at, self.fact.valid_from)
        return _is_later(self.fact.valid_to, self.at)

    def refuse_nothing_left(self) -> None:
        begins, ends = self.fact.valid_from, self.fact.valid_to
        if self.column == "valid_to" and self.at is not None and self.at <= begins:
            field = "first_day"
        elif self.column == "valid_from" and self.at is not None and not _is_later(ends, self.at):
            field = "last_day"
        else:
            return
        raise Invalid(
            f"Nothing would be left of the entry {_days(self.fact)}. Withdraw or end that first.", field=field
        )


def _made_another(held: Fact, said: Fact) -> str:
    """The column by which a correction excludes others than before, such as the kind of an allowance."""
    was = excluding(held)
    return next((name for name, value in excluding(said).items() if was.get(name) != value), "")


def _edges(held: Fact, said: Fact, beside: Sequence[Fact]) -> list[_Edge]:
    """The days that move: of what met the fact, and of what reaches into it as it is said now."""
    if excluding(held) != excluding(said):
        return []
    if _is_nothing(said) and any(_goes_on_after(one, held) for one in beside):
        return []
    edges = [
        _Edge(one, "valid_to", _end_before(one, held, said))
        if one.valid_from < held.valid_from
        else _Edge(one, "valid_from", _beginning_after(one, held, said))
        for one in beside
        if not _goes_on_after(one, held)  # that moves by itself
    ]
    return [one for one in edges if one.moves]


def _end_before(one: Fact, held: Fact, said: Fact) -> datetime | None:
    met = one.valid_to == held.valid_from
    if _is_nothing(said):
        return held.valid_to if met else one.valid_to
    return said.valid_from if met or _is_later(one.valid_to, said.valid_from) else one.valid_to


def _beginning_after(one: Fact, held: Fact, said: Fact) -> datetime:
    if said.valid_to is None or _is_nothing(said):
        return one.valid_from
    met = one.valid_from == held.valid_to
    return said.valid_to if met or one.valid_from < said.valid_to else one.valid_from


def _move(
    session: Session, kind: Kind, edge: _Edge, held: Fact, now: datetime, provenance: Provenance
) -> None:
    """Let a neighbour begin or end then; it says no more than it did, and keeps what it goes on after."""
    one, values = edge.fact, {edge.column: edge.at}
    goes_on = edge.column == "valid_to" and not _is_later(edge.at, held.valid_to)
    try:
        refuse_edges(session, kind, one, values, now, goes_on=goes_on)
        checked(session, kind, type(one)(**(one.model_dump() | values)), now)
    except Invalid as refused:
        raise Invalid(f"The entry {_days(one)} cannot move. {refused.message}") from None
    source = one.source if one.source.startswith(RESUMES) else provenance.source
    replace(session, one, now, Provenance(provenance.recorded_by, source, provenance.reason), **values)


def _beside(session: Session, fact: Any, now: datetime) -> Sequence[Fact]:
    """The person's others that it excludes, of the same organisation, the oldest first."""
    same = excluding(fact)
    if not same or None in same.values():
        return ()
    place = getattr(fact, "organisation_id", None)
    return [
        one
        for one in history(session, type(fact), now, **same)
        if one.fact_id != fact.fact_id
        and one.person_id == fact.person_id
        and getattr(one, "organisation_id", None) == place
    ]


def _seen_beside(
    session: Session, fact: Any, now: datetime, organisation_id: UUID
) -> tuple[Sequence[Fact], Sequence[Fact]]:
    """The same, and apart what no organisation owns and lies outside the time of ``organisation_id``."""
    beside = _beside(session, fact, now)
    if not beside or getattr(fact, "organisation_id", None) is not None:
        return beside, ()
    periods = periods_in(session, fact.person_id, {organisation_id}, now)
    seen = [one for one in beside if periods.reach(one)]
    return seen, [one for one in beside if one not in seen]


def _overlap(one: Fact, said: Fact) -> bool:
    starts_in_time = said.valid_to is None or one.valid_from < said.valid_to
    return starts_in_time and _is_later(one.valid_to, said.valid_from)


def _refuse_outside(
    session: Session, kind: Kind, held: Any, values: Mapping[str, Any], now: datetime
) -> None:
    employments = history(session, Employment, now, fact_id=held.employment_id)
    begins = values.get("valid_from", held.valid_from)
    if begins < held.valid_from and employments and all(begins < one.valid_from for one in employments):
        raise Invalid("The employment began after that day.", field="first_day")
    if "valid_to" not in values:
        return
    ends_at = values["valid_to"]
    if kind is Kind.POSTING or _is_later(ends_at, held.valid_to):
        over = [one.valid_to is not None and one.valid_to <= now for one in employments]
        limits = [
            one.valid_to if kind is Kind.POSTING or is_over else paid_until(one)
            for one, is_over in zip(employments, over, strict=True)
        ]
        if limits and all(_is_later(ends_at, one) for one in limits):
            raise Invalid("The employment ends before that day.", field="last_day")


def _begins_again(kind: Kind, held: Fact, ends_at: datetime | None, now: datetime) -> bool:
    if held.valid_to is None or held.valid_to > now:
        return False
    return kind is Kind.EMPLOYMENT or _is_later(ends_at, now)


def _is_later(ends_at: datetime | None, than: datetime | None) -> bool:
    """Whether an end, which None says never comes, is after another."""
    return than is not None and (ends_at is None or ends_at > than)


def _is_nothing(said: Fact) -> bool:
    return said.valid_to is not None and said.valid_to <= said.valid_from


def _goes_on_after(one: Fact, interrupting: Fact) -> bool:
    return one.source == f"{RESUMES}{interrupting.fact_id}"


def _days(one: Fact) -> str:
    since = f"from {civil_date(one.valid_from):%-d %B %Y}"
    if one.valid_to is None:
        return since
    return f"{since} to {civil_date(one.valid_to - INSTANT):%-d %B %Y}"
