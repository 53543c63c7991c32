"""Which clearances may be used where: active, not expired, sponsored by or shared with the organisation."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus, SponsorshipKind
from profiles.clearances.policy import Obstacle, find_usable, judge, usable
from tests.factories.facts import HMRC, HOME_OFFICE, NOW, clearance, sponsorship

YESTERDAY, TOMORROW = NOW - timedelta(days=1), NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("held", "sponsored", "obstacle"),
    [
        ({}, {}, None),
        ({"status": ClearanceStatus.SUSPENDED}, {}, Obstacle.NOT_ACTIVE),
        ({"status": ClearanceStatus.LAPSED}, {}, Obstacle.NOT_ACTIVE),
        ({"status": ClearanceStatus.WITHDRAWN}, {}, Obstacle.NOT_ACTIVE),
        ({"status": ClearanceStatus.EXPIRED}, {}, Obstacle.NOT_ACTIVE),
        ({"expires_on": date(2026, 3, 1)}, {}, Obstacle.EXPIRED),
        ({"expires_on": date(2026, 3, 2)}, {}, None),
        ({}, {"organisation_id": HOME_OFFICE}, Obstacle.NOT_SPONSORED),
        ({}, {"kind": SponsorshipKind.SHARED}, None),
        ({}, {"valid_to": NOW}, Obstacle.NOT_SPONSORED),
        ({}, {"valid_to": TOMORROW}, None),
        ({}, {"valid_from": TOMORROW}, Obstacle.NOT_SPONSORED),
        ({}, {"level": ClearanceLevel.DV}, Obstacle.NOT_SPONSORED),
    ],
)
def test_what_stands_in_the_way_of_a_clearance(
    held: dict[str, Any], sponsored: dict[str, Any], obstacle: Obstacle | None
) -> None:
    (judgement,) = judge([clearance(**held)], [sponsorship(**sponsored)], {HMRC}, NOW)

    assert judgement.obstacle is obstacle
    assert judgement.usable is (obstacle is None)


@pytest.mark.parametrize("span", [{"valid_to": NOW}, {"valid_from": TOMORROW}])
def test_a_clearance_that_is_not_held_now_is_not_judged(span: dict[str, datetime]) -> None:
    assert judge([clearance(**span)], [sponsorship()], {HMRC}, NOW) == ()


def test_a_clearance_ends_with_its_last_civil_day_in_london() -> None:
    summer = clearance(expires_on=date(2026, 7, 10))
    midnight = datetime(2026, 7, 10, 23, 0, tzinfo=UTC)

    assert usable([summer], [sponsorship()], {HMRC}, midnight - timedelta(microseconds=1)) == [summer]
    assert usable([summer], [sponsorship()], {HMRC}, midnight) == []


def test_a_pending_change_of_sponsor_does_not_interrupt() -> None:
    leave, join = NOW + timedelta(days=5), NOW + timedelta(days=7)
    both = [sponsorship(valid_to=leave), sponsorship(HOME_OFFICE, valid_from=join)]

    def usable_at(at: datetime, organisation_id: UUID) -> bool:
        return bool(usable([clearance()], both, {organisation_id}, at))

    assert usable_at(NOW, HMRC)
    assert not usable_at(leave, HMRC)
    assert not usable_at(leave, HOME_OFFICE)
    assert usable_at(join, HOME_OFFICE)


@pytest.mark.parametrize(
    ("held", "required", "enough"),
    [
        (ClearanceLevel.DV, ClearanceLevel.SC, True),
        (ClearanceLevel.SC, ClearanceLevel.SC, True),
        (ClearanceLevel.CTC, ClearanceLevel.SC, False),
        (ClearanceLevel.AC, ClearanceLevel.BPSS, False),
        (ClearanceLevel.EDV, ClearanceLevel.AC, False),
    ],
)
def test_a_higher_level_is_enough_and_aviation_stands_apart(
    held: ClearanceLevel, required: ClearanceLevel, enough: bool
) -> None:
    judged = judge([clearance(held)], [sponsorship(level=held)], {HMRC}, NOW)

    assert (find_usable(judged, required) is not None) is enough
