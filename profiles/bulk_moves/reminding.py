"""Reminds who is to act in a bulk move before it is due, and tells who sees to it when late; once a date."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from profiles.bulk_moves import notices, payroll_details, policy, restarting
from profiles.bulk_moves.agreeing import agreements_of
from profiles.bulk_moves.duties import all_one_with, barred_from_agreeing
from profiles.bulk_moves.expiring import expires_at
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveMember,
    BulkMoveReminder,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
)
from profiles.bulk_moves.payroll_dates import payroll_dates
from profiles.employments.service import current_postings
from profiles.loans.acting import ACT_WITHIN
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers.models import ReminderStage, Side
from profiles.transfers.timetable import Timetable

M = BulkMoveMember
S = BulkMoveState
_WAITING = (S.LIST_DRAFTED, S.VALIDATED, S.SCHEDULED, S.RECONCILING)
A_DAY = timedelta(days=1)


class Act(StrEnum):
    """What somebody is to do."""

    AGREE = "agree"
    CONFIRM = "confirm"
    LEAVE_OUT = "leave_out"
    """A second officer decides whether somebody is left out."""
    AGREE_START = "agree_start"
    """An officer agrees or not that somebody began on another day; the move may be long complete."""
    TAKE_UP = "take_up"
    """Payroll says whether it has what it needs to pay those who come, and gets what it has not."""
    CONFIRM_PAY = "confirm_pay"
    """Payroll says whether first pay, leave and pension are right, and puts right what is not."""


_OF_PAYROLL = (Act.TAKE_UP, Act.CONFIRM_PAY)


@dataclass(frozen=True)
class Waiting:
    """Something to be done by officers of a side, or of either where there is none; not by ``but``."""

    act: Act
    side: Side | None
    due_on: date
    but: Collection[UUID] = ()


def unsent(
    session: Session, now: datetime, timetable: Timetable, confirm_within: timedelta
) -> Sequence[UUID]:
    """The ids of the moves of which something is to be sent and was not yet; it only reads."""
    soon = civil_date(now) + timedelta(days=timetable.reminder_days)
    said = select(M.bulk_move_id).where(col(M.restart_due_on) <= soon)
    query = select(BulkMove).where(or_(col(BulkMove.state).in_(_WAITING), col(BulkMove.id).in_(said)))
    return [
        move.id
        for move in session.exec(query.order_by(col(BulkMove.id))).all()
        if any(_to_send(session, move, now, timetable, confirm_within))
    ]


def look(
    session: Session, move: BulkMove, now: datetime, timetable: Timetable, confirm_within: timedelta
) -> None:
    """Send what is to be sent of one move and was not yet, for the dates that stand now."""
    for one, stage in list(_to_send(session, move, now, timetable, confirm_within)):
        session.add(
            BulkMoveReminder(
                bulk_move_id=move.id,
                act=one.act,
                side=one.side or "",
                due_on=one.due_on,
                stage=stage,
                sent_at=now,
            )
        )
        payroll = one.act in _OF_PAYROLL
        if stage is ReminderStage.REMINDER:
            notices.remind(session, move, doers(session, move, one, now), one.due_on, now, payroll=payroll)
        else:
            to = escalated_to(session, move, one, now)
            notices.escalate(session, move, to, one.side, one.due_on, now, payroll=payroll)
    session.flush()


def waiting_of(
    session: Session, move: BulkMove, now: datetime, timetable: Timetable, confirm_within: timedelta
) -> Iterator[Waiting]:
    """What waits for officers in a move, each with the day by which it is to be done."""
    before = move.start_date - A_DAY
    if move.state is S.LIST_DRAFTED:
        agreed = {one.side: one.officer_id for one in agreements_of(session, move.id)}
        barred = barred_from_agreeing(session, move, now) | all_one_with(session, agreed.values(), now)
        for side in Side:
            if side not in agreed:
                yield Waiting(Act.AGREE, side, min(_since(session, move) + ACT_WITHIN, before), barred)
    elif move.state is S.VALIDATED:
        ends_at = expires_at(session, move, confirm_within)
        last = before if ends_at is None else min(before, civil_date(ends_at) - A_DAY)
        yield Waiting(Act.CONFIRM, None, min(_since(session, move) + ACT_WITHIN, last))
    elif move.state is S.SCHEDULED and move.starts_at > now:
        asked = select(M.leaving_out_by).where(
            col(M.bulk_move_id) == move.id,
            col(M.state) == MemberState.SCHEDULED,
            col(M.leaving_out_by).is_not(None),
        )
        by = {one for one in session.exec(asked.distinct()) if one is not None}
        if by:
            barred = all_one_with(session, by, now) if len(by) == 1 else frozenset()
            yield Waiting(Act.LEAVE_OUT, None, before, barred)
    elif move.state is S.RECONCILING:
        for due_on in sorted(_pays_due_on(session, move, now, timetable)):
            yield Waiting(Act.CONFIRM_PAY, Side.IMPORTING, due_on)
    for due_on in sorted(_details_due_on(session, move, now, timetable)):
        yield Waiting(Act.TAKE_UP, Side.IMPORTING, due_on)
    yield from _starts_said(session, move, now)


def doers(session: Session, move: BulkMove, one: Waiting, now: datetime) -> list[UUID]:
    """Who can do it, deputies of absent officers among them; not the deputies of who had a part already."""
    permission = Permission.CONFIRM_PAY if one.act in _OF_PAYROLL else Permission.APPROVE_TRANSFER
    found = (
        officer_id
        for side in (Side if one.side is None else (one.side,))
        for officer_id in who_may(session, permission, policy.organisation_of(move, side), now)
    )
    return [officer_id for officer_id in dict.fromkeys(found) if officer_id not in one.but]


def escalated_to(session: Session, move: BulkMove, one: Waiting, now: datetime) -> list[UUID]:
    """Who sees to it: HR of that organisation where payroll is late; where HR are, their line managers.

    HR of the other organisation hear of it too where HR of one are late, so that they can ask.
    """
    officers = {
        side: who_may(session, Permission.APPROVE_TRANSFER, policy.organisation_of(move, side), now)
        for side in Side
    }
    if one.act in _OF_PAYROLL:
        return list(dict.fromkeys(officers[Side.IMPORTING]))
    late = [side for side in Side if one.side in (None, side)]
    managers = [
        posting.line_manager_id
        for side in late
        for officer_id in officers[side]
        for posting in current_postings(session, officer_id, now)
        if posting.line_manager_id is not None
    ]
    others = [officer_id for side in Side if side not in late for officer_id in officers[side]]
    return list(dict.fromkeys([*managers, *others]))


def _to_send(
    session: Session, move: BulkMove, now: datetime, timetable: Timetable, confirm_within: timedelta
) -> Iterator[tuple[Waiting, ReminderStage]]:
    said = select(BulkMoveReminder).where(col(BulkMoveReminder.bulk_move_id) == move.id)
    sent = {(one.act, one.side, one.due_on, one.stage) for one in session.exec(said)}
    for one in waiting_of(session, move, now, timetable, confirm_within):
        stage = _stage(one, civil_date(now), timetable)
        if stage is not None and (one.act, one.side or "", one.due_on, stage) not in sent:
            yield one, stage


def _stage(one: Waiting, today: date, timetable: Timetable) -> ReminderStage | None:
    """What is due for it by now; who is late already is not reminded first."""
    if today > one.due_on + timedelta(days=timetable.escalation_days):
        return ReminderStage.ESCALATION
    return ReminderStage.REMINDER if today >= one.due_on - timedelta(days=timetable.reminder_days) else None


def _since(session: Session, move: BulkMove) -> date:
    """The day on which the move came to where it stands."""
    query = select(func.max(col(BulkMoveStep.at))).where(col(BulkMoveStep.bulk_move_id) == move.id)
    return civil_date(session.exec(query).one() or move.created_at)


def _starts_said(session: Session, move: BulkMove, now: datetime) -> Iterator[Waiting]:
    """The answers to what is said of the first days of people, by the day by which they are due."""
    query = select(M).where(col(M.bulk_move_id) == move.id, col(M.restart_due_on).is_not(None))
    said: dict[date, list[BulkMoveMember]] = {}
    for one in session.exec(query):
        if one.restart_due_on is not None:
            said.setdefault(one.restart_due_on, []).append(one)
    if not said:
        return
    side = restarting.answering_side(session, move, now)
    officers = who_may(session, Permission.APPROVE_TRANSFER, policy.organisation_of(move, side), now)
    for due_on in sorted(said):
        may = restarting.who_may_agree(session, move, said[due_on], now)
        yield Waiting(Act.AGREE_START, side, due_on, frozenset(officers) - may)


def _pays_due_on(session: Session, move: BulkMove, now: datetime, timetable: Timetable) -> set[date]:
    """By when payroll says something: with the first pay, and of what was wrong again and again."""
    joined, wrong = col(M.state) == MemberState.JOINED, col(M.state) == MemberState.PAY_WRONG
    query = select(
        func.count().filter(joined, payroll_details.WAITS),
        func.count().filter(joined, ~payroll_details.WAITS),
        func.min(col(M.pay_looked_at)).filter(wrong),
    )
    waiting, taken_up, wrong_since = session.exec(query.where(col(M.bulk_move_id) == move.id)).one()
    dates = payroll_dates(session, move, timetable, now)
    due: set[date] = set()
    if waiting:
        due.add(dates.first_pay)
    if taken_up:
        due.add(dates.taken_up_pay)
    if wrong_since is not None:
        due.add(civil_date(wrong_since) + timedelta(days=timetable.chase_days))
    return due


def _details_due_on(session: Session, move: BulkMove, now: datetime, timetable: Timetable) -> set[date]:
    """By when payroll has what it needs: its cut-off date, and of what was missing again and again.

    Once the first pay is due, that is asked about instead.
    """
    if move.state not in payroll_details.STATES:
        return set()
    dates = payroll_dates(session, move, timetable, now)
    if civil_date(now) > dates.first_pay:
        return set()
    nothing_said, missing_since = payroll_details.waiting_since(session, move)
    due: set[date] = set()
    if nothing_said:
        due.add(dates.cut_off)
    if missing_since is not None:
        due.add(max(civil_date(missing_since) + timedelta(days=timetable.chase_days), dates.cut_off))
    return due
