"""What only the employee can say: that their details are right, and that they accept what is offered.

Where a detail is wrong they say what; HR of the old department, who keep the record, correct it and answer.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.service import Permissions
from profiles.transfers import notices, policy, steps, tasks
from profiles.transfers.models import (
    DetailsCorrection,
    Side,
    TaskKind,
    Transfer,
    TransferState,
)
from profiles.transfers.trail import audit

LONGEST = 1000


def confirm_details(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """The employee says that the details about them are right.

    Raises NotFound to everybody else, Conflict when that is done, or a correction waits for HR.
    """
    transfer = _own(session, transfer_id, person_id)
    if find_open(session, transfer.id) is not None:
        raise Conflict("HR of your department looks at what you said is wrong. Confirm your details then.")
    return _done(session, transfer, TaskKind.EMPLOYEE_DETAILS, "The employee has confirmed them.", now)


def accept_terms(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """The employee accepts grade, pay and dates. Raises NotFound to everybody else, Conflict when done."""
    transfer = _own(session, transfer_id, person_id)
    return _done(session, transfer, TaskKind.TERMS, "The employee has accepted them.", now)


def ask_correction(
    session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID, what: str
) -> DetailsCorrection:
    """The employee says what is wrong; HR of the old department are asked to correct it.

    Raises NotFound to everybody else, Invalid naming ``what``, or Conflict while another one is open.
    """
    transfer = _own(session, transfer_id, person_id)
    _check_open(session, transfer, TaskKind.EMPLOYEE_DETAILS)
    if not what.strip():
        raise Invalid("Say what is wrong, and what is right.", field="what")
    if find_open(session, transfer.id) is not None:
        raise Conflict("HR of your department looks at what you said already.")
    steps.claim(session, transfer)
    asked = DetailsCorrection(transfer_id=transfer.id, what=what.strip(), asked_at=now)
    session.add(asked)
    session.flush()
    audit(session, Event.TRANSFER_CORRECTION_ASKED, transfer, person_id, now, None)
    notices.correction_asked(session, transfer, now)
    return asked


def answer_correction(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    answer: str,
) -> DetailsCorrection:
    """HR of the old department say what they corrected, or why it is right as it stands.

    Raises NotFound, NotPermitted, Conflict when nothing is open, or Invalid naming ``answer``.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, Side.EXPORTING, officer_id, permissions)
    asked = find_open(session, transfer.id)
    if asked is None:
        raise Conflict("A colleague has answered this already.")
    if not answer.strip():
        raise Invalid("Say what you corrected, or why it is right.", field="answer")
    steps.claim(session, transfer)
    asked.answer, asked.answered_at, asked.answered_by = answer.strip(), now, officer_id
    session.add(asked)
    session.flush()
    audit(session, Event.TRANSFER_CORRECTION_ANSWERED, transfer, officer_id, now, Side.EXPORTING)
    notices.correction_answered(session, transfer, now)
    return asked


def find_open(session: Session, transfer_id: UUID) -> DetailsCorrection | None:
    """What the employee said is wrong, and nobody answered yet."""
    return next((one for one in corrections_of(session, transfer_id) if one.answered_at is None), None)


def corrections_of(session: Session, transfer_id: UUID) -> Sequence[DetailsCorrection]:
    """All that the employee said is wrong, oldest first."""
    query = select(DetailsCorrection).where(col(DetailsCorrection.transfer_id) == transfer_id)
    return session.exec(query.order_by(col(DetailsCorrection.id))).all()


def _own(session: Session, transfer_id: UUID, person_id: UUID) -> Transfer:
    transfer = steps.get(session, transfer_id)
    if transfer.person_id != person_id:
        raise NotFound("There is no such transfer.")
    return transfer


def _check_open(session: Session, transfer: Transfer, kind: TaskKind) -> None:
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer does not wait for you now.")
    if tasks.get(session, transfer, kind).done_at is not None:
        raise Conflict("You have done this already.")


def _done(session: Session, transfer: Transfer, kind: TaskKind, outcome: str, now: datetime) -> Transfer:
    _check_open(session, transfer, kind)
    tasks.complete(session, transfer, kind, transfer.person_id, now, outcome, None)
    return transfer
