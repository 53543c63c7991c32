"""What the worker does for a bulk move: transactions of some people each, so that nobody waits long.

Every step of a person is a conditional UPDATE in the transaction that writes their facts: whoever was killed
in the middle has done nothing of the last batch, and the next goes on behind the one before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, update
from sqlmodel import Session, col, exists, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import closing, looking, notices, states
from profiles.bulk_moves.facts import (
    ENDING,
    OF_THE_EMPLOYMENT,
    OF_THE_ORGANISATION,
    Moving,
    Planned,
    Recording,
)
from profiles.bulk_moves.grades import GradeMapping, mapping_of, take_back_labels
from profiles.bulk_moves.looking import WaysIn, set_state
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.numbers import Numbers
from profiles.bulk_moves.reading import members_of
from profiles.bulk_moves.steps import audit, audit_person, move_to
from profiles.organisations import service as organisations

AT_ONCE = 100
"""People who are read at once, and of whom only the state is written in one transaction."""
WRITTEN_AT_ONCE = 10
"""People whose facts are written in one: on SQLite whoever signs in waits for it, some milliseconds."""
BUSY_FOR = timedelta(seconds=60)
"""How long somebody who works on a move is left alone without a sign of life."""
LOOK_EVERY = timedelta(minutes=10)
M = BulkMoveMember


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether there is something to do for a move, and nobody does it."""
    waiting = or_(col(BulkMove.looked_at).is_(None), col(BulkMove.looked_at) <= now - LOOK_EVERY)
    looked_at = col(BulkMove.state).in_((BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED))
    over = col(BulkMove.state).in_((BulkMoveState.RECONCILING, BulkMoveState.COMPLETED))
    return and_(
        or_(col(BulkMove.busy_until).is_(None), col(BulkMove.busy_until) < now),
        or_(
            col(BulkMove.state).in_(states.WORKED_ON),
            and_(looked_at, col(BulkMove.starts_at) > now, waiting),
            and_(col(BulkMove.state) == BulkMoveState.SCHEDULED, col(BulkMove.starts_at) <= now),
            and_(over, col(BulkMove.ends_exporter), col(BulkMove.exporter_ended_at).is_(None), waiting),
        ),
    )


def find_due(session: Session, now: datetime) -> UUID | None:
    """A bulk move on which the worker can go on."""
    query = select(BulkMove.id).where(is_due(now)).order_by(col(BulkMove.id)).limit(1)
    return session.exec(query).first()


@dataclass
class Known:
    """What is asked once for all batches: the organisations that people leave, grades, numbers."""

    places: frozenset[UUID]
    grades: GradeMapping
    numbers: Numbers

    @classmethod
    def of(cls, session: Session, move: BulkMove, now: datetime) -> "Known":
        """As it is now."""
        places = frozenset(
            place
            for at in (min(now, move.created_at), now)
            for place in organisations.tree(session, at).subtree_of(move.exporting_organisation_id)
        )
        return cls(
            places | {move.exporting_organisation_id}, mapping_of(session, move, now), Numbers(session, move)
        )

    def recording(self, session: Session, move: BulkMove, now: datetime) -> Recording:
        """What reads or writes the facts of this move in a session."""
        return Recording(session, move, self.places, self.grades, now, move.confirmed_by)


Write = Callable[[Session, BulkMove], object]
"""What is done in one transaction, with the move as it is in it."""


def look_at_all(session: Session, move: BulkMove, now: datetime, ways_in: WaysIn) -> list[looking.Finding]:
    """Look again at everybody whose move is recorded, or who is set apart by something that may pass."""
    findings: list[looking.Finding] = []
    after: UUID | None = None
    while True:
        some = members_of(session, move.id, states=looking.LOOKED_AT, after=after, limit=500)
        if not some:
            return findings
        after = some[-1].id
        open_ones = [one for one in some if one.reason is not Reason.EXCLUDED]
        found = looking.find(session, move, open_ones, now, ways_in)
        findings += looking.changed(found, open_ones)


def prepare(
    session: Session, move: BulkMove, known: Known, now: datetime, ways_in: WaysIn, at_once: int = AT_ONCE
) -> list[Write]:
    """What is to be done next, each in a transaction of its own; nothing when nothing is left.

    It is read and worked out here, so that whoever else writes waits only for the writing. What is written
    raises AnotherWorker where somebody did it, and Conflict or IntegrityError where a record does not fit.
    """
    if move.state is BulkMoveState.BOTH_AGREED:
        return _validate(session, move, known, now, ways_in, at_once)
    if move.state is BulkMoveState.SCHEDULING:
        return _schedule(session, move, known, now, at_once) or [_scheduled(now)]
    if move.state is BulkMoveState.SCHEDULED:
        due = move.starts_at <= now
        return _schedule(session, move, known, now, at_once) or (
            _leave(session, move, known, now, at_once) if due else []
        )
    if move.state is BulkMoveState.LEFT:
        return _join(session, move, now)
    if move.state is BulkMoveState.JOINED:
        return [_joined(now)]
    if move.state is BulkMoveState.CANCELLING:
        return _cancel(session, move, known, now, at_once)
    over = move.state in (BulkMoveState.RECONCILING, BulkMoveState.COMPLETED)
    waits = move.looked_at is None or move.looked_at <= now - LOOK_EVERY
    if over and waits and move.ends_exporter and move.exporter_ended_at is None:
        return [lambda writing, one: closing.close_when_empty(writing, one, now)]
    return []


def _scheduled(now: datetime) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        move_to(session, move, BulkMoveState.SCHEDULED, now, None)
        audit(session, Event.BULK_MOVE_SCHEDULED, move, None, now)
        notices.scheduled(session, move, now)

    return write


def _joined(now: datetime) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        move_to(session, move, BulkMoveState.RECONCILING, now, None)
        place = move.importing_organisation_id
        audit(session, Event.BULK_MOVE_JOINED, move, None, now, organisation_id=place)
        notices.joined(session, move, now)
        move.looked_at = None

    return write


def set_apart_next(session: Session, move: BulkMove, now: datetime) -> bool:
    """Set apart who is next, whose record does not fit: they keep up nobody else. Whether there was somebody.

    Of whom nothing is recorded yet nothing is; what is recorded of somebody on the day stays, for HR to mend.
    Nobody is while a move is taken back, because nothing of it may stay: it is tried again.
    """
    if move.state is BulkMoveState.CANCELLING:
        return False
    order = (MemberState.LISTED, MemberState.READY, MemberState.SCHEDULED)
    for was in order:
        some = members_of(session, move.id, states=[was], limit=1)
        if some:
            set_state(
                session,
                [some[0].id],
                was,
                MemberState.SET_APART,
                reason=Reason.RECORD_CHANGED,
                in_flight=False,
            )
            audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, some[0].person_id, None, now)
            return True
    return False


def _validate(
    session: Session, move: BulkMove, known: Known, now: datetime, ways_in: WaysIn, at_once: int
) -> list[Write]:
    some = members_of(session, move.id, states=[MemberState.LISTED], limit=at_once)
    if some:
        findings = looking.find(session, move, some, now, ways_in)
        return [
            lambda writing, one: looking.write(
                writing, one, findings, known.recording(writing, one, now), now
            )
        ]

    def validated(writing: Session, one: BulkMove) -> None:
        one.looked_at = now
        move_to(writing, one, BulkMoveState.VALIDATED, now, None)
        audit(writing, Event.BULK_MOVE_VALIDATED, one, None, now)
        notices.validated(writing, one, now)

    return [validated]


def _schedule(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    some = members_of(session, move.id, states=[MemberState.READY], limit=at_once)
    if not some:
        return []
    moving, planned = _plan(session, move, known, some, now)
    mails = notices.mails_to_movers(session, move, [one.person_id for one in some], now)

    def write(few: Sequence[Moving]) -> Write:
        def schedule(writing: Session, one: BulkMove) -> None:
            ids = [each.member_id for each in few]
            people = [each.person_id for each in few]
            set_state(
                writing, ids, MemberState.READY, MemberState.SCHEDULED, scheduled_at=now, in_flight=True
            )
            known.recording(writing, one, now).write(planned, people)
            _note_new(writing, few)
            for person_id in people:
                audit_person(writing, Event.BULK_MOVE_PERSON_SCHEDULED, one, person_id, one.confirmed_by, now)
            notices.send(writing, [mails[person_id] for person_id in people if person_id in mails])

        return schedule

    return [write(few) for few in _some_at_a_time(moving, WRITTEN_AT_ONCE)]


def _plan(
    session: Session, move: BulkMove, known: Known, members: Sequence[BulkMoveMember], now: datetime
) -> tuple[list[Moving], Planned]:
    numbers = known.numbers.give(members)
    moving = [Moving(one.id, one.person_id, one.employment_id, numbers[one.id]) for one in members]
    return moving, known.recording(session, move, now).plan(moving)


def _note_new(session: Session, moving: Sequence[Moving]) -> None:
    """Keep the new employment beside each person."""
    table = BulkMoveMember.__table__  # type: ignore[attr-defined]
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("member_key"))
        .values(new_number=bindparam("number_there"), new_employment_id=bindparam("employment_there")),
        [
            {
                "member_key": one.member_id,
                "number_there": one.new_number,
                "employment_there": one.new_employment_id,
            }
            for one in moving
        ],
    )


def _leave(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    some = members_of(session, move.id, states=[MemberState.SCHEDULED], limit=at_once)
    if not some:
        return [_left(now)]
    ids = [one.id for one in some]

    def those(which: ColumnElement[bool]) -> set[UUID]:
        return set(session.exec(select(M.id).where(col(M.id).in_(ids), which)))

    gone = those(looking.left_another_way(move, now))
    broken = those(looking.record_changed(move, now)) - gone
    going = [one for one in ids if one not in gone | broken]
    again = those(_came_since(known.recording(session, move, now))) & set(going)
    people = {one.id: one.person_id for one in some}

    def write(writing: Session, one: BulkMove) -> None:
        recording = known.recording(writing, one, now)
        for reason, which in ((Reason.LEAVING, gone), (Reason.RECORD_CHANGED, broken)):
            _stay(writing, one, recording, {each: people[each] for each in which}, reason, now)
        _carry_again(writing, one, known, again, now)
        if going:
            set_state(writing, going, MemberState.SCHEDULED, MemberState.LEFT)

    return [write]


def _left(now: datetime) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        move_to(session, move, BulkMoveState.LEFT, now, None)
        audit(session, Event.BULK_MOVE_LEFT, move, None, now)

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
    if not people:
        return
    was, becomes = MemberState.SCHEDULED, MemberState.SET_APART
    set_state(session, list(people), was, becomes, reason=reason, in_flight=False)
    take_back = recording.take_back_beginning if reason is Reason.LEAVING else recording.take_back
    take_back(list(people.values()))
    for person_id in people.values():
        audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, person_id, None, now)


def _came_since(recording: Recording) -> ColumnElement[bool]:
    """Of whom something was recorded after the plan, that would go on where they left."""
    came = [
        exists().where(
            or_(recording.lives_on(model), recording.changed_since(model)),
            col(getattr(model, "employment_id")) == col(M.employment_id),  # noqa: B009
        )
        for model in OF_THE_EMPLOYMENT
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
    recording.write(recording.plan(moving), people)
    _note_new(session, moving)


def _join(session: Session, move: BulkMove, now: datetime) -> list[Write]:
    some = members_of(session, move.id, states=[MemberState.LEFT], limit=AT_ONCE)
    ids, people = [one.id for one in some], [one.person_id for one in some]

    def write(writing: Session, one: BulkMove) -> None:
        if not ids:
            move_to(writing, one, BulkMoveState.JOINED, now, None)
            return
        set_state(writing, ids, MemberState.LEFT, MemberState.JOINED, in_flight=False)
        for person_id in people:
            audit_person(writing, Event.BULK_MOVE_PERSON_JOINED, one, person_id, None, now)

    return [write]


def _cancel(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    for was in looking.LOOKED_AT:
        recorded = was is MemberState.SCHEDULED
        limit = min(at_once, WRITTEN_AT_ONCE if recorded else AT_ONCE)
        some = members_of(session, move.id, states=[was], limit=limit)
        if some:
            ids, people = [one.id for one in some], [one.person_id for one in some]
            return [_cancelled_people(known, was, ids, people if recorded else [], now)]

    def cancelled(writing: Session, one: BulkMove) -> None:
        take_back_labels(writing, one, now)
        move_to(writing, one, BulkMoveState.CANCELLED, now, None)

    return [cancelled]


def _cancelled_people(
    known: Known, was: MemberState, ids: Sequence[UUID], recorded: Sequence[UUID], now: datetime
) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        set_state(session, ids, was, MemberState.CANCELLED, in_flight=False)
        if recorded:
            known.recording(session, move, now).take_back(recorded)
            notices.taken_back(session, move, recorded, now)

    return write


def _some_at_a_time(values: Sequence[Moving], size: int) -> list[Sequence[Moving]]:
    return [values[begin : begin + size] for begin in range(0, len(values), size)]
