"""What an officer may change of each kind of fact, and what must hold of what they say."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from profiles.employments.breaks import is_paused
from profiles.employments.managers import goes_round
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.organisations.offices import find_office
from profiles.pay.models import AllowanceKind, PayReason
from profiles.people.contact import OLDEST, normal_phone
from profiles.people.identity_proofing import is_profile_of, names_a_document
from profiles.people.models import BirthDate
from profiles.people.service import normal_address, search_key
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.temporal import civil_date, history

EDITABLE: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.NAME: ("given_names", "middle_names", "family_name", "known_as"),
        Kind.BIRTH_DATE: ("born_on",),
        Kind.IDENTITY_PROOFING: ("confidence", "gpg45_profile", "evidence", "checked_by"),
        Kind.ADDRESS: ("address",),
        Kind.PHONE: ("number", "is_verified"),
        Kind.OFFICE: ("office_id",),
        Kind.EMPLOYMENT: ("number", "continuous_service_from", "contract_type"),
        Kind.POSTING: (
            "local_grade",
            "job_title",
            "profession",
            "unit",
            "location",
            "line_manager_id",
            "required_clearance",
        ),
        Kind.PAY: (
            "salary_pence",
            "pay_reason",
            "scale",
            "scale_minimum_pence",
            "scale_maximum_pence",
            "location",
            "fte_thousandths",
            "mark_time_until",
        ),
        Kind.ALLOWANCE: ("kind", "amount_pence"),
        Kind.PENSION: ("scheme", "member_number"),
        Kind.LEAVE: (
            "leave_year_from",
            "entitlement_hundredths",
            "carried_over_hundredths",
            "taken_hundredths",
        ),
        Kind.ABSENCE: ("period_from", "period_to", "absent_hundredths", "occasions"),
    }
)
"""The columns that a page changes. Clearances have steps of their own; roles and grants are not here."""

_NEVER_ADDED = frozenset({Kind.EMPLOYMENT})
_NEVER_ENDED = frozenset({Kind.NAME, Kind.BIRTH_DATE, Kind.EMPLOYMENT})
_WITHDRAWN = frozenset({Kind.NAME, Kind.EMPLOYMENT})
BY_EMPLOYMENT = frozenset(
    {
        Kind.POSTING,
        Kind.CAREER_BREAK,
        Kind.PAY,
        Kind.ALLOWANCE,
        Kind.PENSION,
        Kind.LEAVE,
        Kind.ABSENCE,
    }
)


def actions_of(kind: Kind) -> frozenset[Action]:
    """What can be done to facts of a kind on a page.

    A person always has a name. Joining is a transfer or an import, and an employment ends by its last day,
    because what rests on it ends with it.
    """
    if kind not in EDITABLE:
        return frozenset()
    ended = frozenset() if kind in _NEVER_ENDED else frozenset({Action.END})
    added = frozenset() if kind in _NEVER_ADDED else frozenset({Action.ADD})
    return frozenset({Action.CORRECT}) | ended | added


def actions_on(kind: Kind, fact: Any, now: datetime) -> frozenset[Action]:
    """What can be done to one fact: a name or employment that has not begun is withdrawn, as all else."""
    found = actions_of(kind)
    return found | {Action.END} if kind in _WITHDRAWN and fact.valid_from > now else found


def checked(session: Session, kind: Kind, fact: Any, now: datetime) -> None:
    """See that a fact of this kind says what can be so, and complete it. Raises Invalid, naming the field."""
    if fact.valid_to is not None and fact.valid_to <= fact.valid_from:
        raise Invalid("The last day must not be before the first.", field="last_day")
    check = _CHECKS.get(kind)
    if check is not None:
        check(session, fact, now)


def _name(_session: Session, fact: Any, _now: datetime) -> None:
    for column in ("given_names", "family_name"):
        if not getattr(fact, column).strip():
            raise Invalid("Enter the name as identity documents have it.", field=column)
    fact.search_key = search_key(fact.given_names, fact.middle_names, fact.family_name, fact.known_as)


def _birth_date(session: Session, fact: Any, now: datetime) -> None:
    recorded = history(session, BirthDate, now, person_id=fact.person_id)
    if any(one.fact_id != fact.fact_id for one in recorded):
        raise Invalid("A date of birth is recorded. Correct it instead.", field="born_on")
    if not OLDEST <= fact.born_on < civil_date(now):
        raise Invalid("Enter a date of birth in the past.", field="born_on")


def _identity_proofing(_session: Session, fact: Any, now: datetime) -> None:
    fact.gpg45_profile = fact.gpg45_profile.strip().upper()
    if fact.gpg45_profile and not is_profile_of(fact.gpg45_profile, fact.confidence):
        message = "Enter an identity profile of this level of confidence, like M1A for medium."
        raise Invalid(message, field="gpg45_profile")
    if not fact.checked_by.strip():
        raise Invalid("Say which team or service checked.", field="checked_by")
    if names_a_document(fact.checked_by):
        raise Invalid("Leave out numbers of documents.", field="checked_by")
    if fact.valid_from > now:
        raise Invalid("It counts from the day of the check, which cannot lie ahead.", field="first_day")


def _address(session: Session, fact: Any, now: datetime) -> None:
    fact.address = normal_address(fact.address)
    domains = organisations.domains_of(session, fact.organisation_id, max(now, fact.valid_from))
    if fact.address.partition("@")[2] not in domains:
        raise Invalid("The domain is not your organisation's.", field="address")


def _phone(_session: Session, fact: Any, _now: datetime) -> None:
    fact.number = normal_phone(fact.number)


def _office(session: Session, fact: Any, now: datetime) -> None:
    is_over = fact.valid_to is not None and fact.valid_to <= now
    if not is_over and find_office(session, fact.office_id, max(fact.valid_from, now)) is None:
        raise Invalid("There is no such office on that day.", field="office_id")


def _posting(session: Session, fact: Any, now: datetime) -> None:
    _not_paused(session, fact, now)
    try:
        organisations.common_grade(session, fact.organisation_id, fact.local_grade, fact.valid_from, now)
    except NotFound:
        message = "The organisation had no such grade on the first day."
        raise Invalid(message, field="local_grade") from None
    if not fact.job_title.strip():
        raise Invalid("Enter the job title.", field="job_title")
    if goes_round(session, fact, now):
        message = "Somebody cannot be above themselves: this manager is, further up, managed by this person."
        raise Invalid(message, field="line_manager_id")


def _pay(session: Session, fact: Any, now: datetime) -> None:
    _not_paused(session, fact, now)
    if fact.salary_pence <= 0:
        raise Invalid("Enter a salary above nothing.", field="salary_pence")
    if not 0 < fact.fte_thousandths <= 1000:
        raise Invalid("Hours are more than nothing and at most full time.", field="fte_thousandths")
    lowest, highest = fact.scale_minimum_pence, fact.scale_maximum_pence
    if lowest is not None and highest is not None and lowest > highest:
        raise Invalid("The scale ends below its beginning.", field="scale_maximum_pence")
    on_mark_time = fact.pay_reason == PayReason.MARK_TIME  # a form's is text
    if on_mark_time and (fact.mark_time_until is None or highest is None or fact.salary_pence <= highest):
        raise Invalid(
            "Mark time holds a salary above its scale until a day: enter the day and the scale.",
            field="mark_time_until",
        )
    if not on_mark_time and fact.mark_time_until is not None:
        raise Invalid("Only a salary on mark time has such a day.", field="mark_time_until")
    if on_mark_time and fact.mark_time_until < civil_date(fact.valid_from):
        raise Invalid("Mark time must not end before it begins.", field="mark_time_until")


def _allowance(session: Session, fact: Any, now: datetime) -> None:
    _not_paused(session, fact, now)
    if fact.amount_pence <= 0:
        raise Invalid("Enter an amount above nothing.", field="amount_pence")
    if fact.kind == AllowanceKind.TEMPORARY_RESPONSIBILITY and fact.valid_to is None:
        raise Invalid("A temporary responsibility allowance needs a last day.", field="last_day")


def _not_paused(session: Session, fact: Any, now: datetime) -> None:
    if is_paused(session, fact.employment_id, fact.valid_from, fact.valid_to, now):
        raise Invalid(
            "They are on a career break in that time. Record the return, or take the break back.",
            field="first_day",
        )


def _absence(_session: Session, fact: Any, _now: datetime) -> None:
    if fact.period_to < fact.period_from:
        raise Invalid("The period ends before it begins.", field="period_to")


_CHECKS: dict[Kind, Callable[[Session, Any, datetime], None]] = {
    Kind.NAME: _name,
    Kind.BIRTH_DATE: _birth_date,
    Kind.IDENTITY_PROOFING: _identity_proofing,
    Kind.ADDRESS: _address,
    Kind.PHONE: _phone,
    Kind.OFFICE: _office,
    Kind.POSTING: _posting,
    Kind.PAY: _pay,
    Kind.ALLOWANCE: _allowance,
    Kind.ABSENCE: _absence,
}
