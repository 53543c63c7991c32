"""What is weak of an app's agreements, the worst first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from profiles.entitlements.agreements import Weakness, weaknesses
from tests.factories import facts

DAYS = timedelta(days=90)
WHOLE = {"dpia_reference": "DPIA-7", "suppliers": "none"}


def weak(now: datetime, *agreements: dict[str, Any]) -> list[Weakness]:
    made = tuple(facts.agreement(**one) for one in agreements)
    return list(weaknesses(facts.app(agreements=made), now, DAYS))


def test_one_that_says_everything_and_ends_later_is_not_weak(now: datetime) -> None:
    assert weak(now, WHOLE | {"valid_to": now + timedelta(days=91)}) == []


def test_each_gap_is_named_the_worst_first(now: datetime) -> None:
    assert weak(now, {"valid_to": now + DAYS}) == [
        Weakness.DUE,
        Weakness.NO_DPIA,
        Weakness.NO_SUPPLIERS_STATED,
    ]
    assert weak(now, WHOLE) == [Weakness.NO_END]


def test_one_that_is_renewed_is_not_due(now: datetime) -> None:
    ends_at = now + timedelta(days=10)
    renewed = {"valid_from": ends_at, "valid_to": now + timedelta(days=400)}
    assert weak(now, WHOLE | {"valid_to": ends_at}, WHOLE | renewed) == []


@pytest.mark.parametrize(
    ("agreements", "expected"),
    [
        ([], Weakness.NEVER_AGREED),
        ([{"valid_to": timedelta(0)}], Weakness.EXPIRED),
        ([{"valid_from": timedelta(days=1)}], Weakness.NOT_YET_IN_FORCE),
    ],
)
def test_without_one_in_force_that_is_all_there_is_to_say(
    now: datetime, agreements: list[dict[str, timedelta]], expected: Weakness
) -> None:
    found = weak(now, *({name: now + later for name, later in one.items()} for one in agreements))
    assert found == [expected]
