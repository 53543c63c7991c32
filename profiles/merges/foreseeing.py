"""What a union or a split would do, done and taken back: which fact goes where, and whose access changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.entitlements.preview import AccessChange
from profiles.entitlements.service import facts_of
from profiles.imports.records.preview import first_changes
from profiles.merges import moving, unions
from profiles.merges.models import MergeAction, MergedFact, MergeRequest
from profiles.merges.service import do, split_parts
from profiles.merges.splitting import Origin, Owner, Part
from profiles.temporal import Fact


class Outcome(StrEnum):
    """What becomes of a fact."""

    CARRIED = "carried"
    """It goes into the survivor's record."""
    LEFT_OUT = "left_out"
    """The survivor's own stands in its place."""
    STAYS = "stays"
    """It stays with the survivor."""
    GOES = "goes"
    """It goes to the other, as it is."""
    PUT_BACK = "put_back"
    """The survivor has back what was before, and what stands now goes to the other where it can."""


@dataclass(frozen=True)
class Line:
    """A fact, as a copy that belongs to no session, and what becomes of it."""

    kind: str
    fact: Fact
    outcome: Outcome


@dataclass(frozen=True)
class Foreseen:
    """``access`` is what changes at apps, for the survivor and for the other, the first time that it does."""

    lines: tuple[Line, ...]
    survivor_access: tuple[AccessChange, ...]
    other_access: tuple[AccessChange, ...]


class _TakenBack(Exception):
    """Takes back what was recorded only to be looked at."""


def foresee(session: Session, now: datetime, asked: Callable[[], MergeRequest]) -> Foreseen:
    """What doing the request that ``asked`` makes, or finds, would do. Raises as ``service.do`` does."""
    try:
        with session.begin_nested():
            request = asked()
            merge = unions.get(session, request.merge_id)
            people = [merge.survivor_id, *([merge.merged_id] if merge.merged_id else [])]
            before = {one: facts_of(session, one, now) for one in people}
            lines = _lines_before(session, request, now)
            done = do(session, now, merge, request)
            if request.action is MergeAction.MERGE:
                lines = _told_apart(session, merge.id, lines)
            nothing = facts_of(session, UUID(int=0), now)
            access = [
                tuple(first_changes(session, before.get(one, nothing), facts_of(session, one, now), now))
                for one in (done.survivor_id, done.other_id)
            ]
            raise _TakenBack
    except _TakenBack:
        session.expire_all()
    return Foreseen(tuple(lines), *access)


def _lines_before(session: Session, request: MergeRequest, now: datetime) -> list[Line]:
    if request.action is MergeAction.SPLIT:
        return [line for part in split_parts(session, request, now) for line in _lines_of(part)]
    merged_id = unions.get(session, request.merge_id).merged_id
    theirs = moving.facts_of(session, merged_id, now) if merged_id else []
    return [Line(one.kind, one.fact, Outcome.CARRIED) for one in theirs]


def _lines_of(part: Part) -> list[Line]:
    """Each version, or what comes back where nothing stands now."""
    if part.owner is Owner.SURVIVOR:
        outcome = Outcome.STAYS
    else:
        outcome = Outcome.PUT_BACK if part.origin is Origin.CHANGED else Outcome.GOES
    return [Line(part.kind, one, outcome) for one in part.now or part.before]


def _told_apart(session: Session, merge_id: UUID, lines: list[Line]) -> list[Line]:
    """The same, where the survivor's own stands in the place of some."""
    left_out = set(
        session.exec(
            select(MergedFact.fact_id).where(
                MergedFact.merge_id == merge_id, col(MergedFact.carried).is_(False)
            )
        )
    )
    return [
        Line(one.kind, one.fact, Outcome.LEFT_OUT if one.fact.fact_id in left_out else one.outcome)
        for one in lines
    ]
