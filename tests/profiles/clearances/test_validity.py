"""How long a clearance lasts, by its level."""

from datetime import date

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.validity import STANDARD, ValidityPeriods
from profiles.errors import Invalid


@pytest.mark.parametrize(
    ("level", "last_day"),
    [
        (ClearanceLevel.SC, date(2036, 3, 1)),
        (ClearanceLevel.DV, date(2033, 3, 1)),
        (ClearanceLevel.AC, date(2031, 3, 1)),
        (ClearanceLevel.BPSS, None),
    ],
)
def test_a_clearance_lasts_as_long_as_its_level_may(level: ClearanceLevel, last_day: date | None) -> None:
    assert STANDARD.expiry(level, date(2026, 3, 2), None) == last_day


def test_a_leap_day_has_its_anniversary() -> None:
    assert STANDARD.longest(ClearanceLevel.DV, date(2024, 2, 29)) == date(2031, 2, 28)


def test_a_risk_owner_may_set_an_earlier_day_and_nobody_a_later_one() -> None:
    periods = ValidityPeriods({ClearanceLevel.SC: 5})
    assert periods.expiry(ClearanceLevel.SC, date(2026, 3, 2), date(2027, 3, 2)) == date(2027, 3, 2)
    with pytest.raises(Invalid, match="5 years") as refused:
        periods.expiry(ClearanceLevel.SC, date(2026, 3, 2), date(2031, 3, 3))
    assert refused.value.field == "expires_on"
