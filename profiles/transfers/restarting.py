"""The start of a move that has happened was another day, earlier or later: both departments say so.

HR of the new department say which day it was, and HR of the old one agree or not. The record follows from
then on, both payrolls take it up, and nobody is given anything for the days that have passed.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.parties import are_one_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, permissions_of, who_may
from profiles.temporal import civil_date, end_of_day, start_of_day
from profiles.transfers import cut_offs, notices, pay_corrections, policy, shifting, steps
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.shifting import Instants
from profiles.transfers.terms import check_had_begun
from profiles.transfers.timetable import STANDARD, Timetable
from profiles.transfers.trail import audit

_CHANGED = "This was changed after you opened the page. Look at it again."
HAPPENED = frozenset({TransferState.RECONCILING, TransferState.COMPLETED})


def may_ask(transfer: Transfer, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody prepares transfers for the new department, and is not the employee."""
    own = permissions.are_of(transfer.person_id) or officer_id == transfer.person_id
    return not own and permissions.allows(Permission.PREPARE_TRANSFER, transfer.importing_organisation_id)


def check_may_decide(
    session: Session, transfer: Transfer, officer_id: UUID, permissions: Permissions, now: datetime
) -> None:
    """Raise NotPermitted unless the officer answers for the old department to what somebody else has said."""
    policy.check_may_decide(transfer, Side.EXPORTING, officer_id, permissions)
    if transfer.restart_by is not None:
        _check_another_party(session, transfer, transfer.restart_by, officer_id, permissions, now)


def who_may_decide(session: Session, transfer: Transfer, now: datetime) -> list[UUID]:
    """The officers of the old department who may agree to what was said, deputies among them."""
    found = []
    for officer_id in who_may(session, Permission.APPROVE_TRANSFER, transfer.exporting_organisation_id, now):
        try:
            check_may_decide(session, transfer, officer_id, permissions_of(session, officer_id, now), now)
        except NotPermitted:
            continue
        found.append(officer_id)
    return found


def ask(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date,
    last_day: date | None,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Say which days they were in truth; officers of the old department are asked whether they agree.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    if not may_ask(transfer, officer_id, permissions):
        raise NotPermitted("HR of the new department say so, and nobody of their own move.")
    if transfer.state not in HAPPENED:
        raise Conflict("This move has not happened yet. Change its dates instead.")
    if transfer.restart_on is not None:
        raise Conflict(
            "The old department has not answered yet about the dates that were said before. Take those back "
            "first."
        )
    last_day = last_day or start_date - timedelta(days=1)
    _check(session, transfer, start_date, last_day, now, timetable)
    steps.claim(session, transfer)
    transfer.restart_on, transfer.restart_last_day, transfer.restart_by = start_date, last_day, officer_id
    transfer.restart_due_on = civil_date(now) + timedelta(days=timetable.task_days)
    session.add(transfer)
    session.flush()
    audit(session, Event.TRANSFER_RESTART_ASKED, transfer, officer_id, now, Side.IMPORTING)
    notices.restart_asked(session, transfer, who_may_decide(session, transfer, now), now)
    return transfer


def decide(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    agreed: bool,
    seen: str,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Agree for the old department to what was ``shown``, and correct the record; or do not.

    Raises NotFound, NotPermitted, Conflict when something changed meanwhile, or Invalid.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    check_may_decide(session, transfer, officer_id, permissions, now)
    start_date, last_day = transfer.restart_on, transfer.restart_last_day
    if start_date is None or last_day is None or seen != shown(transfer):
        raise Conflict(_CHANGED)
    _settle(session, transfer)
    if not agreed:
        session.flush()
        audit(session, Event.TRANSFER_RESTART_REFUSED, transfer, officer_id, now, Side.EXPORTING)
        notices.restart_refused(session, transfer, now)
        return transfer
    _check(session, transfer, start_date, last_day, now, timetable)
    pay_corrections.keep_what_was_told(session, transfer, now)
    to = Instants(end_of_day(last_day), start_of_day(start_date))
    shifting.shift(session, shifting.boundary_of(transfer), to, now, officer_id)
    transfer.start_date, transfer.last_day = start_date, last_day
    transfer.leave_at, transfer.join_at = to.leave_at, to.join_at
    session.flush()
    cut_offs.follow_start(session, transfer, timetable, now)
    audit(session, Event.TRANSFER_RESTARTED, transfer, officer_id, now, Side.EXPORTING)
    notices.restarted(session, transfer, now)
    pay_corrections.look(session, transfer, now)
    return transfer


def take_back(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    seen: str,
) -> Transfer:
    """Take back for the new department what was ``shown`` and nobody has answered; the record stays as it is.

    Raises NotFound, NotPermitted, or Conflict when something changed meanwhile.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    if not may_ask(transfer, officer_id, permissions):
        raise NotPermitted("HR of the new department take it back, and nobody of their own move.")
    if transfer.restart_on is None or seen != shown(transfer):
        raise Conflict(_CHANGED)
    asked = who_may_decide(session, transfer, now)
    _settle(session, transfer)
    session.flush()
    audit(session, Event.TRANSFER_RESTART_TAKEN_BACK, transfer, officer_id, now, Side.IMPORTING)
    notices.restart_taken_back(session, transfer, [one for one in asked if one != officer_id], now)
    return transfer


def shown(transfer: Transfer) -> str:
    """What a page shows of it to somebody who decides."""
    return f"{transfer.restart_on} {transfer.restart_last_day} {transfer.version}"


def _settle(session: Session, transfer: Transfer) -> None:
    """Nothing is asked any more."""
    steps.claim(session, transfer)
    transfer.restart_on, transfer.restart_last_day, transfer.restart_by = None, None, None
    transfer.restart_due_on = None
    session.add(transfer)


def _check(
    session: Session,
    transfer: Transfer,
    start_date: date,
    last_day: date,
    now: datetime,
    timetable: Timetable,
) -> None:
    most = timedelta(days=timetable.backdate_days)
    if start_date > civil_date(now):
        raise Invalid("The start date must have come: they work there already.", field="start_date")
    if abs(start_date - transfer.start_date) > most:
        raise Invalid(
            f"The start date must not be more than {most.days} days from the one that is recorded.",
            field="start_date",
        )
    if last_day >= start_date:
        raise Invalid("The last day must be before the start date.", field="last_day")
    if abs(last_day - transfer.last_day) > most:
        raise Invalid(
            f"The last day must not be more than {most.days} days from the one that is recorded.",
            field="last_day",
        )
    if (start_date, last_day) == (transfer.start_date, transfer.last_day):
        raise Invalid("These are the dates that are recorded.", field="start_date")
    check_had_begun(session, transfer.employment_id, start_date, last_day, now)
    new = shifting.find_new_employment(session, shifting.boundary_of(transfer), now)
    if new is None:
        raise Conflict("The record does not have the employment any more that this move began.")
    if new.valid_to is not None and new.valid_to <= start_of_day(start_date):
        raise Invalid("They had left the new department by then.", field="start_date")


def _check_another_party(
    session: Session,
    transfer: Transfer,
    asked_by: UUID,
    officer_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> None:
    """Raise NotPermitted to who said so, and to who acts through the same shared service."""
    if permissions.are_of(asked_by):
        raise NotPermitted("You said so for the new department, so somebody else must agree for the old one.")
    sides = [policy.organisation_of(transfer, side) for side in Side]
    if are_one_between(session, officer_id, asked_by, sides, now):
        raise NotPermitted(
            "Your shared service said so for the new department, so an officer of this one agrees."
        )
