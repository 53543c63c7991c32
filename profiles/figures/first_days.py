"""Looks once at how each mover's first day went, by what the audit trail and the release log hold of it.

Access is decided anew for it, by all that is recorded by then: a decision that rested on a record which was
mended later is found out, and not taken at its word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, exists, select

from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.bulk_moves.models import MOVED, BulkMove, BulkMoveMember
from profiles.disclosure.models import Disclosure
from profiles.entitlements.facts import AppRules, PersonFacts
from profiles.entitlements.policy import decide
from profiles.entitlements.service import facts_and_rules
from profiles.figures.models import (
    AppointmentFirstDay,
    BulkMoveFirstDay,
    FirstDayLook,
    LoanFirstDay,
    TransferFirstDay,
)
from profiles.loans import states as loan_states
from profiles.loans.models import Loan, LoanState
from profiles.temporal import civil_date, end_of_day
from profiles.transfers.models import Transfer, TransferState

WATCHED = timedelta(days=7)
"""For so long from the start date on a first day is waited for, and uses of old access are looked for."""
ARRIVED = (TransferState.JOINED, TransferState.RECONCILING, TransferState.COMPLETED)
BEGUN = tuple(
    one
    for one in LoanState
    if one in loan_states.AT_HOST | {LoanState.OVERDUE, LoanState.RETURNED, LoanState.CONVERTED}
)
_AT_APPS = {Event.APP_OPENED.value, Event.APP_REFUSED.value}
_NOT_LET_IN = {
    *(Event.SIGN_IN_FAILED.value, Event.SIGN_IN_REFUSED.value, Event.SIGN_IN_THROTTLED.value),
}
_TRIED = _AT_APPS | _NOT_LET_IN | {Event.SIGN_IN_SUCCEEDED.value}
_MENDED = {
    *(Event.RECOVERY_REQUESTED.value, Event.RECOVERY_CODE_USED.value, Event.HELP_ALLOWED.value),
    *(Event.INVITATION_MADE.value, Event.PROFILE_CHANGED.value),
}


@dataclass(frozen=True)
class _Begun:
    """Somebody who began somewhere, and until when that is looked at.

    From ``leave_at`` on what they had before is over; on loan that is what sleeps at home meanwhile.
    """

    person_id: UUID
    leave_at: datetime
    join_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class _Noted:
    """One event about the person."""

    event: str
    at: datetime
    app_id: UUID | None


def look_at_first_days(session: Session, now: datetime, limit: int) -> bool:
    """Look at as many as ``limit`` first days whose week is over; say whether there were any."""
    through = civil_date(now) - WATCHED
    found = (
        _of_transfers(session, now, through, limit)
        or _of_bulk_moves(session, now, through, limit)
        or _of_loans(session, now, through, limit)
        or _of_appointments(session, now, through, limit)
    )
    session.add_all(found)
    session.flush()
    return bool(found)


def _of_transfers(session: Session, now: datetime, through: date, limit: int) -> list[FirstDayLook]:
    looked_at = exists().where(col(TransferFirstDay.transfer_id) == col(Transfer.id))
    due = (
        select(Transfer)
        .where(col(Transfer.state).in_(ARRIVED), col(Transfer.start_date) <= through, ~looked_at)
        .order_by(col(Transfer.join_at))
        .limit(limit)
    )
    return [
        TransferFirstDay(transfer_id=one.id, **_look(session, begun, now))
        for one in session.exec(due)
        for begun in [_Begun(one.person_id, one.leave_at, one.join_at, _week_from(one.start_date))]
    ]


def _of_bulk_moves(session: Session, now: datetime, through: date, limit: int) -> list[FirstDayLook]:
    looked_at = exists().where(col(BulkMoveFirstDay.member_id) == col(BulkMoveMember.id))
    due = (
        select(BulkMoveMember, BulkMove)
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
        .where(col(BulkMoveMember.state).in_(MOVED), col(BulkMove.start_date) <= through, ~looked_at)
        .limit(limit)
    )
    return [
        BulkMoveFirstDay(member_id=one.id, **_look(session, begun, now))
        for one, move in session.exec(due)
        for begun in [_Begun(one.person_id, move.starts_at, move.starts_at, _week_from(move.start_date))]
    ]


def _of_loans(session: Session, now: datetime, through: date, limit: int) -> list[FirstDayLook]:
    looked_at = exists().where(col(LoanFirstDay.loan_id) == col(Loan.id))
    due = (
        select(Loan)
        .where(col(Loan.state).in_(BEGUN), col(Loan.start_date) <= through, ~looked_at)
        .order_by(col(Loan.begins_at))
        .limit(limit)
    )
    return [
        LoanFirstDay(loan_id=one.id, **_look(session, begun, now))
        for one in session.exec(due)
        for until in [min(_week_from(one.start_date), one.ends_at)]
        for begun in [_Begun(one.person_id, one.begins_at, one.begins_at, until)]
    ]


def _of_appointments(session: Session, now: datetime, through: date, limit: int) -> list[FirstDayLook]:
    """Who was approved after the first day begins to have access then."""
    looked_at = exists().where(col(AppointmentFirstDay.appointment_id) == col(Appointment.id))
    due = (
        select(Appointment)
        .where(col(Appointment.state) == AppointmentState.AGREED, col(Appointment.start_date) <= through)
        .where(~looked_at)
        .order_by(col(Appointment.begins_at))
        .limit(limit)
    )
    return [
        AppointmentFirstDay(appointment_id=one.id, **_look(session, begun, now))
        for one in session.exec(due)
        for until in [_week_from(one.start_date)]
        for ends_at in [until if one.last_day is None else min(until, end_of_day(one.last_day))]
        for begun in [_Begun(one.person_id, one.begins_at, one.begins_at, ends_at)]
    ]


def _week_from(start_date: date) -> datetime:
    return end_of_day(start_date + WATCHED - timedelta(days=1))


def _look(session: Session, begun: _Begun, now: datetime) -> dict[str, Any]:
    noted = _noted(session, begun)
    since = [one for one in noted if one.at >= begun.join_at]
    tried_on = min((civil_date(one.at) for one in since if one.event in _TRIED), default=None)
    day = [one for one in since if tried_on is not None and civil_date(one.at) == tried_on]
    known = _Known(session, begun, now)
    return {
        "tried_on": tried_on,
        "refused": sum(known.ought_to_open(one) for one in _first_attempts(day) if _is_refusal(one)),
        "kept_out": _kept_out(day),
        "helped": _was_mended(since, tried_on),
        "old_uses": len({one.app_id for one in _uses(session, begun, noted) if known.is_old(one)}),
        "looked_at": now,
    }


def _noted(session: Session, begun: _Begun) -> list[_Noted]:
    query = (
        select(AuditEntry.event, AuditEntry.at, AuditEntry.app_id)
        .where(
            col(AuditEntry.person_id) == begun.person_id,
            col(AuditEntry.event).in_(_TRIED | _MENDED),
            col(AuditEntry.at) >= begun.leave_at,
            col(AuditEntry.at) < begun.ends_at,
        )
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    return [_Noted(*row) for row in session.exec(query)]


def _first_attempts(day: Iterable[_Noted]) -> list[_Noted]:
    first: dict[UUID, _Noted] = {}
    for one in day:
        if one.event in _AT_APPS and one.app_id is not None:
            first.setdefault(one.app_id, one)
    return list(first.values())


def _is_refusal(one: _Noted) -> bool:
    return one.event == Event.APP_REFUSED.value


def _kept_out(day: Sequence[_Noted]) -> bool:
    """A password that was mistyped and then right keeps nobody out."""
    events = {one.event for one in day}
    return bool(events & _NOT_LET_IN) and not events & (_AT_APPS | {Event.SIGN_IN_SUCCEEDED.value})


def _was_mended(since: Iterable[_Noted], tried_on: date | None) -> bool:
    return any(one.event in _MENDED and (tried_on is None or civil_date(one.at) <= tried_on) for one in since)


def _uses(session: Session, begun: _Begun, noted: Iterable[_Noted]) -> list[_Noted]:
    """Every time since leaving that an app was opened, or told something for the first time of a session."""
    told = select(Disclosure.released_at, Disclosure.app_id).where(
        col(Disclosure.person_id) == begun.person_id,
        col(Disclosure.released_at) >= begun.leave_at,
        col(Disclosure.released_at) < begun.ends_at,
    )
    opened = [one for one in noted if one.event == Event.APP_OPENED.value]
    return opened + [_Noted("disclosed", at, app_id) for at, app_id in session.exec(told)]


class _Known:
    """What the record, as it is known now, says of their apps."""

    def __init__(self, session: Session, begun: _Begun, now: datetime) -> None:
        self._session = session
        self._begun = begun
        self._now = now
        self._read: dict[UUID, tuple[PersonFacts, AppRules]] = {}

    def ought_to_open(self, refusal: _Noted) -> bool:
        """Whether a refusal counts: the record bears the use, or the app was none of the old post's.

        What the move has ended is refused rightly. Anything else counts, because nobody can tell an app that
        is wrongly shut from one that is none of theirs.
        """
        return self._bears(refusal) or not self._opened_before(refusal)

    def is_old(self, use: _Noted) -> bool:
        """Whether nothing recorded bears a use."""
        return not self._bears(use)

    def _bears(self, one: _Noted) -> bool:
        if one.app_id is None:
            return False
        if one.app_id not in self._read:
            self._read[one.app_id] = facts_and_rules(
                self._session, self._begun.person_id, one.app_id, self._now
            )
        return decide(*self._read[one.app_id], one.at).allowed

    def _opened_before(self, one: _Noted) -> bool:
        opened = select(AuditEntry.id).where(
            col(AuditEntry.person_id) == self._begun.person_id,
            col(AuditEntry.app_id) == one.app_id,
            col(AuditEntry.event) == Event.APP_OPENED.value,
            col(AuditEntry.at) < self._begun.leave_at,
        )
        return self._session.exec(opened.limit(1)).first() is not None
