"""Reminds who is to act before it is due, and tells who sees to it when it is late; once for each date."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlmodel import Session, and_, col, exists, or_, select

from profiles.employments.service import current_postings
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers import nobody, notices, policy
from profiles.transfers.doers import doers, find_missing
from profiles.transfers.models import (
    ReminderStage,
    Side,
    Transfer,
    TransferReminder,
    TransferState,
    TransferTask,
)
from profiles.transfers.parts import Doer
from profiles.transfers.timetable import Timetable
from profiles.transfers.waiting import Act, Waiting, waiting_of, waiting_of_each

_GOING = (
    TransferState.IN_PROGRESS,
    TransferState.SCHEDULED,
    TransferState.LEFT,
    TransferState.RECONCILING,
    TransferState.BLOCKED,
)
"""What is on hold has mails of its own: who holds it is asked on the day of the review."""

_AGAIN = (Act.UNBLOCK, Act.DECIDE_SECURITY)
AGAIN_AFTER = timedelta(days=7)
"""How often it is said anew of a move that is blocked and late."""

LOOKED_AT_ONCE = 200
Sent = tuple[str, str, date, ReminderStage]
"""What was to be done, by which side, by when, and how it was said."""


def concerned(session: Session, now: datetime, timetable: Timetable) -> Sequence[UUID]:
    """The ids of the transfers in which something is due soon, or late."""
    soon = civil_date(now) + timedelta(days=timetable.reminder_days)
    due = exists().where(
        and_(
            col(TransferTask.transfer_id) == col(Transfer.id),
            col(TransferTask.done_at).is_(None),
            col(TransferTask.due_on) <= soon,
        )
    )
    dated = col(Transfer.state).in_((TransferState.IN_PROGRESS, TransferState.BLOCKED))
    soon_over = and_(dated, col(Transfer.last_day) <= soon)
    going = and_(col(Transfer.state).in_(_GOING), or_(due, soon_over))
    query = select(Transfer.id).where(or_(going, col(Transfer.restart_due_on) <= soon))
    return session.exec(query.order_by(col(Transfer.id))).all()


def unsent(session: Session, now: datetime, timetable: Timetable) -> list[UUID]:
    """Those of the concerned of which something is to be sent and was not yet; it only reads."""
    found: list[UUID] = []
    waiting = iter(concerned(session, now, timetable))
    while some := list(islice(waiting, LOOKED_AT_ONCE)):
        transfers = session.exec(select(Transfer).where(col(Transfer.id).in_(some))).all()
        sent = _sent(session, some)
        for transfer, waits in waiting_of_each(session, transfers, (None, *Side), now):
            if any(_to_send(waits, sent.get(transfer.id, set()), civil_date(now), timetable)):
                found.append(transfer.id)
    return sorted(found)


def look(session: Session, transfer: Transfer, now: datetime, timetable: Timetable) -> None:
    """Send what is to be sent of one transfer and was not yet, for the dates that stand now."""
    if transfer.state not in _GOING and transfer.restart_on is None:
        return
    sent = _sent(session, [transfer.id]).get(transfer.id, set())
    waits = waiting_of(session, transfer, (None, *Side), now)
    for one, said_of, stage in _to_send(waits, sent, civil_date(now), timetable):
        session.add(
            TransferReminder(
                transfer_id=transfer.id,
                act=one.act,
                side=one.side or "",
                due_on=said_of,
                stage=stage,
                sent_at=now,
            )
        )
        due_on = one.due_on or said_of
        if stage is ReminderStage.REMINDER:
            notices.remind(session, transfer, doers(session, one, now), due_on, now)
            missing = find_missing(session, one, now)
            if missing is not None:
                nobody.tell(session, transfer, missing, now)
        else:
            to = escalated_to(session, one, now)
            notices.escalate(session, transfer, to, one.doer, one.side, due_on, now)
    session.flush()


def _sent(session: Session, transfer_ids: Collection[UUID]) -> dict[UUID, set[Sent]]:
    """What was sent of each transfer."""
    query = select(TransferReminder).where(col(TransferReminder.transfer_id).in_(transfer_ids))
    found: dict[UUID, set[Sent]] = {}
    for one in session.exec(query):
        found.setdefault(one.transfer_id, set()).add((one.act, one.side, one.due_on, one.stage))
    return found


def _to_send(
    waits: Iterable[Waiting], sent: Collection[Sent], today: date, timetable: Timetable
) -> Iterator[tuple[Waiting, date, ReminderStage]]:
    """What waits, the day for which it is said, and how: again each week of what stands still and is late."""
    for one in waits:
        for said_of, stage in _due(one, today, timetable):
            if (one.act, one.side or "", said_of, stage) not in sent:
                yield one, said_of, stage


def escalated_to(session: Session, one: Waiting, now: datetime) -> list[UUID]:
    """Who sees to it: HR of that department, HR of both for the employee; for HR their own line managers.

    HR of the other department hear of it too where HR are late, so that they can ask.
    """
    transfer = one.transfer
    officers = {
        side: who_may(session, Permission.APPROVE_TRANSFER, policy.organisation_of(transfer, side), now)
        for side in Side
    }
    if one.side is None:
        return _but(transfer, [*officers[Side.IMPORTING], *officers[Side.EXPORTING]])
    if one.doer is not Doer.HR:
        return _but(transfer, officers[one.side])
    managers = [
        posting.line_manager_id
        for officer_id in officers[one.side]
        for posting in current_postings(session, officer_id, now)
        if posting.line_manager_id is not None
    ]
    other = Side.IMPORTING if one.side is Side.EXPORTING else Side.EXPORTING
    return _but(transfer, [*managers, *officers[other]])


def _due(one: Waiting, today: date, timetable: Timetable) -> list[tuple[date, ReminderStage]]:
    """What is due for it by now; who is late already is not reminded first, unless it is said anew."""
    if one.due_on is None:
        return []
    late_for = today - one.due_on - timedelta(days=timetable.escalation_days)
    if late_for > timedelta(0):
        again = one.due_on + late_for // AGAIN_AFTER * AGAIN_AFTER
        if one.act in _AGAIN and again > one.due_on:
            return [(again, ReminderStage.REMINDER), (again, ReminderStage.ESCALATION)]
        return [(one.due_on, ReminderStage.ESCALATION)]
    if today < one.due_on - timedelta(days=timetable.reminder_days):
        return []
    return [(one.due_on, ReminderStage.REMINDER)]


def _but(transfer: Transfer, people: Iterable[UUID]) -> list[UUID]:
    return [one for one in dict.fromkeys(people) if one != transfer.person_id]
