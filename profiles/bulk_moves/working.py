"""What the worker does for a bulk move: transactions of some people each, so that nobody waits long.

Every step of a person is a conditional UPDATE in the transaction that writes their facts: whoever was killed
in the middle has done nothing of the last batch, and the next goes on behind the one before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import (
    closing,
    expiring,
    looking,
    notices,
    payroll_notices,
    redating,
    states,
    taking_back,
    the_day,
)
from profiles.bulk_moves.batches import (
    AT_ONCE,
    TAKEN_BACK_AT_ONCE,
    WRITTEN_AT_ONCE,
    Application,
    Known,
    Write,
    with_the_move,
)
from profiles.bulk_moves.grades import take_back_labels
from profiles.bulk_moves.looking import AnotherWorker, WaysIn, set_state
from profiles.bulk_moves.made_facts import make_facts, make_step
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.planned import Moving, Planned
from profiles.bulk_moves.proposed_roles import proposed_roles
from profiles.bulk_moves.reading import members_of
from profiles.bulk_moves.steps import audit, audit_people_ahead, audit_person, move_to

BUSY_FOR = timedelta(seconds=60)
"""How long somebody who works on a move is left alone without a sign of life."""
LOOK_EVERY = timedelta(minutes=10)


def is_due(now: datetime, confirm_within: timedelta) -> ColumnElement[bool]:
    """Whether there is something to do for a move, and nobody does it. A list expires ``confirm_within``."""
    waiting = or_(col(BulkMove.looked_at).is_(None), col(BulkMove.looked_at) <= now - LOOK_EVERY)
    looked_at = col(BulkMove.state).in_((BulkMoveState.VALIDATED, BulkMoveState.SCHEDULED))
    over = col(BulkMove.state).in_((BulkMoveState.RECONCILING, BulkMoveState.COMPLETED))
    return and_(
        or_(col(BulkMove.busy_until).is_(None), col(BulkMove.busy_until) < now),
        or_(
            col(BulkMove.state).in_(states.WORKED_ON),
            and_(looked_at, col(BulkMove.starts_at) > now, waiting),
            and_(col(BulkMove.state) == BulkMoveState.SCHEDULED, col(BulkMove.starts_at) <= now),
            expiring.has_expired(now, confirm_within),
            and_(over, col(BulkMove.ends_exporter), col(BulkMove.exporter_ended_at).is_(None), waiting),
        ),
    )


def find_due(session: Session, now: datetime, confirm_within: timedelta) -> UUID | None:
    """A bulk move on which the worker can go on."""
    query = select(BulkMove.id).where(is_due(now, confirm_within)).order_by(col(BulkMove.id)).limit(1)
    return session.exec(query).first()


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
    session: Session,
    move: BulkMove,
    known: Known,
    now: datetime,
    application: Application,
    at_once: int = AT_ONCE,
) -> list[Write]:
    """What is to be done next, each as a whole, in this order; nothing when nothing is left.

    It is read and worked out here, so that whoever else writes waits only for the writing. What is written
    raises AnotherWorker where somebody did it, and Conflict or IntegrityError where a record does not fit.
    """
    if move.state is BulkMoveState.BOTH_AGREED:
        return _validate(session, move, known, now, application.ways_in, at_once)
    if move.state in (BulkMoveState.LIST_DRAFTED, BulkMoveState.VALIDATED):
        ends_at = expiring.expires_at(session, move, application.confirm_within)
        expired = ends_at is not None and ends_at <= now
        return [with_the_move(lambda writing, one: expiring.expire(writing, one, now))] if expired else []
    if move.state is BulkMoveState.SCHEDULING:
        return _schedule(session, move, known, now, at_once) or [with_the_move(_scheduled(now))]
    if move.state is BulkMoveState.SCHEDULED:
        due = move.starts_at <= now
        return _schedule(session, move, known, now, at_once) or (
            the_day.leave(session, move, known, now, application, at_once) if due else []
        )
    if move.state is BulkMoveState.LEFT:
        return the_day.join(session, move, now)
    if move.state is BulkMoveState.JOINED:
        return [with_the_move(_joined(now))]
    if move.state is BulkMoveState.REDATING:
        return redating.take_back(session, move, known, now, at_once)
    if move.state is BulkMoveState.CANCELLING:
        return _cancel(session, move, known, now, at_once)
    over = move.state in (BulkMoveState.RECONCILING, BulkMoveState.COMPLETED)
    waits = move.looked_at is None or move.looked_at <= now - LOOK_EVERY
    if over and waits and move.ends_exporter and move.exporter_ended_at is None:
        return [with_the_move(lambda writing, one: closing.close_when_empty(writing, one, now, application))]
    return []


def _scheduled(now: datetime) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        move_to(session, move, BulkMoveState.SCHEDULED, now, None)
        audit(session, Event.BULK_MOVE_SCHEDULED, move, None, now)
        notices.scheduled(session, move, now)
        payroll_notices.people_come(session, move, now)
        if proposed_roles(session, move, now):
            notices.roles_proposed(session, move, now)

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
    if move.state in (BulkMoveState.REDATING, BulkMoveState.CANCELLING):
        return False
    order = (MemberState.LISTED, MemberState.READY, MemberState.SCHEDULED)
    for was in order:
        some = members_of(session, move.id, states=[was], limit=1)
        if some:
            payroll_notices.some_stay(session, move, [some[0].id], now)
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

    return [with_the_move(validated)]


def _schedule(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    some = members_of(session, move.id, states=[MemberState.READY], limit=at_once)
    if not some:
        return []
    moving, planned = _plan(session, move, known, some, now)
    mails = notices.mails_to_movers(session, move, [one.person_id for one in some], now)

    recording = known.recording(session, move, now)
    dialect = session.get_bind().dialect

    def write(few: Sequence[Moving]) -> Write:
        people, by = [one.person_id for one in few], move.confirmed_by
        step = make_step(dialect, few, now)
        facts = make_facts(recording, planned, people)
        more = [audit_people_ahead(session, Event.BULK_MOVE_PERSON_SCHEDULED, move, people, by, now)]
        if told := [mails[person_id] for person_id in people if person_id in mails]:
            more.append(notices.send_ahead(session, told))

        def schedule(writing: Session, _move: BulkMove) -> None:
            if step.run(writing) != len(few):
                raise AnotherWorker("Somebody else works on this bulk move.")
            facts.write(writing)
            for statement in more:
                statement.run(writing)

        return schedule

    return [write(few) for few in _some_at_a_time(moving, WRITTEN_AT_ONCE[dialect.name])]


def _plan(
    session: Session, move: BulkMove, known: Known, members: Sequence[BulkMoveMember], now: datetime
) -> tuple[list[Moving], Planned]:
    numbers = known.numbers.give(session, members)
    moving = [Moving(one.id, one.person_id, one.employment_id, numbers[one.id]) for one in members]
    return moving, known.recording(session, move, now).plan(moving)


def _cancel(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    for was in looking.LOOKED_AT:
        recorded = was is MemberState.SCHEDULED
        limit = min(at_once, TAKEN_BACK_AT_ONCE if recorded else AT_ONCE)
        some = members_of(session, move.id, states=[was], limit=limit)
        if some:
            return [_cancelled_people(known, was, {one.id: one.person_id for one in some}, now)]

    def cancelled(writing: Session, one: BulkMove) -> None:
        take_back_labels(writing, one, now)
        late = taking_back.note_late(writing, one, now)
        move_to(writing, one, BulkMoveState.CANCELLED, now, None, reason=late)

    return [with_the_move(cancelled)]


def _cancelled_people(known: Known, was: MemberState, people: Mapping[UUID, UUID], now: datetime) -> Write:
    def write(session: Session, move: BulkMove) -> None:
        taking_back.cancel(session, move, was, people, known.recording(session, move, now), now)

    return write


def _some_at_a_time(values: Sequence[Moving], size: int) -> list[Sequence[Moving]]:
    return [values[begin : begin + size] for begin in range(0, len(values), size)]
