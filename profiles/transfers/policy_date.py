"""The day on which the old department's silence no longer keeps the date open, with short notice too.

It settles the date alone: whether a warning is live, a clearance goes along or records are released, only the
old department can say, and its approval is waited for.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.organisations.move_rules import RULES
from profiles.temporal import civil_date
from profiles.transfers import notices, standing_in, steps, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.timetable import Timetable
from profiles.transfers.trail import audit

_SETTLED_BY_SILENCE = [regime for regime, rules in RULES.items() if rules.silence_settles_dates]


def find_day(session: Session, transfer: Transfer, timetable: Timetable) -> date | None:
    """When the dates stand without an answer; None where they never do, or need none any more."""
    if transfer.state is not TransferState.IN_PROGRESS or transfer.date_settled_at is not None:
        return None
    if transfer.regime not in _SETTLED_BY_SILENCE:
        return None
    day = timetable.policy_date(transfer.dates_offered_on, transfer.last_day)
    asked = tasks.get(session, transfer, TaskKind.LINE_MANAGER)
    return day if asked.done_at is None else None


def is_notice_too_short(session: Session, transfer: Transfer, timetable: Timetable) -> bool:
    """Whether the dates wait for an answer, and no policy date comes before the last day has passed."""
    if transfer.state is not TransferState.IN_PROGRESS or transfer.date_settled_at is not None:
        return False
    if transfer.regime not in _SETTLED_BY_SILENCE:
        return False
    asked = tasks.get(session, transfer, TaskKind.LINE_MANAGER)
    return asked.done_at is None and find_day(session, transfer, timetable) is None


def settle_due(
    session: Session, now: datetime, timetable: Timetable, *, limit: int = 50
) -> Sequence[Transfer]:
    """Settle the dates that nobody of the old department has answered about; at most ``limit``.

    One that cannot be settled keeps up no other.
    """
    today = civil_date(now)
    open_dates = (
        select(col(Transfer.id), col(Transfer.dates_offered_on), col(Transfer.last_day))
        .join(TransferTask, col(TransferTask.transfer_id) == col(Transfer.id))
        .where(
            col(Transfer.state) == TransferState.IN_PROGRESS,
            col(Transfer.regime).in_(_SETTLED_BY_SILENCE),
            col(Transfer.date_settled_at).is_(None),
            col(Transfer.last_day) >= today,
            col(TransferTask.kind) == TaskKind.LINE_MANAGER,
            col(TransferTask.done_at).is_(None),
        )
    )
    due = [
        transfer_id
        for transfer_id, offered_on, last_day in session.exec(open_dates)
        if (day := timetable.policy_date(offered_on, last_day)) is not None and day <= today
    ]
    query = select(Transfer).where(col(Transfer.id).in_(due), col(Transfer.date_settled_at).is_(None))

    def settle(transfer: Transfer) -> None:
        steps.claim(session, transfer)
        transfer.date_settled_at = now
        session.add(transfer)
        session.flush()
        audit(session, Event.TRANSFER_DATE_SETTLED, transfer, None, now, Side.EXPORTING)
        asked = standing_in.asked_to_do(session, transfer, TaskKind.LINE_MANAGER, now)
        notices.date_settled(session, transfer, asked, now)

    return steps.each(session, query.order_by(col(Transfer.id)), limit, settle)
