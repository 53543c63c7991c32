"""Linking a department's account: by the person, signed in here and newly; and what it opens."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.database import transaction
from identity.federation.models import UpstreamLink
from identity.sessions.cookie import signed_in_now
from identity.sessions.models import LoginSession
from identity.sign_in import invitations
from identity.sign_in.models import InvitationPurpose
from profiles.audit.service import Initiator
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.roles.models import Role
from tests.factories.people import give_role
from tests.factories.policies import make_policy
from tests.identity.endpoints.provider import ISSUER, Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.sign_in.test_passkeys import give_passkey

ACCOUNTS = "/profile/accounts"


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def department(provider: Provider) -> Department:
    return Department(provider)


def whose_account(provider: Provider) -> UUID | None:
    with transaction(provider.engine) as session:
        found = session.exec(select(UpstreamLink).where(col(UpstreamLink.ended_at).is_(None))).one_or_none()
        return found.person_id if found else None


def leave_to_link(department: Department) -> dict[str, str]:
    page = department.provider.get(ACCOUNTS)
    assert page.status_code == 200, page.text
    return department.sent_on(department.provider.submit(page, to="/profile/accounts/link/"))


def test_a_person_links_their_account_and_signs_in_with_it(
    provider: Provider, department: Department
) -> None:
    provider.sign_in()
    answer = department.come_back(leave_to_link(department))
    assert (answer.status_code, answer.headers["Location"]) == (303, ACCOUNTS)
    assert whose_account(provider) == provider.person_id
    provider.browser = provider.new_browser()
    assert department.sign_in(next="/profile").status_code == 303


def test_an_account_that_would_open_nothing_is_not_linked(provider: Provider, department: Department) -> None:
    provider.sign_in()
    with transaction(provider.engine) as session:
        methods = ["password", "passkey"]
        make_policy(session, provider.now, provider.organisation.id, methods=methods)
    answer = department.come_back(leave_to_link(department))
    assert (answer.status_code, whose_account(provider)) == (403, None)
    assert "accounts of departments do not sign you in" in answer.text


def test_somebody_elses_account_is_not_linked(provider: Provider, department: Department) -> None:
    other = provider.another_person()
    department.link(other)
    provider.sign_in()
    answer = department.come_back(leave_to_link(department))
    assert answer.status_code == 409
    assert whose_account(provider) == other


def test_it_is_linked_to_nobody_else_who_signed_in_meanwhile(
    provider: Provider, department: Department
) -> None:
    provider.sign_in()
    asked = leave_to_link(department)
    provider.sign_in(provider.another_person())
    assert department.come_back(asked).status_code == 400
    assert whose_account(provider) is None


def test_linking_asks_for_a_new_sign_in_here(provider: Provider, department: Department) -> None:
    provider.sign_in()
    page = provider.get(ACCOUNTS)
    provider.clock.forward(minutes=11)
    answer = provider.submit(page, to="/profile/accounts/link/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?")


def test_an_account_of_a_department_links_no_other(provider: Provider, department: Department) -> None:
    """Who took over the department's provider must not leave a second door behind."""
    department.link(provider.person_id)
    department.claims = {"auth_time": int(provider.now.timestamp())}
    department.sign_in()
    page = provider.get(ACCOUNTS)
    answer = provider.submit(page, to="/unlink")
    assert answer.headers["Location"].startswith("/sign-in?")
    assert whose_account(provider) == provider.person_id


def test_a_session_that_ends_on_the_way_back_links_nothing(
    provider: Provider, department: Department
) -> None:
    """As when the account is recovered in that very moment."""
    provider.sign_in()
    asked = leave_to_link(department)

    def end_it_once_it_was_looked_up() -> None:
        assert signed_in_now() is not None
        with transaction(provider.engine) as session:
            session.execute(update(LoginSession).values(ended_at=provider.now))

    provider.app.before_request_funcs.setdefault(None, []).append(end_it_once_it_was_looked_up)
    answer = department.come_back(asked)
    assert (answer.status_code, whose_account(provider)) == (409, None)


def test_unlinking_ends_the_sessions_that_it_opened(provider: Provider, department: Department) -> None:
    department.link(provider.person_id)
    department.sign_in()
    provider.browser = provider.new_browser()
    provider.sign_in()
    assert provider.submit(provider.get(ACCOUNTS), to="/unlink").status_code == 303
    with transaction(provider.engine) as session:
        live = session.exec(select(LoginSession).where(col(LoginSession.ended_at).is_(None))).all()
    assert [one.upstream_link_id for one in live] == [None]


def test_pay_and_clearance_stay_closed_until_somebody_proves_it_here(
    provider: Provider, department: Department
) -> None:
    department.link(provider.person_id)
    department.sign_in()
    page = provider.get("/profile").text
    assert "Confirm it is you to see your pay" in page
    assert "Confirm it is you to see your clearance" in page
    assert "Your salaries" not in page
    provider.browser = provider.new_browser()
    provider.sign_in()
    assert "Confirm it is you to see your pay" not in provider.get("/profile").text


def test_a_department_never_opens_what_a_role_allows(provider: Provider, department: Department) -> None:
    with transaction(provider.engine) as session:
        give_role(session, provider.now, provider.person_id, Role.AUDITOR, provider.organisation.id)
    department.link(provider.person_id)
    department.sign_in()
    answer = provider.get("/audit")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?")
    provider.sign_in()
    assert provider.get("/audit").status_code == 200


def test_a_stolen_password_links_nothing_where_there_is_a_passkey(
    provider: Provider, department: Department
) -> None:
    """Otherwise the thief's own account would be a second door, at a higher level."""
    give_passkey(provider.engine, provider.person_id, provider.now)
    provider.sign_in()
    answer = provider.submit(provider.get(ACCOUNTS), to="/profile/accounts/link/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?")


def test_the_person_is_told_by_mail(provider: Provider, department: Department) -> None:
    provider.sign_in()
    department.come_back(leave_to_link(department))
    with transaction(provider.engine) as session:
        mails = session.exec(select(OutboxMessage).where(col(OutboxMessage.kind) == MessageKind.MAIL)).all()
    assert [mail.payload["subject"] for mail in mails] == ["A department's account was linked"]


def invited(provider: Provider) -> str:
    """The address of a one-time link for the person."""
    with transaction(provider.engine) as session:
        token = invitations.invite(
            session,
            "priya.patel@hmrc.gov.uk",
            provider.person_id,
            provider.now,
            InvitationPurpose.PASSWORD_RESET,
            issuer=ISSUER,
            initiator=Initiator.system("test"),
        )
    return f"/invitation/{token}"


@pytest.mark.looks_at("sign_in/invitation_department.html")
def test_who_has_no_way_in_yet_links_by_a_one_time_link(provider: Provider, department: Department) -> None:
    path = invited(provider)
    asked = department.sent_on(provider.submit(provider.get(f"{path}/department")))
    assert department.come_back(asked).headers["Location"] == "/profile"
    assert whose_account(provider) == provider.person_id
    assert provider.get(path).status_code == 404, "the link is spent"


@pytest.mark.parametrize("has", ["a passkey", "an account"])
def test_a_one_time_link_goes_round_nothing(provider: Provider, department: Department, has: str) -> None:
    """Neither round the second factor, nor in the place of an account that is linked already."""
    path = invited(provider)
    page = provider.get(f"{path}/department")
    asked = department.sent_on(provider.submit(page))
    if has == "a passkey":
        give_passkey(provider.engine, provider.person_id, provider.now)
    else:
        department.link(provider.person_id, "the-true-account")
    assert department.come_back(asked).status_code == 400
    assert provider.submit(page).status_code == 400
    with transaction(provider.engine) as session:
        assert session.exec(select(LoginSession)).all() == []


def test_a_department_withdraws_no_transfer_and_ends_no_other_session(
    provider: Provider, department: Department
) -> None:
    department.link(provider.person_id)
    department.sign_in()
    page = provider.get("/profile/sessions")
    answer = provider.submit(page, to="/profile/sessions/")
    assert answer.headers["Location"].startswith("/sign-in?")
