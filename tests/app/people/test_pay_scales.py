"""HR records a salary: it takes the scale of the grade; one outside it is said first, and recorded."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from profiles.employments.models import Posting
from profiles.pay.models import PayRecord
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.pay_scales import make_scale
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

TYPED: dict[str, Any] = {
    "salary_pence": "32000",
    "pay_reason": "award",
    "location": "London",
    "fte_thousandths": "100",
    "first_day": ["1", "3", "2026"],
    "source": "the award",
    "reason": "Agreed",
}
SCALED = {"scale": "Old", "scale_minimum_pence": "30000", "scale_maximum_pence": "33000"}


class Recording:
    """An HR officer of HMRC who adds a salary of the employee's, a Higher Officer."""

    def __init__(self, app: Flask, move: Move) -> None:
        self.move, self.path = move, f"/people/{move.employee}/change/pay/add"
        make_scale(move.session, move.now, move.hmrc.id, "Higher Officer", "London", pounds=(33_000, 36_000))
        move.session.commit()
        self.officer = sign_in(app, move.hmrc_officer)

    def check(self, **changes: Any) -> str:
        answer = self.officer.submit(self.path, **(TYPED | changes))
        check_page(answer.text)
        assert answer.status_code == 200, answer.text
        return answer.text

    def record(self, **changes: Any) -> PayRecord:
        assert self.officer.submit(self.path, **(TYPED | changes), checked="yes").status_code == 303
        now = self.move.now
        (found,) = current(self.move.session, PayRecord, now, now, person_id=self.move.employee)
        return found


@pytest.fixture
def recording(app: Flask, move: Move) -> Recording:
    return Recording(app, move)


def test_a_salary_below_its_scale_is_said_and_recorded_with_the_scale(recording: Recording) -> None:
    page = recording.check()
    assert "The salary is below its scale, £33,000 – £36,000." in page
    assert "Higher Officer scale (£33,000 to £36,000)" in page
    said = recording.record()
    assert (said.salary_pence, said.scale) == (3_200_000, "Higher Officer scale")
    assert (said.scale_minimum_pence, said.scale_maximum_pence) == (3_300_000, 3_600_000)


def test_a_salary_above_is_said_unless_it_is_on_mark_time(recording: Recording) -> None:
    assert "above its scale, £33,000 – £36,000, and" in recording.check(salary_pence="40000")
    held = {"pay_reason": "mark_time", "mark_time_until": ["31", "3", "2027"]}
    assert "above its scale" not in recording.check(salary_pence="40000", **held)


def test_a_salary_within_its_scale_has_no_warning(recording: Recording) -> None:
    assert "govuk-warning-text" not in recording.check(salary_pence="33000")


def test_another_scale_that_was_typed_is_said_and_stays(recording: Recording) -> None:
    page = recording.check(**SCALED)
    assert "the pay scale of Higher Officer, London is £33,000 – £36,000" in page
    said = recording.record(**SCALED)
    assert (said.scale, said.scale_minimum_pence, said.scale_maximum_pence) == ("Old", 3_000_000, 3_300_000)


def test_a_pay_location_without_a_scale_takes_none(recording: Recording) -> None:
    assert "govuk-warning-text" not in recording.check(location="Leeds")
    assert recording.record(location="Leeds").scale_minimum_pence is None


def test_a_promotion_below_the_scale_of_the_new_grade_is_said_and_takes_that_scale(
    recording: Recording, move: Move
) -> None:
    make_scale(move.session, move.now, move.hmrc.id, "Senior Officer", pounds=(43_000, 46_000))
    (held,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    typed = {"change": "promotion", "local_grade": "Senior Officer", "job_title": "Team Leader"}
    typed |= {"salary_pence": "42000", "source": "the board", "reason": "Promoted"}
    path, version = f"/people/{move.employee}/post/{held.employment_id}", str(held.id)
    move.session.commit()
    days: dict[str, Any] = {"first_day": ["1", "3", "2026"]}
    checked = recording.officer.submit(path, **typed, **days, version=version)
    check_page(checked.text)
    assert "The salary is below its scale" in checked.text
    recording.officer.submit(path, **typed, **days, version=version, checked="yes")
    (pay,) = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    assert (pay.scale, pay.scale_minimum_pence) == ("Senior Officer scale", 4_300_000)
