"""Somebody began on Monday, and HR records it on Wednesday."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from profiles.appointments import reminding, service
from profiles.appointments.models import Appointment, AppointmentState
from profiles.employments.models import Employment, Posting
from profiles.entitlements.preview import Change
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid
from profiles.pay.models import PayRecord
from profiles.sign_in.service import may_sign_in
from profiles.temporal import INSTANT, current, start_of_day
from profiles.transfers.timetable import Timetable
from tests.factories import returners
from tests.factories.move_invitations import accept, confirm
from tests.factories.returners import asked, by, invite_back
from tests.factories.transfers import Move
from tests.profiles.appointments.test_appointments import open_an_app, subjects

DAYS = 14
BEGAN = date(2026, 4, 27)
"""The Monday before the Friday on which it is recorded."""
CHECKED = date(2026, 4, 20)


def prepare(move: Move, start_date: date = BEGAN, **changes: Any) -> Appointment:
    invitation = confirm(move, accept(move, invite_back(move)))
    terms = {"start_date": start_date, "bpss_checked_on": CHECKED} | changes
    wanted = asked(move, invitation.id, **terms) | {"backdate_days": DAYS}
    return returners.prepare(move, wanted)


def approve(move: Move, appointment: Appointment) -> Appointment:
    said = service.shown(move.session, appointment, move.now)
    return service.approve(move.session, move.now, said=said, backdate_days=DAYS, **by(move, appointment))


def later(move: Move, days: int) -> Move:
    return replace(move, now=move.now + timedelta(days=days))


def held(move: Move, model: Any, at: Any) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def test_the_record_and_pay_follow_the_first_day_and_access_turns_with_the_approval(move: Move) -> None:
    open_an_app(move)
    appointment = prepare(move)
    begins = service.preview_for(move.session, appointment, move.now)
    assert [(one.app_name, one.change, one.at) for one in begins] == [("Canteen", Change.BEGINS, move.now)]
    assert not may_sign_in(move.session, move.employee, move.now)
    approve(move, appointment)
    assert may_sign_in(move.session, move.employee, move.now)
    begins_at = start_of_day(BEGAN)
    for model in (Employment, Posting, PayRecord):
        assert held(move, model, begins_at - INSTANT) == []
        assert len(held(move, model, begins_at)) == 1
    opened = [
        rules.app_name for rules, one in access_of(move.session, move.employee, move.now) if one.allowed
    ]
    assert opened == ["Canteen"]
    assert current(move.session, Employment, begins_at, move.now - INSTANT, person_id=move.employee) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_date": date(2026, 4, 16)}, "start_date"),
        ({"bpss_checked_on": date(2026, 4, 28)}, "start_date"),
    ],
)
def test_not_longer_ago_than_is_allowed_and_not_before_the_check(
    move: Move, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        prepare(move, **changes)
    assert refused.value.field == field


def test_the_second_officer_has_the_days_too(move: Move) -> None:
    appointment = prepare(move, date(2026, 4, 17), bpss_checked_on=date(2026, 4, 1))
    assert approve(later(move, DAYS), appointment).state is AppointmentState.AGREED


def test_what_nobody_decides_on_in_time_ends_by_itself(move: Move) -> None:
    appointment = prepare(move)
    late = later(move, DAYS)
    service.expire(late.session, late.now, 20, DAYS)
    assert appointment.state is AppointmentState.WAITING
    late = later(move, DAYS + 1)
    with pytest.raises(Conflict, match="too long ago"):
        approve(late, appointment)
    service.expire(late.session, late.now, 20, DAYS)
    assert appointment.state is AppointmentState.CANCELLED


def test_one_that_was_prepared_ahead_waits_beyond_its_start_date(move: Move) -> None:
    appointment = prepare(move, date(2026, 5, 4))
    assert approve(later(move, 5), appointment).state is AppointmentState.AGREED


def test_nobody_is_reminded_or_told_that_it_is_late_on_the_day_on_which_it_is_asked(move: Move) -> None:
    prepare(move)
    asked_for = len(subjects(move, "olivia.ward@ho.gov.uk"))
    for days, more in ((0, 0), (1, 1), (2, 1)):
        at = later(move, days).now
        reminding.remind(move.session, at, Timetable(), 10)
        assert len(subjects(move, "olivia.ward@ho.gov.uk")) == asked_for + more


def test_an_employment_that_ended_after_it_began_is_in_the_way(move: Move) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    terms = {"start_date": date(2026, 3, 3), "bpss_checked_on": date(2026, 3, 2)}
    wanted = asked(move, invitation.id, **terms) | {"backdate_days": 92}
    with pytest.raises(Conflict, match="another one goes on"):
        service.offer(move.session, move.now, **wanted)
