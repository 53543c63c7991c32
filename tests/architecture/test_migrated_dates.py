"""What the migration that says by when dates are agreed to makes of the moves that are there."""

from datetime import UTC, datetime, timedelta

from profiles.temporal import civil_date
from tests.architecture.conftest import PAST, Before

BEFORE, HELD = "0114", {"mitigations": "", "regime": "civil_service", "pay_location": ""}


def test_dates_that_have_passed_are_agreed_to_within_two_weeks_from_now(before: Before) -> None:
    before.to(BEFORE)
    on_time = {"dates_offered_on": PAST.isoformat()} | HELD
    late = {"dates_offered_on": (PAST + timedelta(days=2)).isoformat()} | HELD
    backdated, held = before.move(start=PAST, **late), before.move("on_hold", PAST, **late)
    agreed = before.move("reconciling", PAST, **late)
    others = before.move(start=PAST, **on_time), before.move(**late)
    before.to("0115")
    found = dict(map(tuple, before.rows("SELECT id, agree_by FROM transfers")))
    by = (civil_date(datetime.now(UTC)) + timedelta(days=14)).isoformat()
    said = {str(one).replace("-", ""): None if day is None else str(day) for one, day in found.items()}
    assert said == {backdated: by, held: by, agreed: None, **dict.fromkeys(others)}
    before.back_to(BEFORE)
    assert len(before.rows("SELECT id FROM transfers")) == 5
