"""Signing in with a department's account: who is let in, and every answer that is not believed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.acr import MULTI_FACTOR, PHISHING_RESISTANT, SINGLE_FACTOR
from identity.federation import providers
from identity.federation.models import UpstreamAttempt, UpstreamProvider
from identity.sessions.models import LoginSession
from profiles.audit.service import Initiator
from profiles.employments.models import Employment, Posting
from profiles.people.models import Person
from profiles.temporal import Provenance, current, end
from tests.factories.client_keys import ClientKey
from tests.factories.upstreams import CLIENT_ID, ISSUER
from tests.identity.endpoints.provider import ISSUER as LANYARD
from tests.identity.endpoints.provider import Clock, Provider
from tests.identity.federation.department import Department
from tests.identity.federation.test_attempts import fill


@pytest.fixture
def provider(database_url: str, now: Any) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def department(provider: Provider) -> Department:
    return Department(provider)


@pytest.fixture
def linked(department: Department) -> Department:
    """The person's account there is linked to their profile."""
    department.link(department.provider.person_id)
    return department


def who_is_in(provider: Provider) -> UUID | None:
    with transaction(provider.engine) as session:
        live = session.exec(select(LoginSession).where(col(LoginSession.ended_at).is_(None))).all()
    assert len(live) <= 1
    return live[0].person_id if live else None


def end_employment(provider: Provider) -> Callable[[], None]:
    """The person works nowhere from now on; what is returned lets them begin again, in the same post."""
    provenance, kept = Provenance(None, "test", "moved"), []
    with transaction(provider.engine) as session:
        for model in (Employment, Posting):
            for fact in current(session, model, provider.now, provider.now, person_id=provider.person_id):
                kept.append(
                    (model, fact.model_dump(exclude={"id", "fact_id", "superseded_at", "superseded_by"}))
                )
                end(session, fact, provider.now, provider.now, provenance)

    def begin_again() -> None:
        with transaction(provider.engine) as session:
            for model, values in kept:
                session.add(model(**(values | provenance.stamp(provider.now, provider.now))))

    return begin_again


def is_let_in(answer: TestResponse, path: str = "/profile") -> bool:
    return answer.status_code == 303 and answer.headers["Location"] == path


def test_a_linked_account_lets_its_person_in(provider: Provider, linked: Department) -> None:
    answer = linked.sign_in(next="/profile")
    assert is_let_in(answer), answer.text
    assert who_is_in(provider) == provider.person_id


@pytest.mark.looks_at("sign_in/leaving.html")
def test_the_provider_is_asked_with_state_nonce_and_pkce(provider: Provider, linked: Department) -> None:
    asked = linked.leave()
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{LANYARD}/sign-in/departments/{linked.provider_id}/return"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    linked.come_back(asked)
    (form,) = linked.posted
    assert form["code"] == "a-code"
    assert form["client_assertion"]
    assert "client_secret" not in form


def test_a_work_address_leads_to_the_department_by_its_domain(provider: Provider, linked: Department) -> None:
    page = provider.get("/sign-in/department")
    asked = linked.sent_on(provider.submit(page, address="nobody.at.all@hmrc.gov.uk"))
    assert asked["login_hint"] == "nobody.at.all@hmrc.gov.uk"


@pytest.mark.parametrize(
    "address", ["priya@elsewhere.gov.uk", "priya", "@", "priya@hmrc.gov.uk.attacker.example"]
)
def test_an_address_of_no_department_is_asked_for_again(
    provider: Provider, linked: Department, address: str
) -> None:
    answer = provider.submit(provider.get("/sign-in/department"), address=address)
    assert answer.status_code == 422
    assert "No department is set up for this address" in answer.text


@pytest.mark.looks_at("sign_in/department_account.html")
def test_an_unknown_account_makes_nobody(provider: Provider, department: Department) -> None:
    with transaction(provider.engine) as session:
        before = len(session.exec(select(Person)).all())
    answer = department.sign_in()
    assert (answer.status_code, who_is_in(provider)) == (403, None)
    assert "We do not know this account" in answer.text
    with transaction(provider.engine) as session:
        assert len(session.exec(select(Person)).all()) == before


@pytest.mark.parametrize(
    ("verified", "is_shown"),
    [({"email_verified": True}, True), ({}, True), ({"email_verified": False}, False)],
)
def test_another_subject_with_the_same_address_is_another_account(
    provider: Provider, linked: Department, verified: dict[str, bool], is_shown: bool
) -> None:
    """An e-mail, verified or not, opens nothing; one that the department never checked is not even shown."""
    linked.claims = {"sub": "account-2", "email": "priya.patel@hmrc.gov.uk", **verified}
    refused = linked.sign_in()
    assert refused.status_code == 403
    assert ("priya.patel@hmrc.gov.uk" in refused.text) is is_shown
    assert who_is_in(provider) is None


def test_from_the_first_day_elsewhere_the_old_account_opens_nothing(
    provider: Provider, linked: Department
) -> None:
    end_employment(provider)
    assert linked.sign_in().status_code == 403
    assert who_is_in(provider) is None


def test_who_comes_back_links_the_old_account_anew(provider: Provider, linked: Department) -> None:
    """What was linked before they left opens nothing by itself, and the same account can be linked again."""
    provider.clock.now += timedelta(hours=1)
    begin_again = end_employment(provider)
    provider.clock.now += timedelta(days=3)
    begin_again()
    assert linked.sign_in().status_code == 403
    assert who_is_in(provider) is None
    linked.link(provider.person_id)
    assert linked.sign_in().status_code == 303
    assert who_is_in(provider) == provider.person_id


def test_a_new_employment_without_a_day_between_parks_nothing(provider: Provider, linked: Department) -> None:
    provider.clock.now += timedelta(hours=1)
    begin_again = end_employment(provider)
    begin_again()
    provider.clock.now += timedelta(days=3)
    assert linked.sign_in().status_code == 303
    assert who_is_in(provider) == provider.person_id


def test_a_provider_that_was_ended_opens_nothing(provider: Provider, linked: Department) -> None:
    asked = linked.leave()
    with transaction(provider.engine) as session:
        providers.end(session, linked.provider_id, Initiator.system("test"), provider.now)
    assert linked.come_back(asked).status_code == 400
    assert who_is_in(provider) is None


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://login.attacker.example"}, id="issuer"),
        pytest.param({"aud": "another-client"}, id="audience"),
        pytest.param({"nonce": "another"}, id="nonce"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"sub": None}, id="no subject"),
    ],
)
def test_an_answer_with_a_wrong_claim_is_not_believed(
    provider: Provider, linked: Department, claims: dict[str, Any]
) -> None:
    linked.claims = claims
    answer = linked.sign_in()
    assert (answer.status_code, who_is_in(provider)) == (400, None)
    assert "We could not check who you are" in answer.text


def test_an_answer_that_another_key_signed_is_not_believed(provider: Provider, linked: Department) -> None:
    linked.key = ClientKey.make("ES256", "department-key")
    assert (linked.sign_in().status_code, who_is_in(provider)) == (400, None)


def test_an_answer_that_nobody_signed_is_not_believed(provider: Provider, linked: Department) -> None:
    linked.key = ClientKey("department-key", "none", ClientKey.make("HS256").key)
    assert (linked.sign_in().status_code, who_is_in(provider)) == (400, None)


def test_a_state_comes_back_once(provider: Provider, linked: Department) -> None:
    asked = linked.leave()
    assert is_let_in(linked.come_back(asked), "/")
    assert linked.come_back(asked).status_code == 400


def test_what_comes_to_its_end_leaves_no_attempt_behind(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    abandoned = linked.leave()
    linked.come_back(abandoned, code=None, error="access_denied")
    with transaction(provider.engine) as session:
        assert len(session.exec(select(UpstreamAttempt)).all()) == 1, "the one that proved nothing"


def test_a_network_that_begins_without_end_is_told_when_to_try_again(
    provider: Provider, linked: Department
) -> None:
    with transaction(provider.engine) as session:
        fill(session, linked.provider_id, "127.0.0.1", provider.now)
    answer = provider.submit(provider.get("/sign-in/departments"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Sign in another way" in answer.text


def test_a_state_of_another_browser_signs_nobody_in(provider: Provider, linked: Department) -> None:
    """Else an attacker's own account could be put into somebody's browser."""
    asked = linked.leave()
    provider.browser = provider.new_browser()
    answer = linked.come_back(asked)
    assert (answer.status_code, who_is_in(provider)) == (400, None)


def test_an_answer_that_names_another_issuer_is_a_mix_up(provider: Provider, linked: Department) -> None:
    """RFC 9207 §2.4; the code is never sent anywhere."""
    asked = linked.leave()
    assert linked.come_back(asked, iss="https://login.attacker.example").status_code == 400
    assert linked.posted == []


def test_a_provider_that_promises_its_name_must_give_it(provider: Provider, linked: Department) -> None:
    linked.metadata = {"authorization_response_iss_parameter_supported": True}
    assert linked.sign_in().status_code == 400
    asked = linked.leave()
    assert is_let_in(linked.come_back(asked, iss=ISSUER), "/")


@pytest.mark.parametrize(
    ("error", "title"),
    [
        ("access_denied", "You did not sign in"),
        ("invalid_scope", "HMRC account did not let you sign in"),
        ("<script>alert(1)</script>", "HMRC account did not let you sign in"),
    ],
)
def test_an_error_is_told_in_our_own_words(
    provider: Provider, linked: Department, error: str, title: str
) -> None:
    answer = linked.come_back(linked.leave(), code=None, error=error, error_description="their words")
    assert title in answer.text
    assert "their words" not in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(("said", "level"), [("gold", MULTI_FACTOR), ("bronze", SINGLE_FACTOR)])
def test_the_level_is_what_the_organisation_said_that_it_means(
    provider: Provider, linked: Department, said: str, level: str
) -> None:
    with transaction(provider.engine) as session:
        session.get_one(UpstreamProvider, linked.provider_id).acr_levels = {"gold": MULTI_FACTOR}
    linked.claims = {"acr": said, "amr": ["pwd", "hwk"]}
    linked.sign_in()
    with transaction(provider.engine) as session:
        found = session.exec(select(LoginSession)).one()
        assert (found.acr, found.amr) == (level, ["fed"])
        assert found.upstream_link_id is not None


def test_who_must_prove_it_anew_must_do_so_there(provider: Provider, linked: Department) -> None:
    linked.claims = {"auth_time": None}
    asked = linked.leave(fresh="1", next="/profile")
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert "We could not check that it is still you" in linked.come_back(asked).text
    linked.claims = {"auth_time": int(provider.now.timestamp()) - 3600}
    assert "We could not check" in linked.come_back(linked.leave(fresh="1", next="/profile")).text
    linked.claims = {}
    assert is_let_in(linked.come_back(linked.leave(fresh="1", next="/profile")))


def test_when_somebody_signed_in_there_counts_here(provider: Provider, linked: Department) -> None:
    """An app that asks for a sign-in of the last minutes must not be told that an old one was new."""
    earlier = provider.now - timedelta(hours=3)
    linked.claims = {"auth_time": int(earlier.timestamp())}
    linked.sign_in()
    with transaction(provider.engine) as session:
        assert session.exec(select(LoginSession)).one().auth_time == earlier


def test_a_sign_in_of_which_nobody_says_when_it_was_is_not_new(
    provider: Provider, linked: Department
) -> None:
    linked.claims = {"auth_time": None}
    linked.sign_in()
    with transaction(provider.engine) as session:
        assert session.exec(select(LoginSession)).one().auth_time == provider.now - timedelta(hours=12)


def test_apps_are_told_only_methods_that_were_translated_below_the_ceiling(
    provider: Provider, linked: Department
) -> None:
    with transaction(provider.engine) as session:
        found = session.get_one(UpstreamProvider, linked.provider_id)
        found.amr_levels, found.ceiling = {"otp": MULTI_FACTOR, "pop": PHISHING_RESISTANT}, MULTI_FACTOR
    linked.claims = {"amr": ["pop", "otp", "otp", "x" * 5000, 7]}
    linked.sign_in()
    with transaction(provider.engine) as session:
        assert session.exec(select(LoginSession)).one().amr == ["otp", "fed"]


@pytest.mark.parametrize("subject", ["half a \ud800 character", "a\0b"])
def test_an_account_that_no_database_can_hold_is_refused(
    provider: Provider, linked: Department, subject: str
) -> None:
    linked.claims = {"sub": subject}
    assert linked.sign_in().status_code == 400


def test_a_session_ends_with_the_employment_at_that_very_instant(
    provider: Provider, linked: Department
) -> None:
    linked.sign_in()
    assert provider.get("/profile").status_code == 200
    end_employment(provider)
    assert provider.get("/profile").headers["Location"].startswith("/sign-in")


def test_a_session_ends_with_the_provider_that_opened_it(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    with transaction(provider.engine) as session:
        providers.end(session, linked.provider_id, Initiator.system("test"), provider.now)
    assert provider.get("/profile").headers["Location"].startswith("/sign-in")


def test_the_department_is_offered_first_the_next_time(provider: Provider, linked: Department) -> None:
    linked.sign_in()
    cookie = provider.browser.get_cookie("__Host-lanyard_department", domain="id.example")
    assert cookie is not None
    assert cookie.value == str(linked.provider_id)


def test_the_next_page_is_only_ever_one_of_ours(provider: Provider, linked: Department) -> None:
    assert is_let_in(linked.sign_in(next="https://attacker.example/"), "/")
