"""The notice of what is shared, and the refusal that tells the person why and the app nothing."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from profiles.apps.models import AccessRule, Agreement
from profiles.audit.models import AuditEntry
from profiles.disclosure.models import Notice
from tests.app.page_checks import check_page
from tests.factories.people import make_employee
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, Provider, answer


@pytest.fixture
def newcomer(provider: Provider) -> UUID:
    """Somebody is signed in who may use the app but has not seen what it is told."""
    with transaction(provider.engine) as session:
        person_id = make_employee(session, provider.now, provider.organisation, "sam.jones").person_id
    provider.sign_in(person_id)
    return person_id


@pytest.fixture
def refused_person(provider: Provider) -> None:
    """Somebody is signed in whom no rule lets in."""
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    provider.sign_in()


def fields_of(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))


def press(provider: Provider, page: TestResponse, button: str, **changes: str) -> TestResponse:
    """Press a button of the notice."""
    assert f'id="{button}"' in page.text
    return provider.submit(page, **{button: "1"}, **changes)


@pytest.mark.usefixtures("newcomer")
class TestNotice:
    """A notice and not a consent (UK GDPR Art 6 and 13)."""

    @pytest.mark.looks_at("authorization/notice.html")
    def test_it_says_what_is_shared_with_whom_why_on_which_basis_and_how_long(
        self, provider: Provider
    ) -> None:
        page = provider.authorize()
        assert page.status_code == 200
        check_page(page.text)
        for words in (
            "What Casework is told about you",
            "Sam Jones",
            "Department HMRC",
            "your work email address",
            "to open your cases",
            "public task",
            "two years",
            "dpo@example.gov.uk",
        ):
            assert words in page.text, words

    def test_continue_goes_back_with_a_code(self, provider: Provider) -> None:
        code = answer(press(provider, provider.authorize(), "continue"))["code"]
        assert provider.redeem(code).status_code == 200

    @pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "1"}])
    def test_who_signed_in_for_this_request_is_not_asked_again_after_the_notice(
        self, provider: Provider, newcomer: UUID, asked: dict[str, str]
    ) -> None:
        provider.clock.forward(minutes=1)
        sign_in = urlsplit(provider.authorize(**asked).headers["Location"])
        provider.clock.forward(minutes=1)
        provider.sign_in(newcomer)
        page = provider.get(dict(parse_qsl(sign_in.query))["next"])
        provider.clock.forward(minutes=1)
        assert "code" in answer(press(provider, page, "continue"))

    def test_cancel_goes_back_with_access_denied(self, provider: Provider) -> None:
        """Checklist 12."""
        sent_back = answer(press(provider, provider.authorize(), "cancel"))
        assert sent_back["error"] == "access_denied"
        assert (sent_back["state"], sent_back["iss"]) == ("the-state", ISSUER)
        assert "code" not in sent_back

    def test_it_is_shown_once(self, provider: Provider) -> None:
        press(provider, provider.authorize(), "continue")
        assert answer(provider.authorize())["code"]

    def test_it_is_shown_again_after_cancelling(self, provider: Provider) -> None:
        press(provider, provider.authorize(), "cancel")
        assert provider.authorize().status_code == 200

    def test_it_is_shown_again_when_the_agreement_has_changed(self, provider: Provider) -> None:
        press(provider, provider.authorize(), "continue")
        with transaction(provider.engine) as session:
            session.execute(update(Agreement).values(purpose="to do something else"))
        page = provider.authorize()
        assert page.status_code == 200
        assert "to do something else" in page.text

    def test_what_changed_while_it_was_read_is_shown_before_anything_is_shared(
        self, provider: Provider
    ) -> None:
        page = provider.authorize()
        with transaction(provider.engine) as session:
            session.execute(update(Agreement).values(purpose="to do something else"))
        again = press(provider, page, "continue")
        assert again.status_code == 200
        assert "to do something else" in again.text

    def test_prompt_none_cannot_show_it(self, provider: Provider) -> None:
        """OpenID Connect Core §3.1.2.6."""
        assert answer(provider.authorize(prompt="none"))["error"] == "interaction_required"

    def test_its_form_may_lead_to_the_client_and_nowhere_else(self, provider: Provider) -> None:
        """Chromium applies form-action to redirects too."""
        policy = provider.authorize().headers["Content-Security-Policy"]
        assert "form-action 'self' https://casework.example;" in policy

    @pytest.mark.parametrize("token", ["", "wrong"])
    def test_another_site_cannot_press_continue(self, provider: Provider, token: str) -> None:
        """CSRF: a form that is not our page's own is refused, and nothing is noted."""
        response = press(provider, provider.authorize(), "continue", csrf_token=token)
        assert response.status_code == 400
        with transaction(provider.engine) as session:
            assert len(session.exec(select(Notice)).all()) == 1  # the other person's, from the beginning

    def test_a_changed_address_in_the_form_is_never_redirected_to(self, provider: Provider) -> None:
        page = provider.authorize()
        query = provider.request(redirect_uri="https://evil.example/")
        response = provider.browser.post(
            "/authorize/notice",
            query_string=query,
            data=fields_of(page) | {"continue": "1"},
            base_url=ISSUER,
            headers={"Referer": f"{ISSUER}/authorize"},
        )
        assert response.status_code == 400
        assert "Location" not in response.headers

    def test_access_that_ended_while_it_was_read_is_refused(self, provider: Provider) -> None:
        page = provider.authorize()
        with transaction(provider.engine) as session:
            session.execute(update(AccessRule).values(superseded_at=provider.now))
        provider.clock.forward(seconds=1)
        assert press(provider, page, "continue").status_code == 403

    def test_a_session_that_ended_while_it_was_read_leads_to_the_sign_in_page(
        self, provider: Provider
    ) -> None:
        page = provider.authorize()
        provider.clock.forward(hours=2)
        response = press(provider, page, "continue")
        assert response.status_code == 303
        assert urlsplit(response.headers["Location"]).path == "/sign-in"


@pytest.mark.usefixtures("refused_person")
class TestRefusal:
    """Lanyard's own page gives the reason; the app gets ``access_denied`` and no more."""

    @pytest.mark.looks_at("authorization/refusal.html")
    def test_it_says_why_and_how_to_ask(self, provider: Provider) -> None:
        page = provider.authorize()
        assert page.status_code == 403
        check_page(page.text)
        assert "You cannot use Casework" in page.text
        assert "Priya Patel" in page.text
        assert "desk@hmrc.gov.uk" in page.text
        assert re.search(r'<ul [^>]*id="reasons">\s*<li>\w', page.text)

    def test_its_button_tells_the_app_only_access_denied(self, provider: Provider) -> None:
        found = re.search(r'<a href="([^"]+)" id="return"', provider.authorize().text)
        assert found
        href = found.group(1).replace("&amp;", "&")
        assert href.startswith(REDIRECT_URI + "?")
        told = dict(parse_qsl(urlsplit(href).query))
        assert told.pop("error_description").isascii()
        assert told == {"error": "access_denied", "state": "the-state", "iss": ISSUER}

    def test_prompt_none_tells_the_app_only_access_denied(self, provider: Provider) -> None:
        assert answer(provider.authorize(prompt="none"))["error"] == "access_denied"

    def test_it_is_audited_without_naming_facts(self, provider: Provider) -> None:
        provider.authorize()
        with transaction(provider.engine) as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.event == "app.refused")).one()
            assert entry.person_id == provider.person_id
            assert entry.details == {"reasons": ["NoRules"]}

    def test_access_that_begins_lets_in_at_the_instant(self, provider: Provider) -> None:
        """Nothing is provisioned: the rule's own time decides."""
        begins = provider.now + timedelta(minutes=5)
        with transaction(provider.engine) as session:
            session.execute(update(AccessRule).values(superseded_at=None, valid_from=begins))
        provider.clock.forward(minutes=4)
        assert provider.authorize().status_code == 403
        provider.clock.forward(minutes=1)
        assert answer(provider.authorize())["code"]


def test_a_posted_request_that_is_too_large_is_not_sent_round_again(provider: Provider) -> None:
    """Its address would be longer than any server or browser takes."""
    assert provider.post("/authorize", provider.request(state="s" * 9000)).status_code == 400


@pytest.mark.looks_at("authorization/cannot_return.html")
def test_a_wrong_address_is_for_the_apps_own_team_to_put_right(provider: Provider) -> None:
    """Nobody is sent on (RFC 6749 §4.1.2.1); who is signed in is told whom to tell."""
    provider.sign_in()
    page = provider.authorize(redirect_uri="https://casework.example/elsewhere")
    assert page.status_code == 400
    check_page(page.text)
    assert 'href="mailto:desk@hmrc.gov.uk"' in page.text


def test_a_stranger_is_not_told_whose_app_an_id_is(provider: Provider) -> None:
    page = provider.authorize(redirect_uri="https://casework.example/elsewhere")
    assert page.status_code == 400
    assert "the team that runs the app" in page.text
    assert "desk@hmrc.gov.uk" not in page.text
