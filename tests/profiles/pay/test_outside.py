"""Whether a salary lies within its scale: below it, above it, and what a record names itself."""

import pytest

from profiles.pay.models import PayReason
from profiles.pay.outside import Doubt, Ends, doubts_about

SCALE = 2_800_000, 3_100_000
UNSAID: Ends = (None, None)


@pytest.mark.parametrize(
    ("salary", "own", "scale", "doubts"),
    [
        (2_800_000, UNSAID, SCALE, []),
        (3_100_000, UNSAID, SCALE, []),
        (2_799_999, UNSAID, SCALE, [Doubt.BELOW]),
        (3_100_001, UNSAID, SCALE, [Doubt.ABOVE]),
        (3_100_001, UNSAID, None, []),
        (2_900_000, SCALE, SCALE, []),
        (2_900_000, (2_700_000, 3_100_000), SCALE, [Doubt.ANOTHER]),
        (2_750_000, (2_700_000, 3_100_000), SCALE, [Doubt.ANOTHER]),
        (2_600_000, (2_700_000, 3_100_000), None, [Doubt.BELOW]),
        (9_900_000, (2_800_000, None), SCALE, []),
    ],
)
def test_what_is_to_be_doubted(
    salary: int, own: Ends, scale: tuple[int, int] | None, doubts: list[Doubt]
) -> None:
    assert doubts_about(salary, PayReason.AWARD, own, scale) == doubts


def test_mark_time_holds_a_salary_above_its_scale_and_not_below() -> None:
    assert doubts_about(3_100_001, PayReason.MARK_TIME, UNSAID, SCALE) == []
    assert doubts_about(2_799_999, PayReason.MARK_TIME, UNSAID, SCALE) == [Doubt.BELOW]
