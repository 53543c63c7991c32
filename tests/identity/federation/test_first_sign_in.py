"""The first sign-in with a department's account: whose it is, proven by HR's code or by a passkey."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.acr import PHISHING_RESISTANT, SINGLE_FACTOR
from identity.federation import linking_codes
from identity.federation.models import LinkingCode
from identity.sessions.models import LoginSession
from identity.sign_in.throttling import ACCOUNT
from profiles.organisations.models import Team
from profiles.transfers.models import Transfer, TransferState
from tests.app.page_checks import check_page
from tests.factories.contacts import make_contact
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.identity.endpoints.provider import ISSUER, Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_linking import whose_account
from tests.identity.federation.test_sign_in import end_employment, is_let_in
from tests.identity.sign_in.test_passkeys import give_passkey
from tests.support.authenticator import Authenticator, note_of, options_of

NOT_RIGHT = "The code is not right, was used already or is not for this account"


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def department(provider: Provider) -> Department:
    return Department(provider)


@pytest.fixture
def code(provider: Provider, department: Department) -> str:
    """What HR of the department has given to the person."""
    with transaction(provider.engine) as session:
        officer = make_person(session, provider.now, "harriet.khan@hmrc.gov.uk")
        security = make_person(session, provider.now, "sita.stone@hmrc.gov.uk")
        return linking_codes.issue(
            session,
            provider.now,
            person_id=provider.person_id,
            organisation_id=provider.organisation.id,
            officer_id=officer,
            life=timedelta(days=7),
            allowed_by=security,
        )


def enter_code(department: Department, page: TestResponse, code: str) -> TestResponse:
    return department.provider.submit(page, to="/account/code", code=code)


def use_passkey(department: Department, page: TestResponse, device: Authenticator) -> TestResponse:
    answer = device.get(options_of(page.text))
    return department.provider.submit(page, to="/account/passkey", note=note_of(page.text), answer=answer)


def passkey_of(provider: Provider, person_id: UUID) -> Authenticator:
    return give_passkey(provider.engine, person_id, provider.now, issuer=ISSUER)


def sessions_of(provider: Provider) -> list[LoginSession]:
    with transaction(provider.engine) as session:
        found = session.exec(select(LoginSession).where(col(LoginSession.ended_at).is_(None))).all()
        session.expunge_all()
    return list(found)


def test_a_code_from_hr_links_the_account_and_lets_its_person_in(
    provider: Provider, department: Department, code: str
) -> None:
    department.claims = {"email": "priya.patel@hmrc.gov.uk"}
    page = department.sign_in(next="/profile")
    assert page.status_code == 403
    check_page(page.text)
    assert "You signed in there as priya.patel@hmrc.gov.uk" in page.text
    assert is_let_in(enter_code(department, page, code))
    assert whose_account(provider) == provider.person_id
    (opened,) = sessions_of(provider)
    assert (opened.person_id, opened.acr, opened.amr) == (provider.person_id, SINGLE_FACTOR, ["fed"])
    assert opened.upstream_link_id is not None
    provider.browser = provider.new_browser()
    assert is_let_in(department.sign_in(next="/profile"))


def test_who_came_with_nothing_but_the_last_departments_account_reads_whom_to_ask(
    provider: Provider, department: Department
) -> None:
    """HR gives the code, and a security officer allows it: both as this department publishes them."""
    with transaction(provider.engine) as session:
        for team, phone in ((Team.HR, "0300 111 1111"), (Team.SECURITY, "0300 222 2222")):
            make_contact(session, provider.now, provider.organisation.id, team, phone)
    page = department.sign_in()
    check_page(page.text)
    assert "a security officer there allows the code first" in page.text
    assert "0300 111 1111" in page.text
    assert "0300 222 2222" in page.text


def test_a_passkey_from_elsewhere_links_the_account_and_lets_its_holder_in(
    provider: Provider, department: Department
) -> None:
    device = passkey_of(provider, provider.person_id)
    answer = use_passkey(department, department.sign_in(next="/profile"), device)
    assert is_let_in(answer), answer.text
    assert whose_account(provider) == provider.person_id
    (opened,) = sessions_of(provider)
    assert (opened.acr, opened.upstream_link_id) == (PHISHING_RESISTANT, None)


def test_the_passkey_of_somebody_who_works_elsewhere_links_nothing(
    provider: Provider, department: Department
) -> None:
    device = passkey_of(provider, provider.person_id)
    end_employment(provider)
    answer = use_passkey(department, department.sign_in(), device)
    assert (answer.status_code, whose_account(provider)) == (403, None)
    assert "You do not work there now" in answer.text
    assert sessions_of(provider) == []


def test_a_passkey_takes_no_account_from_somebody_else(provider: Provider, department: Department) -> None:
    device, other = passkey_of(provider, provider.person_id), provider.another_person()
    page = department.sign_in()
    department.link(other)
    assert use_passkey(department, page, device).status_code == 409
    assert whose_account(provider) == other


def test_a_code_takes_no_account_from_somebody_else(
    provider: Provider, department: Department, code: str
) -> None:
    page, other = department.sign_in(), provider.another_person()
    department.link(other)
    assert enter_code(department, page, code).status_code == 409
    assert whose_account(provider) == other


def test_before_the_first_day_a_code_opens_nothing_and_stays_good(
    provider: Provider, department: Department, code: str
) -> None:
    end_employment(provider)
    answer = enter_code(department, department.sign_in(), code)
    assert (answer.status_code, whose_account(provider)) == (422, None)
    assert NOT_RIGHT in answer.text
    with transaction(provider.engine) as session:
        assert session.exec(select(LinkingCode)).one().spent_at is None


def test_a_code_made_before_a_move_was_agreed_says_that_a_security_officer_must_allow_it(
    provider: Provider, department: Department, code: str
) -> None:
    begins = provider.now + timedelta(days=30)
    with transaction(provider.engine) as session:
        made = session.exec(select(LinkingCode)).one()
        made.allowed_by = None
        session.add(
            Transfer(
                person_id=provider.person_id,
                employment_id=uuid4(),
                exporting_organisation_id=provider.organisation.id,
                importing_organisation_id=make_organisation(session, provider.now, "HO").id,
                state=TransferState.SCHEDULED,
                offered_on=provider.now.date(),
                last_day=begins.date(),
                start_date=begins.date(),
                leave_at=begins,
                join_at=begins,
                local_grade="Officer",
                job_title="Adviser",
                employment_number="1",
                work_address="priya@homeoffice.gov.uk",
                salary_pence=1,
                prepared_by=made.issued_by,
                dates_offered_on=provider.now.date(),
                created_at=provider.now,
            )
        )
    answer = enter_code(department, department.sign_in(), code)
    assert (answer.status_code, whose_account(provider)) == (409, None)
    check_page(answer.text)
    assert "You are moving between departments, so a security officer must allow this first" in answer.text
    with transaction(provider.engine) as session:
        assert session.exec(select(LinkingCode)).one().spent_at is None


def test_guessing_codes_has_to_wait(provider: Provider, department: Department, code: str) -> None:
    page = department.sign_in()
    for _guess in range(ACCOUNT.free):
        answer = enter_code(department, page, "7K3M-7K3M-7K3M-7K3M")
        assert (answer.status_code, whose_account(provider)) == (422, None)
    check_page(answer.text)
    late = enter_code(department, page, code)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    assert whose_account(provider) is None


def test_the_account_must_have_been_proven_a_moment_ago(
    provider: Provider, department: Department, code: str
) -> None:
    page = department.sign_in()
    provider.clock.forward(minutes=10)
    assert enter_code(department, page, code).status_code == 400
    assert whose_account(provider) is None


@pytest.mark.parametrize("auth_time", [None, 0])
def test_an_account_that_was_not_signed_in_to_anew_is_asked_for_again_first(
    provider: Provider, department: Department, auth_time: int | None
) -> None:
    """Else a colleague's browser that stood open would link their account to somebody else."""
    department.claims = {"auth_time": auth_time}
    page = department.sign_in(next="/profile")
    assert page.status_code == 403
    assert "/account/code" not in page.text
    asked = department.sent_on(provider.submit(page, to="/sign-in/departments/"))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert "We could not check that it is still you" in department.come_back(asked).text
