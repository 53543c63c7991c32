"""What an importing department offers somebody, and whether it can be recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import ContractType, Employment
from profiles.errors import Invalid, raise_all
from profiles.organisations import service as organisations
from profiles.pay.models import FULL_TIME
from profiles.people.models import WorkAddress
from profiles.people.service import normal_address
from profiles.temporal import civil_date, end_of_day, history, start_of_day

HIGHEST_SALARY_PENCE = 100_000_000
LATEST_START = timedelta(days=2 * 366)
"""How far ahead a move may begin: what is further is a slip of the pen."""


@dataclass(frozen=True)
class Terms:
    """What the importing department offers. No ``last_day`` means the day before the start.

    The check (BPSS, or a force's own vetting) is recorded later where it is not made yet, and so is the work
    address of the line manager. No ``fte_thousandths`` means the hours that they work now.
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
    fte_thousandths: int | None = None
    pay_location: str = ""
    contract_type: ContractType = ContractType.PERMANENT
    bpss_checked_on: date | None = None
    line_manager: str = ""
    required_level: ClearanceLevel | None = None


def check_dates(now: datetime, start_date: date, last_day: date | None, backdate_days: int = 0) -> date:
    """The last day: the one given, or the day before the start. Raises Invalid naming the wrong one.

    The start may have passed by ``backdate_days``.
    """
    today = civil_date(now)
    earliest = today - timedelta(days=backdate_days)
    if start_date < earliest:
        raise Invalid(_too_early(backdate_days), field="start_date")
    if start_date > today + LATEST_START:
        raise Invalid("The start date must be within two years.", field="start_date")
    last_day = last_day or start_date - timedelta(days=1)
    if last_day >= start_date:
        raise Invalid("The last day must be before the start date.", field="last_day")
    if last_day < earliest - timedelta(days=1):
        raise Invalid(_too_early_to_leave(backdate_days), field="last_day")
    return last_day


def check_had_begun(
    session: Session, employment_id: UUID, start_date: date, last_day: date, now: datetime
) -> None:
    """Raise Invalid naming the date where a last day would leave nothing of the employment that ends."""
    versions = history(session, Employment, now, fact_id=employment_id)
    if versions and min(one.valid_from for one in versions) >= end_of_day(last_day):
        by_itself = last_day == start_date - timedelta(days=1)
        raise Invalid(
            "They had not begun in the old department by their last day there.",
            field="start_date" if by_itself else "last_day",
        )


def _too_early(backdate_days: int) -> str:
    if not backdate_days:
        return "The start date must not be before the offer, which is made today."
    return f"The start date must not be more than {backdate_days} days ago."


def _too_early_to_leave(backdate_days: int) -> str:
    if not backdate_days:
        return "The last day must not be before yesterday."
    return f"The last day must not be more than {backdate_days + 1} days ago."


def check(
    session: Session,
    now: datetime,
    person_id: UUID,
    importing_organisation_id: UUID,
    terms: Terms,
    leaving: UUID | None = None,
    backdate_days: int = 0,
) -> tuple[date, str]:
    """The last day, of the employment ``leaving`` where one ends, and the new address in its normal form.

    The start may have passed by ``backdate_days``.

    Raises Invalid, naming the first wrong field; the other wrong ones are its ``others``.
    """
    faults: list[Invalid] = []
    last_day, address = terms.start_date, ""
    try:
        last_day = check_dates(now, terms.start_date, terms.last_day, backdate_days)
        if leaving is not None:
            check_had_begun(session, leaving, terms.start_date, last_day, now)
    except Invalid as wrong:
        faults.append(wrong)
    faults += _faults(session, now, person_id, importing_organisation_id, terms)
    try:
        address = _check_address(session, now, person_id, importing_organisation_id, terms)
    except Invalid as wrong:
        faults.append(wrong)
    raise_all(faults)
    return last_day, address


def _faults(
    session: Session, now: datetime, person_id: UUID, organisation_id: UUID, terms: Terms
) -> Iterator[Invalid]:
    """What is wrong beside the dates and the address."""
    if terms.bpss_checked_on is not None and terms.bpss_checked_on > civil_date(now):
        yield Invalid("The date of the BPSS check must not be in the future.", field="bpss_checked_on")
    if terms.local_grade not in organisations.grades_of(session, organisation_id, now):
        yield Invalid("Choose one of your organisation's grades.", field="local_grade")
    if not 0 < terms.salary_pence <= HIGHEST_SALARY_PENCE:
        yield Invalid("Enter a yearly salary between £0.01 and £1,000,000.", field="salary")
    if terms.fte_thousandths is not None and not 0 < terms.fte_thousandths <= FULL_TIME:
        yield Invalid("Hours are more than nothing and at most full time.", field="fte_thousandths")
    if not terms.employment_number.strip():
        yield Invalid("Enter the employment number.", field="employment_number")
        return
    number = select(Employment.id).where(
        col(Employment.organisation_id) == organisation_id,
        col(Employment.number) == terms.employment_number,
        col(Employment.superseded_at).is_(None),
        ~_own_of_before(Employment, person_id, terms.start_date),
    )
    if session.exec(number).first() is not None:
        yield Invalid("Somebody has this employment number already.", field="employment_number")


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
