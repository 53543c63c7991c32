"""The picture of somebody's pay says what their records say."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import Flask

from app.pay_chart import PayChart, pay_chart
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.temporal import start_of_day
from tests.factories.organisations import PROVENANCE

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HMRC, HOME_OFFICE = UUID(int=1), UUID(int=2)


def stamp(begins: date, until: date | None) -> dict[str, Any]:
    return PROVENANCE.stamp(NOW, start_of_day(begins), start_of_day(until) if until else None)


def paid(organisation_id: UUID, pounds: int, begins: date, until: date | None, **more: Any) -> PayRecord:
    values = {"pay_reason": PayReason.AWARD} | more
    return PayRecord(
        person_id=UUID(int=9),
        employment_id=organisation_id,
        organisation_id=organisation_id,
        salary_pence=pounds * 100,
        **values,
        **stamp(begins, until),
    )


def drawn(app: Flask, *records: PayRecord, allowances: tuple[PayAllowance, ...] = ()) -> PayChart | None:
    with app.test_request_context():
        return pay_chart(records, allowances, NOW, {HMRC: "HMRC", HOME_OFFICE: "Home Office"}.__getitem__)


def test_a_higher_salary_stands_higher_and_the_next_begins_where_the_last_ends(app: Flask) -> None:
    rise = date(2023, 4, 1)
    chart = drawn(app, paid(HMRC, 30_000, date(2020, 4, 1), rise), paid(HOME_OFFICE, 40_000, rise, None))
    assert chart is not None
    first, second = chart.steps
    assert (second.y < first.y < chart.floor, first.end == second.x, second.end == chart.right) == (
        True,
        True,
        True,
    )
    assert [name for name, _colour in chart.employers] == ["HMRC", "Home Office"]
    assert [tick.text for tick in chart.amounts][:2] == ["£0", "£10,000"]


def test_allowances_stand_on_top_and_mark_time_and_what_is_to_come_are_shown(app: Flask) -> None:
    rise = date(2027, 1, 1)
    marked = paid(HMRC, 50_000, date(2024, 1, 1), rise, pay_reason=PayReason.MARK_TIME)
    allowance = PayAllowance(
        person_id=UUID(int=9),
        employment_id=HMRC,
        organisation_id=HMRC,
        kind=AllowanceKind.TEMPORARY_RESPONSIBILITY,
        amount_pence=500_000,
        **stamp(date(2025, 1, 1), date(2026, 1, 1)),
    )
    chart = drawn(app, marked, paid(HMRC, 51_000, rise, None), allowances=(allowance,))
    assert chart is not None
    (band,) = chart.bands
    assert round(band.y + band.height - chart.steps[0].y, 1) == 0
    assert [step.on_mark_time for step in chart.steps] == [True, False]
    assert [step.to_come for step in chart.steps] == [False, True]
    assert chart.today is not None


def test_without_pay_there_is_no_picture(app: Flask) -> None:
    assert drawn(app) is None
