"""Preparing, approving and taking back an appointment, as two officers do it."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from identity.sign_in import passkeys
from profiles.appointments import service
from profiles.appointments.models import Appointment, AppointmentState
from profiles.employments.models import ContractType, Employment
from profiles.temporal import record, start_of_day
from tests.app.page_checks import check_page
from tests.app.transfers.answers import answers
from tests.factories.move_invitations import accept, confirm
from tests.factories.organisations import PROVENANCE
from tests.factories.pay_scales import make_scale
from tests.factories.people import make_employee
from tests.factories.returners import accepted, asked, invite_back, link_to, make_appointment
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def officer(app: Flask, left: Move) -> Visitor:
    return sign_in(app, left.preparer)


@pytest.fixture
def second(app: Flask, left: Move) -> Visitor:
    return sign_in(app, left.home_office_officer)


@pytest.fixture
def waiting(left: Move) -> str:
    found = make_appointment(left).id
    left.session.commit()
    return f"/appointments/{found}"


def typed(**changes: Any) -> dict[str, Any]:
    offered = {"contract_type": "permanent", "start_date": ["1", "6", "2026"], "required_level": ""}
    terms = answers("", "", **offered) | changes
    return {name: value for name, value in terms.items() if name not in ("code", "organisation", "last_day")}


def state(move: Move) -> AppointmentState:
    found = move.session.exec(select(Appointment.state)).one()
    move.session.rollback()
    return found


def let_accept(move: Move) -> None:
    """The person accepts the terms that wait for them."""
    accepted(move, move.session.exec(select(Appointment)).one())
    move.session.commit()


def test_from_the_invitation_to_a_second_officer(officer: Visitor, second: Visitor, left: Move) -> None:
    invitation: UUID = accept(left, invite_back(left)).id
    left.session.commit()
    path = f"/transfers/invitations/{invitation}"
    terms = officer.submit(f"{path}/confirm", page=path).location
    assert terms == f"/appointments/new/{invitation}"
    page = officer.open(terms).text
    check_page(page)
    assert 'value="Senior Caseworker"' in page
    assert "HMRC" not in page
    checked = officer.submit(terms, **typed())
    check_page(checked.text)
    assert "£41,000.50" in checked.text
    sent = officer.submit(f"{terms}/prepare", page=terms, **typed())
    assert sent.status_code == 303
    page = officer.open(sent.location).text
    check_page(page)
    assert "Nobody approves it before they have accepted." in page
    assert officer.submit(f"{sent.location}/terms", page=sent.location).status_code == 303
    let_accept(left)
    assert "somebody else must approve it" in officer.open(sent.location).text
    tasks = second.open("/tasks").text
    check_page(tasks)
    assert "Approve or refuse an appointment" in tasks
    check_page(second.open("/appointments").text)


def test_a_salary_outside_the_scale_is_said_to_both_officers(
    officer: Visitor, second: Visitor, left: Move
) -> None:
    make_scale(left.session, left.now, left.home_office.id, "Senior Officer", pounds=(45_000, 50_000))
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    at, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    officer.submit(f"{at}/confirm", page=at)
    page = officer.open(terms).text
    check_page(page)
    assert "£45,000" in page
    assert "below the pay scale" in officer.submit(terms, **typed()).text
    sent = officer.submit(f"{terms}/prepare", page=terms, **typed()).location
    page = second.open(f"{sent}/approve").text
    check_page(page)
    assert "£45,000 – £50,000" in page
    assert "below the pay scale" in page


def remove_passkeys(move: Move) -> None:
    for passkey in passkeys.of_person(move.session, move.employee):
        passkey.removed_at = move.now
    move.session.commit()


def test_who_has_no_passkey_is_offered_nothing_and_hr_read_what_to_do(officer: Visitor, left: Move) -> None:
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    at, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    officer.submit(f"{at}/confirm", page=at)
    remove_passkeys(left)
    for answer in (officer.open(terms), officer.submit(terms, page=at, **typed())):
        assert answer.status_code == 409
        check_page(answer.text)
        assert "invite them anew: they come back without a passkey" in answer.text


def test_an_appointment_whose_person_has_lost_their_passkey_says_so(officer: Visitor, left: Move) -> None:
    invitation = confirm(left, accept(left, invite_back(left)))
    found = service.prepare(left.session, left.now, link_to=link_to, **asked(left, invitation.id))
    path = f"/appointments/{found.id}"
    remove_passkeys(left)
    page = officer.open(path).text
    check_page(page)
    assert "invite them anew: they come back without a passkey" in page
    assert "Send the link again" not in page


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("contract_type", ""), ("bpss_checked_on", ["", "", ""]), ("salary", "a lot"), ("job_title", "")],
)
def test_what_is_wrong_leads_to_its_field_and_keeps_the_rest(
    officer: Visitor, left: Move, field: str, wrong: Any
) -> None:
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    officer.submit(
        f"/transfers/invitations/{invitation}/confirm", page=f"/transfers/invitations/{invitation}"
    )
    page = officer.submit(f"/appointments/new/{invitation}", **typed(**{field: wrong}))
    assert page.status_code == 422
    check_page(page.text)
    assert f'href="#{field}' in page.text
    assert 'value="Visas"' in page.text


def hire_elsewhere(move: Move, number: str) -> None:
    """From after the first day on, by an import of another organisation, say."""
    stamp = PROVENANCE.stamp(move.now, start_of_day(date(2026, 7, 1))) | {"person_id": move.employee}
    of_it = {"organisation_id": move.home_office.id, "contract_type": ContractType.PERMANENT}
    since = date(2026, 7, 1)
    record(move.session, Employment(number=number, continuous_service_from=since, **(stamp | of_it)))
    move.session.commit()


def test_who_is_hired_meanwhile_loses_the_officer_nothing_that_they_typed(
    officer: Visitor, left: Move
) -> None:
    invitation = accept(left, invite_back(left)).id
    left.session.commit()
    at, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    officer.submit(f"{at}/confirm", page=at)
    hire_elsewhere(left, "HO-77")
    for path in (terms, f"{terms}/prepare"):
        page = officer.submit(path, page=terms, **typed())
        assert page.status_code == 422
        check_page(page.text)
        assert "No employment can begin" in page.text
        assert 'value="Visas"' in page.text


def test_terms_that_became_wrong_are_said_on_the_page_of_the_second_officer(
    second: Visitor, left: Move, waiting: str
) -> None:
    other = make_employee(left.session, left.now, left.home_office, "nina.new").person_id
    hire_elsewhere(replace(left, employee=other), "HO-1")
    page = second.open(f"{waiting}/approve").text
    shown = page.split('name="shown" value="')[1].split('"')[0]
    refused = second.submit(f"{waiting}/approve", shown=shown)
    assert refused.status_code == 409
    check_page(refused.text)
    assert "Somebody has this employment number already." in refused.text
    assert state(left) is AppointmentState.WAITING


def test_the_second_officer_approves_what_the_page_showed(second: Visitor, left: Move, waiting: str) -> None:
    check_page(second.open(waiting).text)
    page = second.open(f"{waiting}/approve").text
    check_page(page)
    shown = page.split('name="shown" value="')[1].split('"')[0]
    stale = second.submit(f"{waiting}/approve", shown="stale")
    assert stale.status_code == 409
    check_page(stale.text)
    assert "has changed meanwhile" in stale.text
    assert state(left) is AppointmentState.WAITING
    assert second.submit(f"{waiting}/approve", shown=shown).status_code == 303
    assert state(left) is AppointmentState.AGREED
    check_page(second.open(waiting).text)


def test_it_is_refused_or_cancelled_with_a_reason(
    second: Visitor, officer: Visitor, left: Move, waiting: str
) -> None:
    for visitor, how in ((second, "refuse"), (officer, "cancel")):
        check_page(visitor.open(f"{waiting}/{how}").text)
        assert visitor.submit(f"{waiting}/{how}", reason="").status_code == 422
    assert officer.submit(f"{waiting}/cancel", reason="They chose another post").status_code == 303
    assert state(left) is AppointmentState.CANCELLED
    page = officer.open(waiting).text
    check_page(page)
    assert "They chose another post" in page


def test_another_organisations_officers_find_none(app: Flask, left: Move, waiting: str) -> None:
    visitor = sign_in(app, left.hmrc_officer)
    for path in (waiting, f"{waiting}/approve", f"{waiting}/refuse", f"{waiting}/cancel"):
        assert visitor.open(path).status_code == 404


def test_one_that_began_on_monday_and_lasts_until_august(
    officer: Visitor, second: Visitor, left: Move
) -> None:
    invitation: UUID = accept(left, invite_back(left)).id
    left.session.commit()
    path, terms = f"/transfers/invitations/{invitation}", f"/appointments/new/{invitation}"
    officer.submit(f"{path}/confirm", page=path)
    assert "It may have passed by 14 days." in officer.open(terms).text
    said = typed(contract_type="fixed_term", start_date=["27", "4", "2026"], ends_on=["31", "8", "2026"])
    sent = officer.submit(f"{terms}/prepare", page=terms, **said).location
    page = second.open(f"{sent}/approve").text
    check_page(page)
    assert "have not accepted the terms yet" in page
    assert "Waits for the person" in second.open("/appointments").text
    let_accept(left)
    assert "Waits for a second officer" in second.open("/appointments").text
    tasks = second.open("/tasks").text
    assert "2 May 2026" in tasks  # the day after it is asked: the start date has passed
    assert "govuk-tag--red" not in tasks
    page = second.open(f"{sent}/approve").text
    check_page(page)
    assert "31 August 2026" in page
    assert "it begins as soon as you approve" in page
    assert second.submit(f"{sent}/approve").status_code == 303
    assert "has begun" in second.open(sent).text
    assert state(left) is AppointmentState.AGREED
