"""Preparing a transfer: the importing department's offer, checked whole before anything is written."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.employments.service import current_postings, moves_with_many
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.people.models import WorkAddress
from profiles.people.service import display_name, name_of, normal_address
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, end_of_day, history, start_of_day
from profiles.transfers import codes, managers, notices, opening, policy
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.steps import move_to
from profiles.transfers.timetable import STANDARD, Timetable

HIGHEST_SALARY_PENCE = 100_000_000
LATEST_START = timedelta(days=2 * 366)
"""How far ahead a move may begin: what is further is a slip of the pen."""


@dataclass(frozen=True)
class Terms:
    """What the importing department offers. No ``last_day`` means the day before the start.

    The BPSS check is recorded later where it is not made yet, and so is the work address of the line manager.
    """

    start_date: date
    last_day: date | None
    local_grade: str
    job_title: str
    profession: str
    unit: str
    location: str
    employment_number: str
    work_address: str
    salary_pence: int
    bpss_checked_on: date | None = None
    line_manager: str = ""
    required_level: ClearanceLevel | None = None


@dataclass(frozen=True)
class Employee:
    """Who gave a transfer code, and the employment that a move would end."""

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
) -> Employee:
    """Whose code it is; the code stays unspent.

    Raises Invalid naming the field, NotPermitted, or Conflict when the person is being moved already.
    """
    person_id = codes.whose(session, unverified_code, now)
    employee = _employee(session, now, person_id, officer_id, permissions, importing_organisation_id)
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
) -> Transfer:
    """The transfer as ``prepare`` would begin it: checked whole, nothing written, the code unspent.

    Raises what ``prepare`` raises.
    """
    employee = look_up(
        session,
        now,
        officer_id=officer_id,
        permissions=permissions,
        importing_organisation_id=importing_organisation_id,
        unverified_code=unverified_code,
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
) -> Transfer:
    """Spend the employee's code and begin the transfer; the code is the employee's acceptance of being moved.

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
    )
    person_id = codes.redeem(session, unverified_code, importing_organisation_id, now)
    begin(session, transfer, terms, timetable, now, person_id, "gave a transfer code")
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
    if importing_organisation_id not in posts_abroad(session, person_id, now):
        raise NotFound("There is no such person on loan in your organisation.")
    employee = _employee(session, now, person_id, officer_id, permissions, importing_organisation_id)
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
    officer_id = transfer.prepared_by
    session.add(transfer)
    session.flush()
    opening.add_tasks(session, transfer, timetable, now)
    if terms.line_manager:
        manager_id = _find_manager(session, transfer, terms, now)
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
) -> Employee:
    """Whom an officer may prepare a move for. Raises Invalid, NotPermitted, Conflict."""
    policy.check_may_prepare(person_id, officer_id, importing_organisation_id, permissions)
    posting = home_posting(session, person_id, now)
    if posting.organisation_id == importing_organisation_id:
        raise Invalid("This person works in your organisation already.", field="code")
    refuse_second_move(session, person_id)
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
) -> Transfer:
    """The offer to somebody, checked, not yet in the database. Raises Invalid, naming the field."""
    last_day, address = _check(session, now, employee.person_id, importing_organisation_id, terms)
    transfer = Transfer(
        person_id=employee.person_id,
        employment_id=employee.employment_id,
        exporting_organisation_id=employee.organisation_id,
        importing_organisation_id=importing_organisation_id,
        reverses_id=reverses_id,
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
        bpss_checked_on=terms.bpss_checked_on,
        required_level=terms.required_level,
        dates_offered_on=civil_date(now),
        prepared_by=officer_id,
        created_at=now,
    )
    if terms.line_manager:
        _find_manager(session, transfer, terms, now)
    return transfer


def posts_abroad(session: Session, person_id: UUID, now: datetime) -> frozenset[UUID]:
    """Where the person is on loan, or is to be."""
    posts = history(session, Posting, now, person_id=person_id)
    return frozenset(
        one.organisation_id
        for one in posts
        if one.kind is PostingKind.HOST and (one.valid_to is None or one.valid_to > now)
    )


def home_posting(session: Session, person_id: UUID, now: datetime) -> Posting:
    """The one home posting that a move would end. Raises Invalid where there is none, or more than one."""
    home = [one for one in current_postings(session, person_id, now) if one.kind is PostingKind.HOME]
    if len(home) != 1:
        raise Invalid("This person does not have exactly one employment to move.", field="code")
    return home[0]


def refuse_second_move(session: Session, person_id: UUID) -> None:
    moving = select(Transfer.id).where(
        col(Transfer.person_id) == person_id, col(Transfer.in_flight).is_(True)
    )
    if session.exec(moving).first() is not None:
        raise Conflict("This person is being moved already. The move in progress must end first.")
    if moves_with_many(session, person_id):
        raise Conflict("This person moves with many others. They must be left out of that move first.")


def check_dates(now: datetime, start_date: date, last_day: date | None) -> date:
    """The last day: the one given, or the day before the start. Raises Invalid naming the wrong one."""
    today = civil_date(now)
    if start_date < today:
        raise Invalid("The start date must not be before the offer, which is made today.", field="start_date")
    if start_date > today + LATEST_START:
        raise Invalid("The start date must be within two years.", field="start_date")
    last_day = last_day or start_date - timedelta(days=1)
    if last_day >= start_date:
        raise Invalid("The last day must be before the start date.", field="last_day")
    if last_day < today - timedelta(days=1):
        raise Invalid("The last day must not be before yesterday.", field="last_day")
    return last_day


def _check(
    session: Session, now: datetime, person_id: UUID, importing_organisation_id: UUID, terms: Terms
) -> tuple[date, str]:
    """The last day and the new address in its normal form. Raises Invalid, naming the first wrong field."""
    last_day = check_dates(now, terms.start_date, terms.last_day)
    today = civil_date(now)
    if terms.bpss_checked_on is not None and terms.bpss_checked_on > today:
        raise Invalid("The date of the BPSS check must not be in the future.", field="bpss_checked_on")
    if terms.local_grade not in organisations.grades_of(session, importing_organisation_id, now):
        raise Invalid("Choose one of your organisation's grades.", field="local_grade")
    if not 0 < terms.salary_pence <= HIGHEST_SALARY_PENCE:
        raise Invalid("Enter a yearly salary between £0.01 and £1,000,000.", field="salary")
    if not terms.employment_number.strip():
        raise Invalid("Enter the employment number.", field="employment_number")
    number = select(Employment.id).where(
        col(Employment.organisation_id) == importing_organisation_id,
        col(Employment.number) == terms.employment_number,
        col(Employment.superseded_at).is_(None),
        ~_own_of_before(Employment, person_id, terms.start_date),
    )
    if session.exec(number).first() is not None:
        raise Invalid("Somebody has this employment number already.", field="employment_number")
    return last_day, _check_address(session, now, person_id, importing_organisation_id, terms)


def _own_of_before(
    model: type[Employment | WorkAddress], person_id: UUID, start_date: date
) -> ColumnElement[bool]:
    """What was the person's own until before the start: whoever comes back may have it again."""
    return and_(
        col(model.person_id) == person_id,
        func.coalesce(col(model.valid_to) <= start_of_day(start_date), False),
    )


def _check_address(
    session: Session, now: datetime, person_id: UUID, organisation_id: UUID, terms: Terms
) -> str:
    try:
        address = normal_address(terms.work_address)
    except Invalid as error:
        raise Invalid(error.message, field="work_address") from error
    domains = organisations.domains_of(session, organisation_id, now)
    if address.partition("@")[2] not in domains:
        raise Invalid(f"The work address must end in @{' or @'.join(domains)}.", field="work_address")
    taken = select(WorkAddress.id).where(
        col(WorkAddress.address) == address,
        col(WorkAddress.superseded_at).is_(None),
        ~_own_of_before(WorkAddress, person_id, terms.start_date),
    )
    if session.exec(taken).first() is not None:
        raise Invalid("Somebody has this work address already.", field="work_address")
    return address


def _find_manager(session: Session, transfer: Transfer, terms: Terms, now: datetime) -> UUID:
    manager_id = managers.find_by_address(session, transfer, Side.IMPORTING, terms.line_manager, now)
    if manager_id is None or manager_id == transfer.person_id:
        raise Invalid("Nobody in your organisation has this work address.", field="line_manager")
    return manager_id
