"""How long a clearance lasts at most, by level: configuration, because sources conflict."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from profiles.clearances.levels import ClearanceLevel
from profiles.errors import Invalid

LONGEST_YEARS: Mapping[ClearanceLevel, int] = MappingProxyType(
    {
        ClearanceLevel.AC: 5,
        ClearanceLevel.CTC: 10,
        ClearanceLevel.SC: 10,
        ClearanceLevel.ESC: 10,
        ClearanceLevel.DV: 7,
        ClearanceLevel.EDV: 7,
    }
)
"""Where nothing else is configured. BPSS is a check before employment and does not expire."""

LONGEST_YEARS_OF_CONTRACTORS: Mapping[ClearanceLevel, int] = MappingProxyType(
    {ClearanceLevel.CTC: 5, ClearanceLevel.SC: 7, ClearanceLevel.ESC: 7}
)
"""Where nothing else is configured; every other level lasts as long as anybody's."""


def last_day_of(decided_on: date, years: int) -> date:
    """The last civil day of so many years that begin with a decision."""
    try:
        return decided_on.replace(year=decided_on.year + years) - timedelta(days=1)
    except ValueError:  # decided on 29 February
        return date(decided_on.year + years, 2, 28)


def last_decided(day: date, years: int) -> date:
    """The last day of a decision whose years are over by ``day``: ``last_day_of`` the other way round."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # on 29 February
        return date(day.year - years, 2, 28)


@dataclass(frozen=True)
class ValidityPeriods:
    """The longest life of each level in years, and how long a lapsed clearance may be reinstated.

    ``contractors`` has the levels that last another time for them. ``break_months`` is how long an employer
    goes on sponsoring somebody who is on a career break.
    """

    years: Mapping[ClearanceLevel, int] = field(default_factory=lambda: LONGEST_YEARS)
    reinstatement: timedelta = timedelta(days=365)
    contractors: Mapping[ClearanceLevel, int] = field(default_factory=lambda: LONGEST_YEARS_OF_CONTRACTORS)
    break_months: int = 12

    def of_contractors(self) -> "ValidityPeriods":
        """The periods for somebody who is a contractor."""
        return replace(self, years={**self.years, **self.contractors})

    def sponsored_until(self, begins_on: date) -> date:
        """The day from which somebody whose career break began on a day is sponsored no more."""
        years, month = divmod(begins_on.month - 1 + self.break_months, 12)
        year, month = begins_on.year + years, month + 1
        return date(year, month, min(begins_on.day, monthrange(year, month)[1]))

    def longest(self, level: ClearanceLevel, decided_on: date) -> date | None:
        """The last civil day on which it may be used; None for a level that does not expire."""
        years = self.years.get(level)
        return None if years is None else last_day_of(decided_on, years)

    def expiry(self, level: ClearanceLevel, decided_on: date, asked: date | None) -> date | None:
        """The last day of a clearance: as asked, else the longest.

        Raises Invalid for a day before the decision, and for one after the longest; a risk owner may set an
        earlier one.
        """
        longest = self.longest(level, decided_on)
        if asked is None:
            return longest
        if asked <= decided_on:
            raise Invalid("The clearance must expire after it was decided.", field="expires_on")
        if longest is not None and asked > longest + timedelta(days=1):
            raise Invalid(f"{level.value} lasts {self.years[level]} years at most.", field="expires_on")
        return asked


STANDARD = ValidityPeriods()
