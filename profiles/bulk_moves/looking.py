"""Looks at the records of the people on a list: who can move with the others, and why somebody cannot."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true, update
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import gates, notices, payroll_notices
from profiles.bulk_moves.facts import Recording
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState, Reason
from profiles.bulk_moves.places import places_of
from profiles.bulk_moves.steps import audit_person
from profiles.errors import Conflict

M = BulkMoveMember
WaysIn = Callable[[Session, BulkMove, Collection[UUID]], Collection[UUID]]
"""Asked of the application, which knows credentials: who of these people keeps a way to sign in."""
NOTHING_TAKEN_UP: dict[str, Any] = {"details_at": None, "missing_details": ""}
"""What payroll had said of somebody is void once what was recorded of them is taken back."""
LOOKED_AT = (MemberState.LISTED, MemberState.READY, MemberState.SET_APART, MemberState.SCHEDULED)


class AnotherWorker(Conflict):
    """Somebody took the same step at the same moment."""


@dataclass(frozen=True)
class Finding:
    """What a look found of one person: no ``reason`` means that nothing stands in the way."""

    member_id: UUID
    person_id: UUID
    was: MemberState
    reason: Reason | None


def find(
    session: Session, move: BulkMove, members: Sequence[BulkMoveMember], now: datetime, ways_in: WaysIn
) -> list[Finding]:
    """Look at these people's records; nothing is written."""
    findings: list[Finding] = []
    places = places_of(session, move, now)
    for scheduled in (False, True):
        some = [one for one in members if (one.state is MemberState.SCHEDULED) is scheduled]
        if not some:
            continue
        reasons: dict[UUID, Reason] = {}
        ids = [one.id for one in some]
        for reason, fails in (gates.of_the_scheduled if scheduled else gates.of_the_others)(
            move, now, places
        ).items():
            for member_id in session.exec(select(M.id).where(col(M.id).in_(ids), fails)):
                reasons.setdefault(member_id, reason)
        left = {one.person_id for one in some if one.id not in reasons}
        keep_one = set(ways_in(session, move, left)) if left else set()
        for one in some:
            if one.id not in reasons and one.person_id not in keep_one:
                reasons[one.id] = Reason.SIGN_IN
        findings += [Finding(one.id, one.person_id, one.state, reasons.get(one.id)) for one in some]
    return findings


def changed(findings: Iterable[Finding], members: Sequence[BulkMoveMember]) -> list[Finding]:
    """Those whose state or reason a finding changes."""
    before = {one.id: one.reason for one in members}
    return [
        one
        for one in findings
        if one.was is MemberState.LISTED
        or (one.was is MemberState.SET_APART and one.reason is not before[one.member_id])
        or (one.was in (MemberState.READY, MemberState.SCHEDULED) and one.reason is not None)
    ]


def write(
    session: Session,
    move: BulkMove,
    findings: Sequence[Finding],
    recording: Recording,
    now: datetime,
    *,
    tells_payroll: bool = True,
) -> bool:
    """Set apart, or make ready, whom a look found so. Raises Conflict where somebody acted meanwhile.

    That somebody is free to move is asked again: from here on no transfer and no loan may begin of them.
    Returns whether payroll was told that of whom it had said something somebody stays.
    """
    groups: dict[tuple[MemberState, Reason | None], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.was, one.reason), []).append(one)
    recorded = [one.member_id for one in findings if one.was is MemberState.SCHEDULED]
    has_told = tells_payroll and payroll_notices.some_stay(session, move, recorded, now)
    for (was, reason), some in groups.items():
        state = MemberState.READY if reason is None else MemberState.SET_APART
        ids = [one.member_id for one in some]
        free = () if reason is not None else (~or_(*gates.moves_alone()),)
        set_state(session, ids, was, state, *free, as_looked_at=True, reason=reason, in_flight=reason is None)
        if was is MemberState.SCHEDULED:
            taken_back = [one.person_id for one in some]
            recording.take_back(taken_back)
            notices.taken_back(session, move, taken_back, now)
        if was in (MemberState.SCHEDULED, MemberState.READY):
            for one in some:
                audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, one.person_id, None, now)
    return has_told


def set_state(
    session: Session,
    member_ids: Sequence[UUID],
    was: MemberState,
    state: MemberState,
    *conditions: ColumnElement[bool],
    as_looked_at: bool = False,
    **values: Any,
) -> None:
    """Take one step for these people, each once. Raises Conflict when somebody took it meanwhile.

    By what a look has found (``as_looked_at``) also when an officer has left one of them out meanwhile: they
    may have been set apart before, for another reason.
    """
    if was is MemberState.SCHEDULED and state is not MemberState.LEFT:
        values = NOTHING_TAKEN_UP | values
    stays = and_(col(M.reason).is_not(None), col(M.reason) == Reason.EXCLUDED)
    taken = session.execute(
        update(M)
        .where(
            col(M.id).in_(member_ids), col(M.state) == was, ~stays if as_looked_at else true(), *conditions
        )
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != len(member_ids):  # type: ignore[attr-defined]
        raise AnotherWorker("Somebody else works on this bulk move.")
