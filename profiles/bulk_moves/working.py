"""What the worker does for a bulk move: transactions of some people each, so that nobody waits long.

Every step of a person is a conditional UPDATE in the transaction that writes their facts: whoever was killed
in the middle has done nothing of the last batch, and the next goes on behind the one before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, update
from sqlmodel import Session, col, exists, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import closing, looking, notices, states
from profiles.bulk_moves.facts import ENDING, OF_THE_EMPLOYMENT, Moving, Recording
from profiles.bulk_moves.grades import mapping_of, take_back_labels
from profiles.bulk_moves.looking import WaysIn, set_state
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState, Reason
from profiles.bulk_moves.numbers import new_numbers
from profiles.bulk_moves.reading import members_of
from profiles.bulk_moves.steps import audit, audit_person, move_to
from profiles.organisations import service as organisations

AT_ONCE = 100
"""People of one transaction: on SQLite whoever signs in waits for it, some tens of milliseconds."""
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


def recording_of(
    session: Session, move: BulkMove, now: datetime, known_grades: Recording | None
) -> Recording:
    """What writes the facts of this move; the grades are asked for once."""
    if known_grades is not None:
        return Recording(session, move, known_grades.places, known_grades.grades, now, move.confirmed_by)
    places = organisations.tree(session, min(now, move.created_at)).subtree_of(move.exporting_organisation_id)
    places |= organisations.tree(session, now).subtree_of(move.exporting_organisation_id)
    grades = mapping_of(session, move, now)
    return Recording(session, move, places, grades, now, move.confirmed_by)


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


def go_on(
    session: Session,
    move: BulkMove,
    recording: Recording,
    now: datetime,
    ways_in: WaysIn,
    at_once: int = AT_ONCE,
) -> bool:
    """Do one batch of what is due; whether there may be more.

    Raises AnotherWorker where somebody did it, and Conflict or IntegrityError where a record does not fit.
    """
    if move.state is BulkMoveState.BOTH_AGREED:
        return _validate(session, move, recording, now, ways_in, at_once)
    if move.state is BulkMoveState.SCHEDULING:
        if not _schedule(session, move, recording, now, at_once):
            move_to(session, move, BulkMoveState.SCHEDULED, now, None)
            audit(session, Event.BULK_MOVE_SCHEDULED, move, None, now)
            notices.scheduled(session, move, now)
        return True
    if move.state is BulkMoveState.SCHEDULED:
        if _schedule(session, move, recording, now, at_once):
            return True
        return move.starts_at <= now and _leave(session, move, recording, now, at_once)
    if move.state is BulkMoveState.LEFT:
        return _join(session, move, now)
    if move.state is BulkMoveState.JOINED:
        move_to(session, move, BulkMoveState.RECONCILING, now, None)
        audit(
            session, Event.BULK_MOVE_JOINED, move, None, now, organisation_id=move.importing_organisation_id
        )
        notices.joined(session, move, now)
        return move.ends_exporter
    if move.state is BulkMoveState.CANCELLING:
        return _cancel(session, move, recording, now)
    if move.state in (BulkMoveState.RECONCILING, BulkMoveState.COMPLETED):
        closing.close_when_empty(session, move, now)
    return False


def set_apart_next(session: Session, move: BulkMove, now: datetime) -> bool:
    """Set apart who is next, whose record does not fit: they keep up nobody else. Whether there was somebody.

    Of whom nothing is recorded yet nothing is; what is recorded of somebody on the day stays, for HR to mend.
    """
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
    session: Session,
    move: BulkMove,
    recording: Recording,
    now: datetime,
    ways_in: WaysIn,
    at_once: int,
) -> bool:
    some = members_of(session, move.id, states=[MemberState.LISTED], limit=at_once)
    if some:
        findings = looking.find(session, move, some, now, ways_in)
        looking.write(session, move, findings, recording, now)
        return True
    move.looked_at = now
    move_to(session, move, BulkMoveState.VALIDATED, now, None)
    audit(session, Event.BULK_MOVE_VALIDATED, move, None, now)
    notices.validated(session, move, now)
    return False


def _schedule(session: Session, move: BulkMove, recording: Recording, now: datetime, at_once: int) -> bool:
    some = members_of(session, move.id, states=[MemberState.READY], limit=at_once)
    if not some:
        return False
    ids = [one.id for one in some]
    set_state(session, ids, MemberState.READY, MemberState.SCHEDULED, scheduled_at=now, in_flight=True)
    _record(session, move, recording, some)
    people = [one.person_id for one in some]
    for person_id in people:
        audit_person(session, Event.BULK_MOVE_PERSON_SCHEDULED, move, person_id, move.confirmed_by, now)
    notices.tell_people(session, move, people, now)
    return True


def _record(
    session: Session, move: BulkMove, recording: Recording, members: Sequence[BulkMoveMember]
) -> None:
    numbers = new_numbers(session, move, members)
    moving = [Moving(one.person_id, one.employment_id, numbers[one.id]) for one in members]
    recording.schedule(moving)
    table = BulkMoveMember.__table__  # type: ignore[attr-defined]
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("member_key"))
        .values(new_number=bindparam("number_there"), new_employment_id=bindparam("employment_there")),
        [
            {
                "member_key": member.id,
                "number_there": one.new_number,
                "employment_there": one.new_employment_id,
            }
            for member, one in zip(members, moving, strict=True)
        ],
    )


def _leave(session: Session, move: BulkMove, recording: Recording, now: datetime, at_once: int) -> bool:
    some = members_of(session, move.id, states=[MemberState.SCHEDULED], limit=at_once)
    if not some:
        move_to(session, move, BulkMoveState.LEFT, now, None)
        audit(session, Event.BULK_MOVE_LEFT, move, None, now)
        return True
    ids = [one.id for one in some]
    gone = set(session.exec(select(M.id).where(col(M.id).in_(ids), looking.left_another_way(move, now))))
    broken = set(session.exec(select(M.id).where(col(M.id).in_(ids), looking.record_changed(move, now))))
    broken -= gone
    for reason, which in ((Reason.LEAVING, gone), (Reason.RECORD_CHANGED, broken)):
        stay = [one for one in some if one.id in which]
        if stay:
            people = [one.person_id for one in stay]
            set_apart = [one.id for one in stay]
            set_state(
                session,
                set_apart,
                MemberState.SCHEDULED,
                MemberState.SET_APART,
                reason=reason,
                in_flight=False,
            )
            (recording.take_back_beginning if reason is Reason.LEAVING else recording.take_back)(people)
            for person_id in people:
                audit_person(session, Event.BULK_MOVE_PERSON_SET_APART, move, person_id, None, now)
    going = [one for one in some if one.id not in gone | broken]
    if going:
        _carry_what_came_since(session, move, recording, going, now)
        set_state(session, [one.id for one in going], MemberState.SCHEDULED, MemberState.LEFT)
    return True


def _carry_what_came_since(
    session: Session, move: BulkMove, recording: Recording, members: Sequence[BulkMoveMember], now: datetime
) -> None:
    """Plan anew for those of whom something was recorded after the plan, that would go on where they left."""
    came = [
        exists().where(
            recording.lives_on(model),
            col(getattr(model, "employment_id")) == col(M.employment_id),  # noqa: B009
        )
        for model in OF_THE_EMPLOYMENT
    ]
    came += [
        exists().where(recording.lives_on(model), col(getattr(model, "person_id")) == col(M.person_id))  # noqa: B009
        for model in ENDING
    ]
    ids = [one.id for one in members]
    found = set(session.exec(select(M.id).where(col(M.id).in_(ids), or_(*came))))
    again = [one for one in members if one.id in found]
    if again:
        recording.take_back([one.person_id for one in again])
        _record(session, move, recording, again)


def _join(session: Session, move: BulkMove, now: datetime) -> bool:
    some = members_of(session, move.id, states=[MemberState.LEFT], limit=AT_ONCE)
    if not some:
        move_to(session, move, BulkMoveState.JOINED, now, None)
        return True
    ids = [one.id for one in some]
    set_state(session, ids, MemberState.LEFT, MemberState.JOINED, in_flight=False)
    for one in some:
        audit_person(session, Event.BULK_MOVE_PERSON_JOINED, move, one.person_id, None, now)
    return True


def _cancel(session: Session, move: BulkMove, recording: Recording, now: datetime) -> bool:
    for was in looking.LOOKED_AT:
        some = members_of(session, move.id, states=[was], limit=AT_ONCE)
        if not some:
            continue
        set_state(session, [one.id for one in some], was, MemberState.CANCELLED, in_flight=False)
        if was is MemberState.SCHEDULED:
            people = [one.person_id for one in some]
            recording.take_back(people)
            notices.taken_back(session, move, people, now)
        return True
    take_back_labels(session, move, now)
    move_to(session, move, BulkMoveState.CANCELLED, now, None)
    return False
