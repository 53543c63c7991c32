"""What the worker does on the day of a bulk move: everybody is looked at once more, and who moves has moved.

The facts with their dates have turned access already. Who cannot move after all stays where they were: the
record says so, and never that they have joined.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, exists, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import looking, notices, payroll_notices, reading
from profiles.bulk_moves.batches import AT_ONCE, Application, Known, Write, with_the_move
from profiles.bulk_moves.facts import (
    ENDING,
    OF_THE_EMPLOYMENT,
    OF_THE_ORGANISATION,
    TO_COME,
    Recording,
)
from profiles.bulk_moves.looking import set_state
from profiles.bulk_moves.made_facts import make_facts, note_new
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.planned import Moving
from profiles.bulk_moves.reading import members_of
from profiles.bulk_moves.steps import audit, audit_people_ahead, audit_person, move_to

M = BulkMoveMember


def leave(
    session: Session, move: BulkMove, known: Known, now: datetime, application: Application, at_once: int
) -> list[Write]:
    """Look at the next of those whose move is recorded: they go, or they stay for a reason."""
    some = members_of(session, move.id, states=[MemberState.SCHEDULED], limit=at_once)
    if not some:
        return [with_the_move(_left(now, application))]
    staying: dict[Reason, dict[UUID, UUID]] = {}
    going: list[UUID] = []
    for one in looking.find(session, move, some, now, application.ways_in):
        if one.reason is None:
            going.append(one.member_id)
        else:
            staying.setdefault(one.reason, {})[one.member_id] = one.person_id
    came_since = select(M.id).where(col(M.id).in_(going), _came_since(known.recording(session, move, now)))
    again = session.exec(came_since).all()

    def write(writing: Session, one: BulkMove) -> None:
        recording = known.recording(writing, one, now)
        stay = [member_id for people in staying.values() for member_id in people]
        payroll_notices.some_stay(writing, one, stay, now)
        for reason, people in staying.items():
            _stay(writing, one, recording, people, reason, now)
        _carry_again(writing, one, known, again, now)
        if going:
            set_state(writing, going, MemberState.SCHEDULED, MemberState.LEFT)

    return [write]


def join(session: Session, move: BulkMove, now: datetime) -> list[Write]:
    """Say of the next people that they have joined; after the last one, of the move."""
    some = members_of(session, move.id, states=[MemberState.LEFT], limit=AT_ONCE)
    if not some:
        return [with_the_move(lambda writing, one: move_to(writing, one, BulkMoveState.JOINED, now, None))]
    ids, people = [one.id for one in some], [one.person_id for one in some]
    entries = audit_people_ahead(session, Event.BULK_MOVE_PERSON_JOINED, move, people, None, now)

    def write(writing: Session, _move: BulkMove) -> None:
        set_state(writing, ids, MemberState.LEFT, MemberState.JOINED, in_flight=False)
        entries.run(writing)

    return [write]


def _left(now: datetime, application: Application) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        if move.providers_go_along:
            application.hand_over(session, move, now)
        move_to(session, move, BulkMoveState.LEFT, now, None)
        audit(session, Event.BULK_MOVE_LEFT, move, None, now)
        notices.stayed(session, move, reading.reasons_of(session, move.id), now)

    return write


def _stay(
    session: Session,
    move: BulkMove,
    recording: Recording,
    people: Mapping[UUID, UUID],
    reason: Reason,
    now: datetime,
) -> None:
    """Set people apart on the day; who left another way stays left, the others stay where they were."""
    was, becomes = MemberState.SCHEDULED, MemberState.SET_APART
    set_state(session, list(people), was, becomes, reason=reason, in_flight=False)
    person_ids = list(people.values())
    if reason is Reason.LEAVING:
        recording.take_back_beginning(person_ids)
    else:
        recording.take_back(person_ids)
        notices.taken_back(session, move, person_ids, now)
    for person_id in person_ids:
        audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, person_id, None, now)


def _came_since(recording: Recording) -> ColumnElement[bool]:
    """Of whom something was recorded after the plan, that would go on where they left."""
    came = [
        exists().where(
            or_(recording.lives_on(model), recording.changed_since(model), *to_come),
            col(getattr(model, "employment_id")) == col(M.employment_id),  # noqa: B009
        )
        for model in OF_THE_EMPLOYMENT
        for to_come in [(recording.is_to_come(model),) if model in TO_COME else ()]
    ]
    came += [
        exists().where(
            or_(recording.lives_on(model), recording.changed_since(model)),
            col(getattr(model, "person_id")) == col(M.person_id),  # noqa: B009
        )
        for model in (*OF_THE_ORGANISATION, *ENDING)
    ]
    return or_(*came)


def _carry_again(
    session: Session, move: BulkMove, known: Known, member_ids: Collection[UUID], now: datetime
) -> None:
    """Plan anew for these, with what was recorded since."""
    if not member_ids:
        return
    members = session.exec(select(M).where(col(M.id).in_(member_ids)).order_by(col(M.id))).all()
    people = [one.person_id for one in members]
    recording = known.recording(session, move, now)
    recording.take_back(people)
    moving = [Moving(one.id, one.person_id, one.employment_id, one.new_number) for one in members]
    make_facts(recording, recording.plan(moving), people).write(session)
    note_new(session, moving)
