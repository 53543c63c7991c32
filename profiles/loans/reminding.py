"""Reminds who is to act in a loan before it is due, and tells who sees to it when late; once for each date.

Who put it on hold is asked on the day of the review, and that somebody returns soon everybody is told: that
nobody has confirmed it is only escalated here.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from profiles.employments.service import current_postings
from profiles.loans import ending, notices, policy, restarting, states
from profiles.loans.acting import ACT_WITHIN, OF_HOME, Act, Waiting, waiting_of
from profiles.loans.models import Loan, LoanReminder, LoanSide, LoanState, LoanStep
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date, end_of_day
from profiles.transfers.models import ReminderStage
from profiles.transfers.timetable import Timetable

_WAITING = (
    LoanState.DRAFT,
    LoanState.EMPLOYEE_SUBMITTED,
    LoanState.HOME_APPROVED,
    LoanState.HOST_APPROVED,
    LoanState.AGREEMENT_SIGNED,
    LoanState.EXTENSION_PENDING,
    LoanState.RETURN_DUE,
    LoanState.ENDED_EARLY,
    LoanState.OVERDUE,
)

_DONE_BY = {
    Act.AGREE_CLEARANCE: (Permission.MANAGE_CLEARANCES,),
    Act.SETTLE_CLEARANCE: (Permission.MANAGE_CLEARANCES, Permission.APPROVE_TRANSFER),
}
"""Who does what is not done by HR alone."""


def concerned(session: Session, now: datetime, timetable: Timetable) -> Sequence[UUID]:
    """The ids of the loans in which something is due soon, or late."""
    today, ahead = civil_date(now), timedelta(days=timetable.reminder_days)
    entered = func.coalesce(
        sql_select(func.max(LoanStep.at)).where(col(LoanStep.loan_id) == col(Loan.id)).scalar_subquery(),
        col(Loan.created_at),
    )
    soon = or_(
        entered < end_of_day(today - ACT_WITHIN + ahead),
        col(Loan.start_date) <= today + ahead + timedelta(days=1),
        col(Loan.last_day) <= today + ahead,
    )
    waiting = and_(col(Loan.state).in_(_WAITING), soon)
    asked = and_(col(Loan.state).in_(states.AT_HOST), col(Loan.end_asked_day).is_not(None))
    said = col(Loan.restart_due_on) <= today + ahead
    query = select(Loan.id).where(or_(waiting, asked, said))
    return session.exec(query.order_by(col(Loan.id))).all()


def look(session: Session, loan: Loan, now: datetime, timetable: Timetable) -> None:
    """Send what is to be sent of one loan and was not yet, for the dates that stand now."""
    asked = ending.is_asked(loan, now) or loan.restart_due_on is not None
    if loan.state not in _WAITING and not asked:
        return
    today = civil_date(now)
    sent = {
        (one.act, one.side, one.due_on, one.stage)
        for one in session.exec(select(LoanReminder).where(col(LoanReminder.loan_id) == loan.id))
    }
    for one in waiting_of(session, loan, now):
        stage = _stage(one, today, timetable)
        if stage is None or (one.act, one.side or "", one.due_on, stage) in sent:
            continue
        session.add(
            LoanReminder(
                loan_id=loan.id,
                act=one.act,
                side=one.side or "",
                due_on=one.due_on,
                stage=stage,
                sent_at=now,
            )
        )
        if stage is ReminderStage.REMINDER:
            notices.remind(session, loan, doers(session, one, now), one.due_on, now)
        else:
            by_security = one.act is Act.AGREE_CLEARANCE
            to = escalated_to(session, one, now)
            notices.escalate(session, loan, to, one.side, one.due_on, now, by_security=by_security)
    session.flush()


def doers(session: Session, one: Waiting, now: datetime) -> list[UUID]:
    """Who can do it, deputies of absent officers among them."""
    if one.side is None:
        return [one.loan.person_id]
    if one.act is Act.AGREE_TO_END:
        return ending.who_may_agree(session, one.loan, now)
    if one.act is Act.AGREE_START:
        return restarting.who_may_agree(session, one.loan, now)
    where = policy.organisation_of(one.loan, one.side)
    permissions = _DONE_BY.get(one.act, (Permission.APPROVE_TRANSFER,))
    found = (officer_id for each in permissions for officer_id in who_may(session, each, where, now))
    return _but(one.loan, found)


def escalated_to(session: Session, one: Waiting, now: datetime) -> list[UUID]:
    """Who sees to it: HR of home for a security officer, HR of both for the employee, for HR their managers.

    HR of the other organisation hear of it too where HR are late, so that they can ask; a host of nothing
    before home has told it, and never of what is home's alone.
    """
    loan = one.loan
    told = [side for side in LoanSide if side is LoanSide.HOME or loan.host_informed]
    officers = {
        side: who_may(session, Permission.APPROVE_TRANSFER, policy.organisation_of(loan, side), now)
        for side in told
    }
    if one.side is None:
        return _but(loan, [officer_id for side in told for officer_id in officers[side]])
    if one.act is Act.AGREE_CLEARANCE:
        return _but(loan, officers[one.side])
    managers = [
        posting.line_manager_id
        for officer_id in officers[one.side]
        for posting in current_postings(session, officer_id, now)
        if posting.line_manager_id is not None
    ]
    if one.act in OF_HOME:
        return _but(loan, managers or officers[one.side])
    others = [officer_id for side in told if side is not one.side for officer_id in officers[side]]
    return _but(loan, [*managers, *others])


def _stage(one: Waiting, today: date, timetable: Timetable) -> ReminderStage | None:
    """What is due for it by now; who is late already is not reminded first."""
    if today > one.due_on + timedelta(days=timetable.escalation_days):
        return ReminderStage.ESCALATION
    soon = today >= one.due_on - timedelta(days=timetable.reminder_days)
    return ReminderStage.REMINDER if soon and not _was_told(one, today) else None


def _was_told(one: Waiting, today: date) -> bool:
    """Whether they hear of it today in another mail."""
    if one.act is Act.AGREE_TO_END and one.loan.end_asked_at is not None:
        return civil_date(one.loan.end_asked_at) == today
    return one.act is Act.CONFIRM_RETURN


def _but(loan: Loan, people: Iterable[UUID]) -> list[UUID]:
    return [one for one in dict.fromkeys(people) if one != loan.person_id]
