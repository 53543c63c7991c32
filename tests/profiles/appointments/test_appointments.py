"""An employment begins on the account of somebody who left: two officers, and nothing parked revives."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from profiles.appointments import service
from profiles.appointments.models import Appointment, AppointmentState
from profiles.bulk_moves.closing import Remaining, remaining
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.employments.models import ContractType, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import Change
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.sign_in.service import may_sign_in
from profiles.temporal import INSTANT, current, end_of_day, record, start_of_day
from profiles.transfers.preparing import look_up
from tests.factories.apps import make_app, make_rule
from tests.factories.move_invitations import ADDRESS, POST, accept, confirm, invite
from tests.factories.organisations import PROVENANCE
from tests.factories.pay_scales import make_scale
from tests.factories.people import give_role, make_employee
from tests.factories.returners import (
    CONTRACT,
    STARTS,
    approve,
    asked,
    by,
    invite_back,
    make_appointment,
    prepare,
)
from tests.factories.transfers import Move

BEGINS = start_of_day(STARTS)


def held(move: Move, model: Any, at: datetime) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def subjects(move: Move, to: str) -> list[str]:
    found = move.session.exec(select(OutboxMessage)).all()
    return [one.payload["subject"] for one in found if one.payload["to"] == to]


def test_it_begins_on_the_same_account_on_its_day(move: Move) -> None:
    appointment = approve(move, make_appointment(move))
    assert appointment.state is AppointmentState.AGREED
    assert not may_sign_in(move.session, move.employee, BEGINS - INSTANT)
    assert may_sign_in(move.session, move.employee, BEGINS)
    (employment,), (posting,) = held(move, Employment, BEGINS), held(move, Posting, BEGINS)
    assert (employment.number, employment.contract_type) == ("HO-1", ContractType.FIXED_TERM)
    assert employment.continuous_service_from == STARTS
    assert (posting.organisation_id, posting.local_grade) == (move.home_office.id, "Senior Officer")
    (pay,), (address,) = held(move, PayRecord, BEGINS), held(move, WorkAddress, BEGINS)
    assert (pay.salary_pence, pay.pay_reason) == (4_100_000, PayReason.APPOINTMENT)
    assert address.address == "priya.patel@ho.gov.uk"


def test_pay_takes_the_scale_of_its_grade(move: Move) -> None:
    make_scale(move.session, move.now, move.home_office.id, "Senior Officer", pounds=(40_000, 45_000))
    approve(move, make_appointment(move))
    (pay,) = held(move, PayRecord, BEGINS)
    assert (pay.scale, pay.scale_minimum_pence) == ("Senior Officer scale", 4_000_000)


def test_nothing_that_was_parked_revives_by_itself(move: Move) -> None:
    approve(move, make_appointment(move))
    assert [one.status for one in held(move, Clearance, BEGINS)] == [ClearanceStatus.LAPSED]
    for model in (RoleAssignment, Entitlement):
        assert held(move, model, BEGINS) == []


def open_an_app(move: Move) -> None:
    """To whoever works in the Home Office at these grades."""
    app = make_app(move.session, move.now, move.home_office, "Canteen")
    grades = {"grade_from": CommonGrade.AA, "grade_to": CommonGrade.SEO}
    make_rule(move.session, move.now, app, organisation_id=move.home_office.id, **grades)


def test_the_preview_says_what_opens_and_an_app_that_needs_a_clearance_does_not(move: Move) -> None:
    open_an_app(move)
    begins = service.preview_for(move.session, make_appointment(move), move.now)
    assert [(one.app_name, one.change) for one in begins] == [("Canteen", Change.BEGINS)]


def test_who_prepared_it_does_not_approve(move: Move) -> None:
    appointment = make_appointment(move)
    with pytest.raises(NotPermitted, match="prepared"):
        approve(move, appointment, move.preparer)


def test_without_a_second_officer_nothing_is_recorded(move: Move) -> None:
    make_appointment(move)
    assert held(move, Employment, BEGINS) == []


def test_nobody_approves_their_own_and_nobody_elsewhere_finds_it(move: Move) -> None:
    appointment = make_appointment(move)
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.home_office.id)
    with pytest.raises(NotPermitted, match="own"):
        approve(move, appointment, move.employee)
    for officer in (move.hmrc_officer, move.stranger):
        with pytest.raises(NotFound):
            approve(move, appointment, officer)


def test_what_is_approved_is_what_was_shown(move: Move) -> None:
    appointment = make_appointment(move)
    said = service.shown(move.session, appointment, move.now)
    open_an_app(move)
    with pytest.raises(Conflict, match="changed meanwhile"):
        service.approve(move.session, move.now, said=said, **by(move, appointment))
    assert held(move, Employment, BEGINS) == []


def test_it_is_decided_once(move: Move) -> None:
    appointment = approve(move, make_appointment(move))
    third = make_employee(move.session, move.now, move.home_office, "tess.third").person_id
    give_role(move.session, move.now, third, Role.HR_OFFICER, move.home_office.id)
    with pytest.raises(Conflict, match="already"):
        service.refuse(move.session, move.now, reason="No", **by(move, appointment, third))


def test_refused_it_records_nothing_and_both_hear_of_it(move: Move) -> None:
    appointment = make_appointment(move)
    with pytest.raises(Invalid) as refused:
        service.refuse(move.session, move.now, reason=" ", **by(move, appointment))
    assert refused.value.field == "reason"
    service.refuse(move.session, move.now, reason="Not agreed", **by(move, appointment))
    assert held(move, Employment, BEGINS) == []
    assert "Your employment does not begin" in subjects(move, ADDRESS)
    assert subjects(move, "omar.hughes@ho.gov.uk")[-1] == "An appointment is refused"


def test_it_is_taken_back_until_it_begins(move: Move) -> None:
    appointment = approve(move, make_appointment(move))
    later = replace(move, now=BEGINS)
    with pytest.raises(Conflict, match="begun"):
        service.cancel(later.session, later.now, reason="Late", **by(later, appointment))
    before = replace(move, now=BEGINS - timedelta(days=1))
    service.cancel(before.session, before.now, reason="Withdrew", **by(before, appointment, move.preparer))
    assert held(before, Employment, BEGINS) == []
    assert not may_sign_in(move.session, move.employee, BEGINS)


def test_the_organisation_does_not_end_while_it_waits(move: Move) -> None:
    """Nobody could decide on it then, and nobody else could appoint the person."""
    place = move.home_office.id
    appointment = make_appointment(move)
    assert Remaining.APPOINTMENTS in remaining(move.session, place, move.now)
    service.cancel(move.session, move.now, reason="We end.", **by(move, appointment))
    assert Remaining.APPOINTMENTS not in remaining(move.session, place, move.now)


def test_what_was_corrected_since_is_not_taken_back_blindly(move: Move) -> None:
    appointment = approve(move, make_appointment(move))
    (posting,) = held(move, Posting, BEGINS)
    posting.source = "page:letter"
    move.session.add(posting)
    move.session.flush()
    with pytest.raises(Conflict, match="changed since"):
        service.cancel(move.session, move.now, reason="No", **by(move, appointment))


def test_what_was_given_ahead_does_not_outlast_the_employment_that_never_began(move: Move) -> None:
    appointment = approve(move, make_appointment(move))
    (employment,) = held(move, Employment, BEGINS)
    of_it = {"employment_id": employment.fact_id, "organisation_id": move.home_office.id}
    stamp = PROVENANCE.stamp(move.now, BEGINS) | {"person_id": move.employee} | of_it
    kind = AllowanceKind.TEMPORARY_RESPONSIBILITY
    record(move.session, PayAllowance(kind=kind, amount_pence=100_000, **stamp))
    with pytest.raises(Conflict, match="changed since"):
        service.cancel(move.session, move.now, reason="No", **by(move, appointment))


def test_the_person_is_told_at_the_address_of_the_invitation(move: Move) -> None:
    approve(move, make_appointment(move))
    assert "Your employment is recorded" in subjects(move, ADDRESS)
    assert "Something waits for a second officer" in subjects(move, "olivia.ward@ho.gov.uk")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bpss_checked_on", None),
        ("bpss_checked_on", date(2026, 5, 2)),
        ("local_grade", "Grand Vizier"),
        ("salary_pence", 0),
        ("start_date", date(2026, 4, 1)),
        ("start_date", date(2026, 4, 30)),
        ("work_address", "priya@example.com"),
        ("line_manager", "nobody@ho.gov.uk"),
    ],
)
def test_wrong_terms_name_their_field_and_spend_nothing(move: Move, field: str, value: Any) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    wanted = asked(move, invitation.id, **{field: value})
    with pytest.raises(Invalid) as refused:
        prepare(move, wanted)
    assert refused.value.field == {"salary_pence": "salary"}.get(field, field)
    assert prepare(move, asked(move, invitation.id))


def test_service_begins_with_the_first_day_at_the_latest(move: Move) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    contract = replace(CONTRACT, continuous_service_from=date(2026, 6, 2))
    wanted = asked(move, invitation.id) | {"contract": contract}
    with pytest.raises(Invalid) as refused:
        service.offer(move.session, move.now, **wanted)
    assert refused.value.field == "continuous_service_from"


def test_an_acceptance_makes_one_appointment(move: Move) -> None:
    appointment = make_appointment(move)
    with pytest.raises(Conflict):
        prepare(move, asked(move, appointment.invitation_id))
    assert len(move.session.exec(select(Appointment)).all()) == 1


def test_hr_who_did_not_confirm_whom_they_meant_prepare_nothing(move: Move) -> None:
    invitation = accept(move, invite_back(move))
    with pytest.raises(Conflict):
        service.offer(move.session, move.now, **asked(move, invitation.id))


def test_who_is_employed_meanwhile_begins_by_a_move_instead(move: Move) -> None:
    appointment = make_appointment(move)
    stamp = {"person_id": move.employee, "organisation_id": move.hmrc.id}
    again = datetime(2026, 5, 20, tzinfo=UTC)
    employment = Employment(
        number="HMRC-9",
        continuous_service_from=date(2026, 5, 20),
        contract_type=ContractType.PERMANENT,
        valid_from=again,
        recorded_at=move.now,
        source="test",
        reason="hired again",
        **stamp,
    )
    move.session.add(employment)
    move.session.flush()
    with pytest.raises(Conflict, match="another one goes on"):
        approve(move, appointment)


def test_who_works_out_a_notice_elsewhere_moves_and_is_not_appointed(leaving: Move) -> None:
    invitation = confirm(leaving, accept(leaving, invite_back(leaving)))
    with pytest.raises(Conflict, match="it is a move"):
        service.offer(leaving.session, leaving.now, **asked(leaving, invitation.id))


def test_no_move_is_prepared_of_who_works_nowhere(move: Move) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    with pytest.raises(Invalid, match="no employment"):
        look_up(
            move.session,
            move.now,
            officer_id=move.preparer,
            permissions=move.permissions(move.preparer),
            importing_organisation_id=move.home_office.id,
            unverified_code="",
            invitation_id=invitation.id,
        )


def test_a_start_date_that_has_passed_is_not_approved(move: Move) -> None:
    appointment = make_appointment(move)
    late = replace(move, now=BEGINS + timedelta(days=1))
    with pytest.raises(Conflict, match="too long ago"):
        approve(late, appointment)


def test_what_nobody_decided_on_ends_by_itself_and_lets_another_organisation_prepare(move: Move) -> None:
    appointment = make_appointment(move)
    service.expire(move.session, BEGINS, 20)
    assert appointment.state is AppointmentState.WAITING
    service.expire(move.session, BEGINS + timedelta(days=1), 20)
    assert (appointment.state, appointment.decided_by) == (AppointmentState.CANCELLED, None)
    assert subjects(move, "omar.hughes@ho.gov.uk")[-1] == "An appointment is cancelled"
    starts = date(2026, 6, 8)
    late = replace(move, now=BEGINS + timedelta(days=1), terms=replace(move.terms, start_date=starts))
    invitation = confirm(late, accept(late, invite(late, post=replace(POST, start_date=starts))))
    assert prepare(late, asked(late, invitation.id))


def test_an_appointment_for_a_time_ends_with_its_last_day(move: Move) -> None:
    open_an_app(move)
    last_day = date(2026, 8, 31)
    invitation = confirm(move, accept(move, invite_back(move)))
    wanted = asked(move, invitation.id) | {"contract": replace(CONTRACT, last_day=last_day)}
    approve(move, prepare(move, wanted))
    ends_at = end_of_day(last_day)
    for model in (Employment, Posting, PayRecord, WorkAddress):
        assert [one.valid_to for one in held(move, model, BEGINS) if one.organisation_id] == [ends_at]
    assert opened(move, ends_at - INSTANT) == ["Canteen"]
    assert opened(move, ends_at) == []
    assert not may_sign_in(move.session, move.employee, ends_at)


def opened(move: Move, at: datetime) -> list[str]:
    return [rules.app_name for rules, one in access_of(move.session, move.employee, at) if one.allowed]


@pytest.mark.parametrize(
    ("contract_type", "last_day"),
    [(ContractType.FIXED_TERM, date(2026, 5, 31)), (ContractType.PERMANENT, date(2026, 8, 31))],
)
def test_a_last_day_is_of_a_contract_for_a_time(
    move: Move, contract_type: ContractType, last_day: date
) -> None:
    invitation = confirm(move, accept(move, invite_back(move)))
    wanted = asked(move, invitation.id, contract_type=contract_type)
    wanted |= {"contract": replace(CONTRACT, last_day=last_day)}
    with pytest.raises(Invalid) as refused:
        service.offer(move.session, move.now, **wanted)
    assert refused.value.field == "ends_on"
