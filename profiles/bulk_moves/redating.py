"""Another start date, earlier or later: nothing of the old one stands, and both sides agree anew."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.bulk_moves import (
    drafting,
    leaving_out,
    notices,
    payroll_notices,
    policy,
    reading,
    states,
    taking_back,
)
from profiles.bulk_moves.agreeing import has_any
from profiles.bulk_moves.batches import TAKEN_BACK_AT_ONCE, Known, Write, with_the_move
from profiles.bulk_moves.facts import Recording
from profiles.bulk_moves.grades import take_back_labels
from profiles.bulk_moves.looking import set_state
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveAgreement,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.bulk_moves.reversing import set_apart_who_moved_on
from profiles.bulk_moves.steps import audit, claim, move_to
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.service import Permissions
from profiles.temporal import start_of_day

M = BulkMoveMember


def may_be_redated(move: BulkMove, now: datetime) -> bool:
    """A list at any time; what is agreed, found or recorded before its day."""
    if move.state is BulkMoveState.LIST_DRAFTED:
        return True
    return move.state in states.REDATABLE and move.starts_at > now


def move_start(
    session: Session,
    now: datetime,
    *,
    move_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date,
    not_within: timedelta = taking_back.NOT_WITHIN,
) -> BulkMove:
    """Give a move another start date. Whoever does so does not agree to it, nor was picked for the list.

    What is recorded for the old date the worker takes back, person by person, and tells each; then the list
    waits for both sides with the new one, and everybody is looked at anew. Raises NotFound, NotPermitted,
    Conflict from the start date on, and ``not_within`` so long before it where many are recorded, or Invalid
    naming ``start_date``.
    """
    move = reading.get_for(session, move_id, permissions)
    if not policy.sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")
    if not move.is_of_all and has_any(session, move, {officer_id, *permissions.parties}):
        raise NotPermitted("You are on this list, so somebody else must set its start date.")
    if not may_be_redated(move, now):
        raise Conflict("The start date of this bulk move cannot be changed now.")
    drafting.check_start(start_date, now)
    if start_date == move.start_date:
        raise Invalid("That is the start date already.", field="start_date")
    if (
        move.importing_organisation_id
        not in organisations.tree(session, start_of_day(start_date), now).organisations
    ):
        raise Invalid("The organisation that they join is not there on that day.", field="start_date")
    move.new_start_date, move.redated_by = start_date, officer_id
    words = f"Start date moved from {move.start_date:%-d %B %Y} to {start_date:%-d %B %Y}."
    if move.state is BulkMoveState.LIST_DRAFTED:
        claim(session, move)
        _note(session, move, officer_id, words, now)
        _take_new_date(session, move, now)
    else:
        taking_back.check_in_time(session, move, now, not_within)
        payroll_was_told = move.state is BulkMoveState.SCHEDULED
        move_to(session, move, BulkMoveState.REDATING, now, officer_id, reason=words)
        if payroll_was_told:
            payroll_notices.come_another_day(session, move, now)
        if few := taking_back.few_recorded(session, move):
            recording = taking_back.recording_of(session, move, now, officer_id)
            _taken_back(few, now)(session, move, recording)
    audit(session, Event.BULK_MOVE_REDATED, move, officer_id, now, start_date=start_date.isoformat())
    return move


def take_back(session: Session, move: BulkMove, known: Known, now: datetime, at_once: int) -> list[Write]:
    """Take back what is recorded of the next people; after the last one the list waits with the new date."""
    limit = min(at_once, TAKEN_BACK_AT_ONCE)
    some = reading.members_of(session, move.id, states=[MemberState.SCHEDULED], limit=limit)
    if some:
        taken_back = _taken_back(some, now)
        return [lambda writing, one: taken_back(writing, one, known.recording(writing, one, now))]

    def write(writing: Session, one: BulkMove) -> None:
        take_back_labels(writing, one, now)
        late = taking_back.note_late(writing, one, now)
        move_to(writing, one, BulkMoveState.LIST_DRAFTED, now, None, reason=late)
        _take_new_date(writing, one, now)

    return [with_the_move(write)]


def _taken_back(
    members: Sequence[BulkMoveMember], now: datetime
) -> Callable[[Session, BulkMove, Recording], None]:
    """Who was asked to be left out is: nothing of theirs is recorded then, so that one officer may."""
    asked = [one.id for one in members if one.leaving_out_by is not None]
    others = {one.id: one.person_id for one in members if one.leaving_out_by is None}
    ids, people = list(others), list(others.values())

    def write(session: Session, move: BulkMove, recording: Recording) -> None:
        not_asked = col(M.leaving_out_by).is_(None)
        set_state(session, ids, MemberState.SCHEDULED, MemberState.LISTED, not_asked, in_flight=False)
        recording.take_back(people)
        notices.put_off(session, move, people, now)
        for member_id in asked:
            leaving_out.leave_out_as_asked(session, move, member_id, now)

    return write


def _note(session: Session, move: BulkMove, by: UUID, words: str, now: datetime) -> None:
    """What is agreed to is due anew from here on, though the list is in the same state."""
    session.add(
        BulkMoveStep(
            bulk_move_id=move.id, from_state=move.state, to_state=move.state, at=now, by=by, reason=words
        )
    )


def _take_new_date(session: Session, move: BulkMove, now: datetime) -> None:
    """Nobody has agreed to the new date, and nobody was looked at for it; who was left out stays so."""
    if move.new_start_date is None:
        return
    session.execute(
        delete(BulkMoveAgreement)
        .where(col(BulkMoveAgreement.bulk_move_id) == move.id)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(M)
        .where(
            col(M.bulk_move_id) == move.id,
            col(M.state).in_((MemberState.READY, MemberState.SET_APART)),
            or_(col(M.reason).is_(None), col(M.reason) != Reason.EXCLUDED),
        )
        .values(state=MemberState.LISTED, reason=None, in_flight=False)
        .execution_options(synchronize_session=False)
    )
    move.start_date, move.starts_at = move.new_start_date, start_of_day(move.new_start_date)
    set_apart_who_moved_on(session, move, now)
    move.new_start_date, move.looked_at, move.confirmed_by = None, None, None
    session.add(move)
    session.flush()
    notices.waits_for_agreement(session, move, now)
