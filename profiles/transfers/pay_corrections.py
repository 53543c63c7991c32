"""What was corrected after the start and pay depends on: start date, grade and salary of the first day.

Whoever corrected it, on a page, by a second officer's word or by an import: what the record says of that
day is compared with what payroll was told of it. Payroll of the new department takes up all three; that of
the old department, which paid until then, the start date alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, and_, col, exists, or_, select

from profiles.audit.catalogue import Event
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.pay.models import PayRecord
from profiles.people.service import take_turns
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, history
from profiles.transfers import notices, policy, steps
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.payroll_models import PayCorrection
from profiles.transfers.sources import source_of
from profiles.transfers.trail import audit

_JOINED = (TransferState.RECONCILING, TransferState.COMPLETED)
_LATELY = timedelta(days=1)
"""For so long the worker looks for what others than officers on their pages have recorded."""


@dataclass(frozen=True)
class FirstDay:
    """What pay depends on, as of the first day; of grade and salary None to who did not pay them."""

    start_date: date
    local_grade: str | None
    salary_pence: int | None


@dataclass(frozen=True)
class Waiting:
    """A correction that payroll of one side is to take up: what it was told before, and what is right."""

    correction: PayCorrection
    transfer: Transfer
    before: FirstDay
    after: FirstDay


def look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    """Look at what is recorded of the first day of these people's moves that have happened."""
    joined = select(Transfer).where(col(Transfer.person_id).in_(person_ids), col(Transfer.state).in_(_JOINED))
    for transfer in session.exec(joined.order_by(col(Transfer.id))).all():
        look(session, transfer, now)


def look(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Tell payroll of what was corrected since it was told last; say whether there was anything."""
    if transfer.state not in _JOINED or _as_recorded(session, transfer, now) is None:
        return False
    noticed = False
    for side in Side:
        after = _as_recorded(session, transfer, now)
        if after is None or _for(side, after) == _last_said(session, transfer, side):
            continue
        take_turns(session, [transfer.person_id])
        after = _for(side, after)
        if after == _last_said(session, transfer, side):
            continue
        _say(session, transfer, side, after, now)
        noticed = True
    return noticed


def concerned(session: Session, now: datetime) -> list[UUID]:
    """The ids of the moves in whose reconciliation something was recorded lately, by whomever."""

    def recorded(model: type[Any]) -> Any:
        return exists().where(
            and_(
                col(model.person_id) == col(Transfer.person_id),
                col(model.organisation_id) == col(Transfer.importing_organisation_id),
                col(model.recorded_at) > col(Transfer.join_at),
                col(model.recorded_at) > now - _LATELY,
            )
        )

    query = select(Transfer.id).where(
        col(Transfer.state) == TransferState.RECONCILING,
        or_(*(recorded(model) for model in (Employment, Posting, PayRecord))),
    )
    return sorted(session.exec(query))


def waiting_for(session: Session, person_id: UUID, permissions: Permissions) -> list[Waiting]:
    """What payroll of their organisations is to take up of others' moves, the oldest first."""
    mine = permissions.organisations(Permission.CONFIRM_PAY)
    query = (
        select(PayCorrection, Transfer)
        .join(Transfer, col(Transfer.id) == col(PayCorrection.transfer_id))
        .where(
            col(PayCorrection.taken_up_at).is_(None),
            col(Transfer.person_id) != person_id,
            or_(
                *(
                    and_(
                        col(PayCorrection.side) == side,
                        col(
                            Transfer.importing_organisation_id
                            if side is Side.IMPORTING
                            else Transfer.exporting_organisation_id
                        ).in_(mine),
                    )
                    for side in Side
                )
            ),
        )
        .order_by(col(PayCorrection.id))
    )
    return [_waiting(session, one, transfer) for one, transfer in session.exec(query).all()]


def get_for(
    session: Session, transfer_id: UUID, side: Side, person_id: UUID, permissions: Permissions
) -> Waiting:
    """The newest of a move for one side, also once it is taken up.

    Raises NotFound to all but payroll of that side, and NotPermitted for one's own.
    """
    transfer = steps.get(session, transfer_id)
    found = _all_of(session, transfer, side)
    if not found or not permissions.allows(Permission.CONFIRM_PAY, policy.organisation_of(transfer, side)):
        raise NotFound("There is no such correction.")
    if permissions.are_of(transfer.person_id) or transfer.person_id == person_id:
        raise NotPermitted("You cannot confirm your own pay.")
    return _waiting(session, found[-1], transfer)


def take_up(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    shown: str,
) -> Waiting:
    """Payroll has taken up what it was ``shown``. Raises NotFound, NotPermitted, and Conflict.

    It is one where a colleague has, or where the record was corrected again meanwhile.
    """
    waiting = get_for(session, transfer_id, side, officer_id, permissions)
    take_turns(session, [waiting.transfer.person_id])
    session.refresh(waiting.correction)
    if waiting.correction.taken_up_at is not None:
        raise Conflict("A colleague has taken this up already.")
    if shown != as_shown(waiting.correction):
        raise Conflict("The record was corrected again after you opened the page. Look at it again.")
    waiting.correction.taken_up_at, waiting.correction.taken_up_by = now, officer_id
    session.add(waiting.correction)
    session.flush()
    audit(session, Event.TRANSFER_PAY_CORRECTION_TAKEN_UP, waiting.transfer, officer_id, now, side)
    return waiting


def as_shown(correction: PayCorrection) -> str:
    """What a page shows of a correction to somebody who takes it up."""
    return correction.noticed_at.isoformat()


def check_none_open(session: Session, transfer: Transfer) -> None:
    """Raise Conflict while payroll of the new department has something to take up."""
    if find_open(session, transfer, Side.IMPORTING) is not None:
        raise Conflict("The record of their start was corrected. Confirm first that you have taken that up.")


def find_open(session: Session, transfer: Transfer, side: Side) -> PayCorrection | None:
    """What payroll of that side is to take up of this move, if anything."""
    found = _all_of(session, transfer, side)
    return found[-1] if found and found[-1].taken_up_at is None else None


def _say(session: Session, transfer: Transfer, side: Side, after: FirstDay, now: datetime) -> None:
    held = find_open(session, transfer, side) or PayCorrection(
        transfer_id=transfer.id, side=side, start_date=after.start_date, noticed_at=now
    )
    held.start_date, held.local_grade, held.salary_pence = (
        after.start_date,
        after.local_grade,
        after.salary_pence,
    )
    held.noticed_at = now
    session.add(held)
    session.flush()
    audit(session, Event.TRANSFER_PAY_CORRECTED, transfer, None, now, side)
    notices.pay_corrected(session, transfer, side, now)


def _waiting(session: Session, correction: PayCorrection, transfer: Transfer) -> Waiting:
    earlier = [one for one in _all_of(session, transfer, correction.side) if one.id < correction.id]
    before = _said(earlier[-1]) if earlier else _for(correction.side, _as_agreed(transfer))
    return Waiting(correction, transfer, before, _said(correction))


def _all_of(session: Session, transfer: Transfer, side: Side) -> Sequence[PayCorrection]:
    query = select(PayCorrection).where(
        col(PayCorrection.transfer_id) == transfer.id, col(PayCorrection.side) == side
    )
    return session.exec(query.order_by(col(PayCorrection.id))).all()


def _last_said(session: Session, transfer: Transfer, side: Side) -> FirstDay:
    found = _all_of(session, transfer, side)
    return _said(found[-1]) if found else _for(side, _as_agreed(transfer))


def _said(correction: PayCorrection) -> FirstDay:
    return FirstDay(correction.start_date, correction.local_grade, correction.salary_pence)


def _as_agreed(transfer: Transfer) -> FirstDay:
    return FirstDay(transfer.start_date, transfer.local_grade, transfer.salary_pence)


def _for(side: Side, first: FirstDay) -> FirstDay:
    return first if side is Side.IMPORTING else FirstDay(first.start_date, None, None)


def _as_recorded(session: Session, transfer: Transfer, now: datetime) -> FirstDay | None:
    """What the record says of the first day under the new employment; None where that is gone."""
    begun = select(Employment.fact_id).where(
        col(Employment.person_id) == transfer.person_id,
        col(Employment.organisation_id) == transfer.importing_organisation_id,
        col(Employment.source) == source_of(transfer),
    )
    # One that was retracted, with a hold or other dates, left a fact of its own behind.
    held = [(one, history(session, Employment, now, fact_id=one)) for one in set(session.exec(begun))]
    fact_id, employments = next(((one, found) for one, found in held if found), (None, []))
    if fact_id is None:
        return None
    posts = [
        one for one in history(session, Posting, now, employment_id=fact_id) if one.kind is PostingKind.HOME
    ]
    pays = history(session, PayRecord, now, employment_id=fact_id)
    if not employments or not posts or not pays:
        return None
    return FirstDay(
        civil_date(min(one.valid_from for one in employments)),
        min(posts, key=lambda one: one.valid_from).local_grade,
        min(pays, key=lambda one: one.valid_from).salary_pence,
    )
