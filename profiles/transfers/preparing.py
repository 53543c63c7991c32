"""Preparing a transfer: the importing department's offer, checked whole before anything is written."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.breaks import pauses
from profiles.employments.models import Posting, PostingKind
from profiles.employments.service import moves_with_many
from profiles.errors import Conflict, Invalid, NotFound, raise_all
from profiles.organisations.move_rules import rules_between
from profiles.people.service import display_name, name_of, take_turns
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, end_of_day, history, start_of_day
from profiles.transfers import codes, invitations, managers, movable, notices, opening, policy
from profiles.transfers import terms as terms_of
from profiles.transfers.conditions import conditions_of
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.steps import move_to
from profiles.transfers.terms import Terms
from profiles.transfers.timetable import STANDARD, Timetable


@dataclass(frozen=True)
class Employee:
    """Who gave a transfer code or accepted an invitation, and the employment that a move would end."""

    person_id: UUID
    name: str
    organisation_id: UUID
    employment_id: UUID


def look_up(
    session: Session,
    now: datetime,
    *,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    unverified_code: str,
    invitation_id: UUID | None = None,
) -> Employee:
    """Whose code it is, or who accepted the invitation; it stays unspent.

    Raises Invalid naming the field, NotPermitted, NotFound, or Conflict when the person is being moved
    already.
    """
    place = importing_organisation_id
    if invitation_id is None:
        code = codes.usable(session, unverified_code, now)
        person_id, employment_id = code.person_id, code.employment_id
    else:
        person_id, employment_id = invitations.accepted(
            session, invitation_id, place, officer_id, permissions, now
        )
    employee = _employee(session, now, person_id, officer_id, permissions, place, employment_id)
    if posts_abroad(session, person_id, now):
        raise Conflict("This person is on loan, or is about to be. The loan must end first.")
    return employee


def offer(
    session: Session,
    now: datetime,
    *,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    unverified_code: str,
    terms: Terms,
    invitation_id: UUID | None = None,
) -> Transfer:
    """The transfer as ``prepare`` would begin it: checked whole, nothing written or spent.

    Raises what ``prepare`` raises.
    """
    employee = look_up(
        session,
        now,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=importing_organisation_id,
        unverified_code=unverified_code,
        invitation_id=invitation_id,
    )
    if terms.bpss_checked_on is not None:
        policy.check_is_hr(importing_organisation_id, permissions)
    return draft(session, now, employee, officer_id, importing_organisation_id, terms)


def prepare(
    session: Session,
    now: datetime,
    *,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    unverified_code: str,
    terms: Terms,
    timetable: Timetable = STANDARD,
    invitation_id: UUID | None = None,
) -> Transfer:
    """Spend the employee's code, or their acceptance, and begin the transfer.

    Either is the employee's acceptance of being moved.

    Raises Invalid naming the field, NotPermitted, or Conflict when the person is being moved already.
    """
    transfer = offer(
        session,
        now,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=importing_organisation_id,
        unverified_code=unverified_code,
        terms=terms,
        invitation_id=invitation_id,
    )
    if invitation_id is None:
        codes.redeem(session, unverified_code, importing_organisation_id, now)
        reason = "gave a transfer code"
    else:
        invitations.redeem(session, invitation_id, now)
        reason = "accepted an invitation"
    begin(session, transfer, terms, timetable, now, transfer.person_id, reason)
    return transfer


def offer_known(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    terms: Terms,
) -> Transfer:
    """The transfer as ``prepare_known`` would begin it: checked whole, nothing written.

    Raises NotFound where the person is not on loan in the importing organisation, and what ``offer`` raises.
    """
    policy.check_is_hr(importing_organisation_id, permissions)
    lent = [
        one
        for one in _posts_abroad(session, person_id, now)
        if one.organisation_id == importing_organisation_id
    ]
    if not lent:
        raise NotFound("There is no such person on loan in your organisation.")
    employee = _employee(
        session, now, person_id, officer_id, permissions, importing_organisation_id, lent[0].employment_id
    )
    return draft(session, now, employee, officer_id, importing_organisation_id, terms)


def prepare_known(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    terms: Terms,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Begin the transfer of somebody who is on loan in the importing organisation, without a code.

    They accept the terms like everybody who moves, and can withdraw. Raises what ``offer_known`` raises.
    """
    transfer = offer_known(
        session,
        now,
        person_id=person_id,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=importing_organisation_id,
        terms=terms,
    )
    begin(session, transfer, terms, timetable, now, officer_id, "on loan in the new department")
    return transfer


def begin(
    session: Session,
    transfer: Transfer,
    terms: Terms,
    timetable: Timetable,
    now: datetime,
    accepted_by: UUID,
    reason: str,
) -> None:
    # Of a move and a career break that begin in one instant the second sees the first.
    take_turns(session, [transfer.person_id])
    refuse_second_move(session, transfer.person_id, now)
    officer_id = transfer.prepared_by
    session.add(transfer)
    session.flush()
    opening.add_tasks(session, transfer, timetable, now)
    if terms.line_manager:
        place = transfer.importing_organisation_id
        manager_id = _find_manager(session, place, transfer.person_id, terms, now)
        managers.name(session, transfer, Side.IMPORTING, manager_id, now)
    move_to(session, transfer, TransferState.OFFERED, now, officer_id)
    move_to(session, transfer, TransferState.ACCEPTED, now, accepted_by, reason=reason)
    move_to(session, transfer, TransferState.IN_PROGRESS, now, officer_id)
    append(
        session,
        Event.TRANSFER_PREPARED,
        Initiator.person(officer_id),
        now,
        person_id=transfer.person_id,
        organisation_id=transfer.importing_organisation_id,
        details={"transfer": str(transfer.id)},
    )
    notices.prepared(session, transfer, now)


def _employee(
    session: Session,
    now: datetime,
    person_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    importing_organisation_id: UUID,
    employment_id: UUID | None,
) -> Employee:
    """Whom an officer may prepare a move for, of this employment or of the only one. Raises as ``offer``."""
    policy.check_may_prepare(person_id, officer_id, importing_organisation_id, permissions)
    home = movable.home_postings(session, person_id, now)
    if any(one.organisation_id == importing_organisation_id for one in home):
        raise Invalid("This person works in your organisation already.", field="code")
    posting = movable.posting_to_leave(session, person_id, employment_id, now)
    refuse_second_move(session, person_id, now)
    name = display_name(name_of(session, person_id, now))
    return Employee(person_id, name, posting.organisation_id, posting.employment_id)


def draft(
    session: Session,
    now: datetime,
    employee: Employee,
    officer_id: UUID,
    importing_organisation_id: UUID,
    terms: Terms,
    *,
    reverses_id: UUID | None = None,
    never_began: bool = False,
) -> Transfer:
    """The offer to somebody, checked, not yet in the database.

    Raises Invalid, naming the first wrong field; the other wrong ones are its ``others``. Where they
    ``never_began`` to work where they are, it dates from before that.
    """
    rules = rules_between(session, employee.organisation_id, importing_organisation_id)
    if not rules.transfers:
        raise Conflict("Nobody is transferred to a body outside the public service: they leave.")
    last_day, address = _checked(session, now, employee, importing_organisation_id, terms, never_began)
    return Transfer(
        person_id=employee.person_id,
        employment_id=employee.employment_id,
        exporting_organisation_id=employee.organisation_id,
        importing_organisation_id=importing_organisation_id,
        reverses_id=reverses_id,
        regime=rules.regime,
        state=TransferState.DRAFT,
        offered_on=civil_date(now),
        last_day=last_day,
        start_date=terms.start_date,
        leave_at=end_of_day(last_day),
        join_at=start_of_day(terms.start_date),
        local_grade=terms.local_grade,
        job_title=terms.job_title,
        profession=terms.profession,
        unit=terms.unit,
        location=terms.location,
        employment_number=terms.employment_number,
        work_address=address,
        salary_pence=terms.salary_pence,
        fte_thousandths=terms.fte_thousandths
        or conditions_of(session, employee.employment_id, now, now).fte_thousandths,
        pay_location=terms.pay_location,
        contract_type=terms.contract_type,
        bpss_checked_on=terms.bpss_checked_on,
        required_level=terms.required_level,
        dates_offered_on=civil_date(now),
        prepared_by=officer_id,
        created_at=now,
    )


def _checked(
    session: Session,
    now: datetime,
    employee: Employee,
    importing_organisation_id: UUID,
    terms: Terms,
    never_began: bool,
) -> tuple[date, str]:
    """The last day and the new address in its normal form, once nothing of the terms is wrong."""
    faults: list[Invalid] = []
    last_day, address = terms.start_date, ""
    try:
        last_day, address = terms_of.check(
            session,
            now,
            employee.person_id,
            importing_organisation_id,
            terms,
            leaving=None if never_began else employee.employment_id,
            backdate_days=max(0, (civil_date(now) - terms.start_date).days) if never_began else 0,
        )
    except Invalid as wrong:
        faults.append(wrong)
    if terms.line_manager:
        try:
            _find_manager(session, importing_organisation_id, employee.person_id, terms, now)
        except Invalid as wrong:
            faults.append(wrong)
    raise_all(faults)
    return last_day, address


def posts_abroad(session: Session, person_id: UUID, now: datetime) -> frozenset[UUID]:
    """Where the person is on loan, or is to be."""
    return frozenset(one.organisation_id for one in _posts_abroad(session, person_id, now))


def _posts_abroad(session: Session, person_id: UUID, now: datetime) -> list[Posting]:
    posts = history(session, Posting, now, person_id=person_id)
    return [
        one for one in posts if one.kind is PostingKind.HOST and (one.valid_to is None or one.valid_to > now)
    ]


def refuse_second_move(session: Session, person_id: UUID, now: datetime) -> None:
    """Raise Conflict where a move, or a career break, is in the way of another move."""
    moving = select(Transfer.id).where(
        col(Transfer.person_id) == person_id, col(Transfer.in_flight).is_(True)
    )
    if session.exec(moving).first() is not None:
        raise Conflict("This person is being moved already. The move in progress must end first.")
    if moves_with_many(session, person_id):
        raise Conflict("This person moves with many others. They must be left out of that move first.")
    if pauses(session, person_id, now):
        raise Conflict("Their employer must record that they are back at work before they can move.")


def _find_manager(
    session: Session, organisation_id: UUID, person_id: UUID, terms: Terms, now: datetime
) -> UUID:
    manager_id = managers.find_by_address(session, organisation_id, terms.line_manager, now)
    if manager_id is None or manager_id == person_id:
        raise Invalid("Nobody in your organisation has this work address.", field="line_manager")
    return manager_id
