"""What was corrected after the start and pay depends on: date, grade, salary and hours of the first day.

Whoever corrected it, on a page, by a second officer's word or by an import: what the record says of that
day is compared with what payroll was told of it. Payroll of the new department takes up all of it; that
of the old department, which paid until then, the start date alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from profiles.audit.catalogue import Event
from profiles.employments.models import Employment
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.people.service import take_turns
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers import notices, policy, steps
from profiles.transfers.first_day import FirstDay, first_days_of
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.payroll_models import PayCorrection
from profiles.transfers.sources import source_of
from profiles.transfers.trail import audit

JOINED = (TransferState.RECONCILING, TransferState.COMPLETED)

NOT_TOLD = FirstDay(None, None, None, None)
"""Of a start that had passed when it was agreed the old payroll was told nothing before."""


@dataclass(frozen=True)
class Waiting:
    """A correction that payroll of one side is to take up: what it was told before, and what is right."""

    correction: PayCorrection
    transfer: Transfer
    before: FirstDay
    after: FirstDay

    @property
    def came_after_first_pay(self) -> bool:
        """Whether payroll had confirmed already what it has to look at anew."""
        is_said = self.transfer.state is TransferState.COMPLETED
        return self.correction.side is Side.IMPORTING and is_said


def look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    """Look at what is recorded of the first day of these people's moves that have happened."""
    joined = select(Transfer).where(col(Transfer.person_id).in_(person_ids), col(Transfer.state).in_(JOINED))
    for transfer in session.exec(joined.order_by(col(Transfer.id))).all():
        look(session, transfer, now)


def look(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Tell payroll of what was corrected since it was told last; say whether there was anything."""
    if transfer.state not in JOINED or _as_recorded(session, transfer, now) is None:
        return False
    noticed = False
    for side in Side:
        after = _as_recorded(session, transfer, now)
        if after is None or after.as_told(side).is_what_was_told(_last_said(session, transfer, side)):
            continue
        take_turns(session, [transfer.person_id])
        after = after.as_told(side)
        if after.is_what_was_told(_last_said(session, transfer, side)):
            continue
        _say(session, transfer, side, after, now)
        noticed = True
    return noticed


def tell_who_paid_on(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell payroll of the old department that a last day which has passed was agreed: it may have paid on."""
    _say(session, transfer, Side.EXPORTING, _as_agreed(transfer).as_told(Side.EXPORTING), now)


def keep_what_was_told(session: Session, transfer: Transfer, now: datetime) -> None:
    """Write down what payroll of each side was told with the move, before its dates become others."""
    for side in Side:
        if not _all_of(session, transfer, side):
            told = vars(_as_agreed(transfer).as_told(side))
            kept = PayCorrection(transfer_id=transfer.id, side=side, noticed_at=now, taken_up_at=now, **told)
            session.add(kept)
    session.flush()


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
        transfer_id=transfer.id, side=side, start_date=transfer.start_date, noticed_at=now
    )
    for name, value in vars(after).items():
        setattr(held, name, value)
    held.noticed_at = now
    session.add(held)
    session.flush()
    audit(session, Event.TRANSFER_PAY_CORRECTED, transfer, None, now, side)
    notices.pay_corrected(session, transfer, side, now)


def _waiting(session: Session, correction: PayCorrection, transfer: Transfer) -> Waiting:
    earlier = [one for one in _all_of(session, transfer, correction.side) if one.id < correction.id]
    before = _said(earlier[-1]) if earlier else _as_agreed(transfer).as_told(correction.side)
    after = _said(correction)
    return Waiting(correction, transfer, NOT_TOLD if before == after else before, after)


def _all_of(session: Session, transfer: Transfer, side: Side) -> Sequence[PayCorrection]:
    query = select(PayCorrection).where(
        col(PayCorrection.transfer_id) == transfer.id, col(PayCorrection.side) == side
    )
    return session.exec(query.order_by(col(PayCorrection.id))).all()


def _last_said(session: Session, transfer: Transfer, side: Side) -> FirstDay:
    found = _all_of(session, transfer, side)
    return _said(found[-1]) if found else _as_agreed(transfer).as_told(side)


def _said(correction: PayCorrection) -> FirstDay:
    return FirstDay(**{name: getattr(correction, name) for name in FirstDay.__dataclass_fields__})


def _as_agreed(transfer: Transfer) -> FirstDay:
    return FirstDay(**{name: getattr(transfer, name) for name in FirstDay.__dataclass_fields__})


def _as_recorded(session: Session, transfer: Transfer, now: datetime) -> FirstDay | None:
    """What the record says of the first day under the new employment; None where that is gone."""
    begun = select(Employment.fact_id).where(
        col(Employment.person_id) == transfer.person_id,
        col(Employment.organisation_id) == transfer.importing_organisation_id,
        col(Employment.source) == source_of(transfer),
    )
    # One that was retracted, with a hold or other dates, left a fact of its own behind.
    found = first_days_of(session, set(session.exec(begun)), now).values()
    return next((one for one in found if None not in (one.local_grade, one.salary_pence)), None)
