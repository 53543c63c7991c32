"""What the migration that lets silence count from the upgrade makes of the moves that are there."""

from datetime import UTC, datetime, timedelta

from profiles.temporal import civil_date
from tests.architecture.conftest import Before

BEFORE, HELD = "0120", {"mitigations": "", "regime": "civil_service", "pay_location": ""}


def test_short_notice_counts_from_the_upgrade(before: Before) -> None:
    before.to(BEFORE)
    today = civil_date(datetime.now(UTC))

    def move(state: str, offered: int, last: int, **more: str) -> str:
        days = {"dates_offered_on": today - timedelta(days=offered), "last_day": today + timedelta(days=last)}
        said = {name: day.isoformat() for name, day in days.items()}
        return before.move(state, today + timedelta(days=last + 1), **(HELD | said | more))

    short = move("in_progress", 9, 10), move("on_hold", 20, 0)
    others = {
        move("in_progress", 20, 10): 20,
        move("scheduled", 9, 10): 9,
        move("in_progress", 9, -1): 9,
        move("in_progress", 9, 10, regime="police"): 9,
    }
    before.to("0121")
    found = dict(map(tuple, before.rows("SELECT id, dates_offered_on FROM transfers")))
    said = {str(one).replace("-", ""): str(day) for one, day in found.items()}
    expected = dict.fromkeys(short, 0) | others
    assert said == {one: (today - timedelta(days=days)).isoformat() for one, days in expected.items()}
    before.back_to(BEFORE)
    assert len(before.rows("SELECT id FROM transfers")) == 6
