"""Nobody comes back to a post that needs a clearance before it is there, or a dispensation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from profiles.appointments import clearance, first_day, payroll, reminding, service, tasks
from profiles.appointments.looking_again import look_again
from profiles.appointments.models import Appointment, AppointmentState, AppointmentTask
from profiles.appointments.reminding import due_on
from profiles.clearances import service as clearances
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceLimit, ClearanceStatus, Dispensation, Sponsorship
from profiles.columns import new_id
from profiles.employments.models import Employment
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import current, end_of_day, record, start_of_day
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.models import TaskKind
from profiles.transfers.timetable import Timetable
from tests.factories.move_invitations import ADDRESS, accept, confirm
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.returners import (
    CONTRACT,
    STARTS,
    accepted,
    approve,
    asked,
    by,
    grant,
    invite_back,
    link_to,
    make_appointment,
    prepare,
    say,
    security_officer,
)
from tests.factories.transfers import Move

BEGINS = start_of_day(STARTS)
SC = ClearanceLevel.SC
UNTIL = date(2026, 9, 30)


@pytest.fixture
def appointment(move: Move) -> Appointment:
    """One to a post that needs SC, accepted; what they held at HMRC has lapsed."""
    security_officer(move)
    return make_appointment(move, required_level=SC)


def dispense(move: Move, appointment: Appointment, officer: UUID | None = None) -> Appointment:
    return say(move, appointment, Answer.DISPENSED, officer, mitigations="Never alone", until=UNTIL)


def statuses(move: Move) -> list[ClearanceStatus]:
    found = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    return [one.status for one in found]


def mails(move: Move, to: str) -> list[str]:
    found = move.session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    return [one.payload["subject"] for one in found if one.payload["to"] == to]


def waiting(move: Move) -> tuple[list[Appointment], list[Appointment]]:
    """What waits for the second officer, and for the security officer."""
    second, security = move.home_office_officer, security_officer(move)
    return (
        list(service.waiting_for(move.session, second, move.permissions(second), move.now)),
        list(clearance.waiting_for(move.session, security, move.permissions(security), move.now)),
    )


def test_nobody_approves_before_it_is_there(move: Move, appointment: Appointment) -> None:
    assert waiting(move) == ([], [appointment])
    with pytest.raises(Conflict, match="clearance that the post needs"):
        approve(move, appointment)
    grant(move, appointment)
    assert waiting(move) == ([appointment], [])
    approve(move, appointment)
    (held,) = current(move.session, Clearance, BEGINS, move.now, person_id=move.employee)
    assert (held.level, held.status, held.decided_on) == (SC, ClearanceStatus.ACTIVE, date(2026, 4, 20))
    opened = [rules.app_name for rules, one in access_of(move.session, move.employee, BEGINS) if one.allowed]
    assert opened == ["Visa Desk"]


def test_a_security_officer_is_told_at_once_and_hr_when_it_is_settled(move: Move) -> None:
    security_officer(move)
    invitation = confirm(move, accept(move, invite_back(move)))
    wanted = asked(move, invitation.id, required_level=SC)
    offered = service.prepare(move.session, move.now, link_to=link_to, **wanted)
    assert mails(move, "sean.vetter@ho.gov.uk") == ["A clearance is needed"]
    accepted(move, offered)
    told = "Something waits for a second officer"
    assert told not in mails(move, "olivia.ward@ho.gov.uk")
    say(move, offered, Answer.APPLIED)
    assert mails(move, "omar.hughes@ho.gov.uk")[-1] == "An appointment waits for its clearance"
    grant(move, offered)
    assert told in mails(move, "olivia.ward@ho.gov.uk")


@pytest.mark.parametrize("said", [Answer.APPLIED, Answer.REFUSED])
def test_what_is_noted_settles_nothing(move: Move, appointment: Appointment, said: Answer) -> None:
    say(move, appointment, said)
    assert waiting(move) == ([], [appointment])
    with pytest.raises(Conflict, match="clearance that the post needs"):
        approve(move, appointment)
    grant(move, appointment)
    assert approve(move, appointment).state is AppointmentState.AGREED


def test_a_dispensation_lets_them_start_and_opens_no_app(move: Move, appointment: Appointment) -> None:
    dispense(move, appointment)
    approve(move, appointment)
    (let,) = current(move.session, Dispensation, BEGINS, move.now, person_id=move.employee)
    assert (let.level, let.mitigations, let.valid_to) == (SC, "Never alone", end_of_day(UNTIL))
    assert let.approved_by == security_officer(move)
    assert [one for _rules, one in access_of(move.session, move.employee, BEGINS) if one.allowed] == []


def test_a_dispensation_goes_with_an_appointment_that_is_cancelled(
    move: Move, appointment: Appointment
) -> None:
    dispense(move, appointment)
    approve(move, appointment)
    service.cancel(move.session, move.now, reason="Withdrew", **by(move, appointment))
    assert current(move.session, Dispensation, BEGINS, move.now, person_id=move.employee) == []


def test_a_dispensation_does_not_outlast_the_employment(move: Move) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    last_day = date(2026, 8, 31)
    wanted = asked(move, invitation.id, required_level=SC)
    wanted["contract"] = replace(CONTRACT, last_day=last_day)
    approve(move, dispense(move, prepare(move, wanted)))
    (let,) = current(move.session, Dispensation, BEGINS, move.now, person_id=move.employee)
    assert let.valid_to == end_of_day(last_day)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("mitigations", {"mitigations": " ", "until": UNTIL}),
        ("until", {"mitigations": "Never alone", "until": date(2026, 5, 31)}),
        ("until", {"mitigations": "Never alone", "until": None}),
    ],
)
def test_a_dispensation_says_what_is_done_and_until_when(
    move: Move, appointment: Appointment, field: str, more: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        say(move, appointment, Answer.DISPENSED, **more)
    assert refused.value.field == field


def test_a_force_lets_nobody_start_before_it(move: Move, appointment: Appointment) -> None:
    move.session.get_one(Organisation, move.home_office.id).kind = OrganisationKind.POLICE_FORCE
    with pytest.raises(Conflict, match="Nobody starts there"):
        dispense(move, appointment)


def test_who_let_them_start_does_not_approve(move: Move, appointment: Appointment) -> None:
    both = make_employee(move.session, move.now, move.home_office, "bo.both").person_id
    for role in (Role.HR_OFFICER, Role.SECURITY_OFFICER):
        give_role(move.session, move.now, both, role, move.home_office.id)
    say(move, appointment, Answer.APPLIED, both)
    service.check_may_decide(appointment, both, move.permissions(both))
    dispense(move, appointment, both)
    with pytest.raises(NotPermitted, match="decided on the clearance"):
        approve(move, appointment, both)
    assert "Something waits for a second officer" not in mails(move, "bo.both@ho.gov.uk")


@pytest.mark.parametrize("end", [service.refuse, service.cancel])
def test_what_was_granted_lapses_where_nobody_comes(
    move: Move, appointment: Appointment, end: Callable[..., object]
) -> None:
    grant(move, appointment)
    assert statuses(move) == [ClearanceStatus.ACTIVE]
    end(move.session, move.now, reason="No", **by(move, appointment))
    assert statuses(move) == [ClearanceStatus.LAPSED]


def test_what_was_granted_lapses_where_nobody_decided_in_time(move: Move, appointment: Appointment) -> None:
    grant(move, appointment)
    late = replace(move, now=BEGINS + timedelta(days=1))
    service.expire(late.session, late.now, 20)
    assert statuses(late) == [ClearanceStatus.LAPSED]


def test_what_is_suspended_after_it_was_granted_is_missing_again(
    move: Move, appointment: Appointment
) -> None:
    grant(move, appointment)
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    later = replace(move, now=move.now + timedelta(hours=1))
    suspended = ClearanceStatus.SUSPENDED
    at = (later.session, later.now, PROVENANCE, INITIATOR)
    clearances.set_status(*at, clearance_id=held.fact_id, status=suspended)
    with pytest.raises(Conflict, match="clearance that the post needs"):
        approve(later, appointment)
    assert waiting(later) == ([], [appointment])


def test_what_is_too_old_by_the_limit_is_not_granted(move: Move, appointment: Appointment) -> None:
    limit_to(move, 1)
    with pytest.raises(Invalid) as refused:
        say(move, appointment, Answer.GRANTED, decided_on=date(2025, 1, 20))
    assert refused.value.field == "decided_on"


def test_what_they_left_suspended_one_officer_does_not_replace(move: Move) -> None:
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    held.status = ClearanceStatus.SUSPENDED
    move.session.add(held)
    move.session.flush()
    appointment = make_appointment(move, required_level=SC)
    with pytest.raises(Conflict, match="with this level suspended"):
        grant(move, appointment)


def test_a_lower_level_does_not_do_and_a_higher_one_does(move: Move) -> None:
    appointment = make_appointment(move, required_level=ClearanceLevel.DV)
    at = (move.session, move.now, PROVENANCE, INITIATOR)
    stamp = {"person_id": move.employee, "sponsor_id": move.home_office.id, "valid_from": move.now}
    for level, missing in ((ClearanceLevel.SC, True), (ClearanceLevel.EDV, False)):
        clearances.record_decision(*at, level=level, decided_on=date(2026, 4, 1), **stamp)
        assert clearance.is_missing(move.session, appointment, move.now) is missing


def test_who_is_asked_is_reminded_and_their_answer_begins_it_anew(
    move: Move, appointment: Appointment
) -> None:
    def remind(at: Move) -> tuple[int, int]:
        reminding.remind(at.session, at.now, Timetable(), 10)
        counted = [mails(at, f"{one}@ho.gov.uk") for one in ("sean.vetter", "olivia.ward")]
        security, hr = (subjects.count("An appointment waits for you") for subjects in counted)
        return security, hr

    soon = replace(move, now=move.now + timedelta(days=5))
    assert remind(soon) == (1, 0)
    grant(soon, appointment)
    assert due_on(appointment) == (soon.now + timedelta(days=7)).date()
    assert remind(soon) == (1, 0)
    assert remind(replace(move, now=soon.now + timedelta(days=5))) == (1, 1)


def test_of_one_that_waits_since_before_the_upgrade_security_officers_are_told_what_is_late(
    move: Move, appointment: Appointment
) -> None:
    late = move.now + timedelta(days=30)
    assert appointment.reminded_at is None
    reminding.remind(move.session, late, Timetable(), 10)
    assert mails(move, "sean.vetter@ho.gov.uk")[-1] == "An appointment waits for you"


def lose(move: Move, now: datetime) -> Move:
    """The clearance is suspended, an hour later."""
    later = replace(move, now=now + timedelta(hours=1))
    (held,) = current(move.session, Clearance, later.now, later.now, person_id=move.employee)
    at = (later.session, later.now, PROVENANCE, INITIATOR)
    clearances.set_status(*at, clearance_id=held.fact_id, status=ClearanceStatus.SUSPENDED)
    return later


def limit_to(move: Move, years: int) -> None:
    stamp = PROVENANCE.stamp(move.now, move.now)
    place = move.home_office.id
    record(move.session, ClearanceLimit(organisation_id=place, level=SC, years=years, **stamp))


def test_what_a_stricter_limit_made_too_old_gives_way_to_a_later_decision(
    move: Move, appointment: Appointment
) -> None:
    approve(move, say(move, appointment, Answer.GRANTED, decided_on=date(2024, 4, 20)))
    later = replace(move, now=move.now + timedelta(hours=1))
    limit_to(later, 1)
    look_again(later.session, later.now, 20)
    with pytest.raises(Invalid, match="that day or later") as refused:
        say(later, appointment, Answer.GRANTED, decided_on=date(2024, 4, 20))
    assert refused.value.field == "decided_on"
    approve(later, grant(later, appointment))
    (held,) = current(move.session, Clearance, BEGINS, later.now, person_id=move.employee)
    assert (held.status, held.decided_on) == (ClearanceStatus.ACTIVE, date(2026, 4, 20))
    service.cancel(later.session, later.now, reason="Withdrew", **by(later, appointment))
    assert statuses(later) == [ClearanceStatus.LAPSED]


def test_what_is_suspended_is_not_granted_anew_and_nobody_sponsors_it_where_nobody_comes(
    move: Move, appointment: Appointment
) -> None:
    approve(move, grant(move, appointment))
    later = lose(move, move.now)
    look_again(later.session, later.now, 20)
    with pytest.raises(Conflict, match="it is suspended: what is granted anew"):
        grant(later, appointment)
    service.cancel(later.session, later.now, reason="Withdrew", **by(later, appointment))
    assert statuses(later) == [ClearanceStatus.SUSPENDED]
    assert current(move.session, Sponsorship, later.now, later.now, person_id=move.employee) == []
    anew = make_appointment(later, required_level=SC)
    with pytest.raises(Conflict, match="left an earlier employer with this level suspended"):
        grant(later, anew)
    assert approve(later, dispense(later, anew)).state is AppointmentState.AGREED


def test_what_was_suspended_meanwhile_and_lifted_lapses_where_nobody_comes(
    move: Move, appointment: Appointment
) -> None:
    grant(move, appointment)
    later = lose(move, move.now)
    (held,) = current(move.session, Clearance, later.now, later.now, person_id=move.employee)
    last = replace(move, now=later.now + timedelta(hours=1))
    at = (last.session, last.now, PROVENANCE, INITIATOR)
    clearances.set_status(*at, clearance_id=held.fact_id, status=ClearanceStatus.ACTIVE)
    service.cancel(last.session, last.now, reason="Withdrew", **by(last, appointment))
    assert statuses(last) == [ClearanceStatus.LAPSED]


def employed(move: Move) -> int:
    return len(current(move.session, Employment, BEGINS, move.now, person_id=move.employee))


def test_what_is_agreed_waits_again_when_the_clearance_is_lost_before_it_begins(
    move: Move, appointment: Appointment
) -> None:
    approve(move, grant(move, appointment))
    look_again(move.session, move.now, 20)
    assert (appointment.state, employed(move)) == (AppointmentState.AGREED, 1)
    later = lose(move, move.now)
    look_again(later.session, later.now, 20)
    assert (appointment.state, employed(later)) == (AppointmentState.WAITING, 0)
    assert waiting(later) == ([], [appointment])
    assert due_on(appointment) > later.now.date()
    assert mails(later, "omar.hughes@ho.gov.uk")[-1] == "An appointment waits again"
    assert mails(later, ADDRESS)[-1] == "Your employment waits again"
    assert mails(later, "sean.vetter@ho.gov.uk")[-1] == "A clearance is needed"
    dispense(later, appointment)
    approve(later, appointment)
    assert (appointment.state, employed(later)) == (AppointmentState.AGREED, 1)


def test_so_many_wait_again_at_once_and_what_cannot_holds_up_nothing(
    move: Move, appointment: Appointment
) -> None:
    approve(move, grant(move, appointment))
    later = lose(move, move.now)
    other = {"id": new_id(), "state": AppointmentState.WAITING}
    waits = Appointment(**(appointment.model_dump() | other))
    move.session.add(waits)
    move.session.flush()
    assert not look_again(later.session, later.now, 1)
    move.session.refresh(appointment)
    assert (appointment.state, employed(later)) == (AppointmentState.AGREED, 1)
    waits.state = AppointmentState.CANCELLED
    move.session.flush()
    assert look_again(later.session, later.now, 1)
    assert not look_again(later.session, later.now, 1)
    assert (appointment.state, employed(later)) == (AppointmentState.WAITING, 0)


def test_what_has_begun_or_was_changed_since_is_left_as_it_is(move: Move, appointment: Appointment) -> None:
    approve(move, grant(move, appointment))
    begun = lose(move, BEGINS)
    look_again(begun.session, begun.now, 20)
    assert appointment.state is AppointmentState.AGREED
    (employment,) = current(move.session, Employment, BEGINS, move.now, person_id=move.employee)
    employment.source = "page:letter"
    move.session.add(employment)
    move.session.flush()
    before = replace(move, now=BEGINS - timedelta(hours=2))
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    held.status = ClearanceStatus.SUSPENDED
    move.session.add(held)
    move.session.flush()
    look_again(before.session, before.now, 20)
    move.session.refresh(appointment)
    assert (appointment.state, employed(before)) == (AppointmentState.AGREED, 1)


def test_what_was_agreed_before_anybody_checked_the_clearance_begins_as_it_was_agreed(
    move: Move, appointment: Appointment
) -> None:
    approve(move, grant(move, appointment))
    move.session.execute(delete(AppointmentTask))
    later = lose(move, move.now)
    look_again(later.session, later.now, 20)
    assert (appointment.state, employed(later)) == (AppointmentState.AGREED, 1)


def test_a_first_day_that_was_arranged_stays_so_when_it_is_agreed_anew(move: Move) -> None:
    manager = make_employee(move.session, move.now, move.home_office, "nan.boss").person_id
    officer = move.payroll_officer()
    found = make_appointment(move, required_level=SC, line_manager="nan.boss@ho.gov.uk")
    approve(move, grant(move, found))
    payroll.confirm_details(move.session, move.now, **by(move, found, officer))
    first_day.arrange(move.session, move.now, appointment_id=found.id, person_id=manager)
    later = lose(move, move.now)
    look_again(later.session, later.now, 20)
    to = ("nan.boss@ho.gov.uk", "nadia.brook@ho.gov.uk")
    assert [mails(later, one)[-1] for one in to] == ["A first day waits again", "A return waits again"]
    approve(later, dispense(later, found))
    told = ["A first day stands again", "A return waits for payroll"]
    assert [mails(later, one)[-1] for one in to] == told
    kinds = [(one.kind, one.done_by) for one in tasks.of(later.session, found.id)]
    assert kinds[0] == (TaskKind.FIRST_DAY, manager)
    assert kinds[1] == (TaskKind.PAYROLL_DETAILS, None)
    assert len(kinds) == 3
    service.cancel(later.session, later.now, reason="Withdrew", **by(later, found))
    assert mails(later, "nan.boss@ho.gov.uk")[-1] == "A first day is not yours any more"
