"""The rules by kind of record: how long it is kept, and counted from when.

Sources conflict, and most kinds have none: every period is a setting. ``docs/guides/retention.md`` says where
each was read, and which is a convention of this project.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from profiles.temporal import start_of_day


class RetainedKind(StrEnum):
    """A kind of record with a rule of its own, and what its years count from."""

    PAY = "pay"
    """Salaries and allowances on which no pension rests, from their last day."""
    PENSION = "pension"
    """Pension memberships, and the pay of employments that have one: from the day of birth, once over."""
    SERVICE = "service"
    """Employments and postings, on which pensions rest: from the day of birth, once over."""
    VETTING = "vetting"
    """Clearances, with sponsorships, caveats and events, and dispensations: from expiry, lapse, withdrawal,
    or another end."""
    LEAVE = "leave"
    """Leave balances, from their last day."""
    ABSENCE = "absence"
    """Absence summaries, from their last day."""
    CONTACT = "contact"
    """Work addresses, numbers and offices, from their last day."""
    ROLE = "role"
    """Roles in Lanyard, from their last day."""
    GRANT = "grant"
    """Access to an app that was granted by hand, from its last day."""
    SUSPENSION = "suspension"
    """Suspensions of accounts and marks of sensitive people, from when they were lifted."""
    TRANSFER = "transfer"
    """Transfers, loans and parts in bulk moves, with their tasks, approvals and steps, from the last step."""
    CHANGE = "change"
    """Changes of a record, or of what decides on access, and appointments, from the decision."""
    IMPORT = "import"
    """Imports, and what was settled after them, from their end."""
    RELEASE = "release"
    """The release log with what was asked about an entry, from the release or the last question."""
    REQUEST = "request"
    """Requests for what is held about somebody, from when the answer expired, or the decision."""
    RECOVERY = "recovery"
    """Recoveries of accounts and sign-ins reported as somebody else's, from when they ended."""
    HOLD = "hold"
    """Legal holds, from when they were lifted."""


YEARS: Mapping[RetainedKind, int] = MappingProxyType(
    {
        RetainedKind.PAY: 6,
        RetainedKind.PENSION: 100,
        RetainedKind.SERVICE: 100,
        RetainedKind.VETTING: 15,
        RetainedKind.LEAVE: 2,
        RetainedKind.ABSENCE: 6,
        RetainedKind.CONTACT: 1,
        RetainedKind.ROLE: 6,
        RetainedKind.GRANT: 6,
        RetainedKind.SUSPENSION: 6,
        RetainedKind.TRANSFER: 6,
        RetainedKind.CHANGE: 6,
        RetainedKind.IMPORT: 2,
        RetainedKind.RELEASE: 6,
        RetainedKind.REQUEST: 6,
        RetainedKind.RECOVERY: 6,
        RetainedKind.HOLD: 6,
    }
)
FROM_BIRTH = frozenset({RetainedKind.PENSION, RetainedKind.SERVICE})
"""Kept to an age."""
YOUNGEST = 16
"""How old in years somebody counts as on the day of their earliest employment, without a date of birth."""
AT_WORK = 75
"""At what age nobody works any more: who would be older while employed is not as old as their dates say."""
FIRST_YEAR = 1901
"""Of an earlier day, the first at work or a birth, nobody knows that it was: systems write 1900 for none."""


@dataclass(frozen=True)
class Limit:
    """How long ago a record must have been over to be due on a day.

    It must have been over by the instant ``at``, which is the start of the civil day ``day``; of the kinds of
    ``FROM_BIRTH`` the person must also have been born by ``born_by``, not before ``born_since``, or, where no
    such date of birth is recorded, employed by the instant ``employed_by``, not before ``employed_since``,
    and not at work any more after the instant ``left_by``: what says otherwise is a placeholder.
    """

    day: date
    at: datetime
    born_by: date | None = None
    born_since: date | None = None
    employed_by: datetime | None = None
    employed_since: datetime | None = None
    left_by: datetime | None = None


def limit_of(kind: RetainedKind, years: Mapping[RetainedKind, int], day: date) -> Limit:
    """The limit by which records of a kind are due on a day."""
    earlier = years_before(day, years[kind])
    if kind in FROM_BIRTH:
        return Limit(
            day,
            start_of_day(day),
            earlier,
            date(FIRST_YEAR, 1, 1),
            start_of_day(years_before(earlier, -YOUNGEST)),
            employed_since=start_of_day(date(FIRST_YEAR, 1, 1)),
            left_by=start_of_day(years_before(earlier, -AT_WORK)),
        )
    return Limit(earlier, start_of_day(earlier))


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 28 February for the 29th where that year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
