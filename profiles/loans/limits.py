"""How long a loan lasts, who pays for a short one, and what makes it a secondment.

Months are those of the calendar: a loan from 31 August is six months old on the last day of February, and one
from 29 February is two years old on 28 February.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from profiles.errors import Invalid
from profiles.loans.models import LoanKind, Payer
from profiles.organisations.models import OrganisationKind
from profiles.organisations.move_rules import RULES, Regime
from profiles.temporal import civil_date, months_after

LATEST_START = timedelta(days=366)
"""How far ahead a loan may begin: what is further is a slip of the pen."""
CIVIL_SERVICE = frozenset({OrganisationKind.DEPARTMENT, OrganisationKind.AGENCY})


@dataclass(frozen=True)
class LoanLimits:
    """The rules of length. One shorter than ``short_months`` is paid by home; ``longest_months`` is the most.

    ``return_notice`` is how long before the last day everybody is reminded.
    """

    longest_months: int = 24
    short_months: int = 6
    return_notice: timedelta = timedelta(days=28)


STANDARD = LoanLimits()


def limits_in(regime: Regime, limits: LoanLimits) -> LoanLimits:
    """The limits of a regime: its own length where it says one, the setting's otherwise."""
    longest = RULES[regime].longest_loan_months
    return limits if longest is None else replace(limits, longest_months=longest)


def is_short(start_date: date, last_day: date, limits: LoanLimits) -> bool:
    """Whether it lasts less than the months from which a recharge is possible."""
    return last_day + timedelta(days=1) < months_after(start_date, limits.short_months)


def check_start(start_date: date, now: datetime) -> None:
    """Raise Invalid for a start in the past, or a year away."""
    today = civil_date(now)
    if start_date < today:
        raise Invalid("The start date must not be in the past.", field="start_date")
    if start_date > today + LATEST_START:
        raise Invalid("The start date must be within a year.", field="start_date")


def check_length(start_date: date, last_day: date, payer: Payer, limits: LoanLimits) -> None:
    """Raise Invalid, naming the field, for a loan that is too long, or too short for its payer."""
    if last_day < start_date:
        raise Invalid("The last day must not be before the start date.", field="last_day")
    longest = months_after(start_date, limits.longest_months)
    if last_day >= longest:
        latest = longest - timedelta(days=1)
        raise Invalid(
            f"A loan lasts {limits.longest_months} months at most: the last day must be "
            f"{latest:%-d %B %Y} or earlier.",
            field="last_day",
        )
    if payer is Payer.HOST and is_short(start_date, last_day, limits):
        raise Invalid(
            f"A loan of less than {limits.short_months} months stays on the home payroll without a recharge.",
            field="payer",
        )


def kind_between(kinds: Iterable[OrganisationKind]) -> LoanKind:
    """A secondment where one of the two organisations is outside the Civil Service."""
    return LoanKind.LOAN if CIVIL_SERVICE.issuperset(kinds) else LoanKind.SECONDMENT
