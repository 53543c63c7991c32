"""npm openid-client as the relying party, in a real browser; it verifies every answer itself."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from identity.clients.token_metadata import TokenMetadata
from tests.flows.interop.openid_client import RelyingParty, relying_party
from tests.flows.interop.steps import confirm, go_on, sign_in
from tests.support.provider import ServedProvider, Somebody

BOTH_DATABASES = pytest.mark.parametrize("provider", ["sqlite", "postgresql"], indirect=True)


@BOTH_DATABASES
def test_it_accepts_a_sign_in_with_the_agreed_claims(
    provider: ServedProvider, officer: Somebody, signed_in: dict[str, Any]
) -> None:
    """Signature, nonce, state, iss, at every step as openid-client demands (OpenID Connect Core §3.1.3.7)."""
    assert signed_in["answered_iss"] == signed_in["claims"]["iss"] == provider.issuer
    claims = signed_in["userinfo"]
    assert claims["name"] == officer.name
    assert claims["email"] == officer.address
    assert claims["roles"] == ["caseworker"]
    assert claims["organisation"]["code"] == "HMRC"
    assert claims["grade"] == "HEO"


def test_userinfo_tells_it_of_the_same_person(signed_in: dict[str, Any]) -> None:
    """OpenID Connect Core §5.3.2, and §5.4: what the scopes ask for is there and not in the ID token."""
    assert signed_in["userinfo"]["sub"] == signed_in["claims"]["sub"]
    assert not {"name", "email", "roles"} & set(signed_in["claims"])


def test_it_finds_in_the_id_token_what_it_asked_for_there(
    app: RelyingParty, officer: Somebody, page: Page
) -> None:
    """OpenID Connect Core §5.5."""
    app.open(page, "/sign-in?scope=openid&claims=" + quote('{"id_token":{"name":null,"roles":null}}'))
    sign_in(page, officer)
    go_on(page)
    shown = app.shown(page)
    assert (shown["claims"]["name"], shown["claims"]["roles"]) == (officer.name, ["caseworker"])
    assert set(shown["userinfo"]) == {"sub"}


def test_it_hears_which_of_the_vectors_that_it_accepts_is_met(
    provider: ServedProvider, app: RelyingParty, officer: Somebody, page: Page
) -> None:
    """RFC 8485 §4.1; nobody reaches the first here."""
    app.open(page, "/sign-in?vtr=" + quote('["C4.M1","A2.M1.C1"]'))
    sign_in(page, officer)
    go_on(page)
    claims = app.shown(page)["claims"]
    assert (claims["vot"], claims["vtm"]) == ("A2.M1.C1", f"{provider.issuer}/trustmarks/1")


@BOTH_DATABASES
def test_signing_out_there_ends_the_session_at_the_provider(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    """RP-initiated logout comes back with its state; nobody signs in silently any more."""
    app.open(page, "/sign-out")
    assert app.shown(page, "/signed-out") == {"state_came_back": True}
    app.open(page, "/sign-in?prompt=none")
    assert app.shown(page)["error"] == "login_required"


def test_signing_out_from_an_old_session_asks_first_and_then_comes_back(
    provider: ServedProvider, app: RelyingParty, officer: Somebody, signed_in: dict[str, Any], page: Page
) -> None:
    """Somebody who meanwhile signed out and in again is not signed out by the hint of the old session."""
    page.goto(f"{provider.issuer}/end-session")
    page.click("#sign-out")
    page.goto(f"{provider.issuer}/sign-in")
    sign_in(page, officer)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    app.open(page, "/sign-out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you want to sign out?")
    page.click("#sign-out")
    assert app.shown(page, "/signed-out") == {"state_came_back": True}


def test_a_second_sign_in_asks_nothing(app: RelyingParty, signed_in: dict[str, Any], page: Page) -> None:
    """prompt=none with the ID token as a hint gives the same sub and auth_time."""
    app.open(page, "/sign-in?prompt=none&id_token_hint=mine")
    again = app.shown(page)["claims"]
    assert (again["sub"], again["auth_time"]) == (
        signed_in["claims"]["sub"],
        signed_in["claims"]["auth_time"],
    )


def test_prompt_login_asks_for_the_password_again(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    app.open(page, "/sign-in?prompt=login")
    confirm(page)
    assert app.shown(page)["claims"]["auth_time"] >= signed_in["claims"]["auth_time"]


def test_it_accepts_auth_time_when_it_asks_for_max_age(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    """openid-client refuses an ID token whose auth_time is missing or too long ago."""
    app.open(page, "/sign-in?max_age=10000")
    assert app.shown(page)["claims"]["auth_time"] == signed_in["claims"]["auth_time"]


def test_cancelling_at_the_notice_tells_it_access_denied(
    app: RelyingParty, officer: Somebody, page: Page
) -> None:
    app.open(page)
    sign_in(page, officer)
    page.click("#cancel")
    assert app.shown(page)["error"] == "access_denied"


def test_it_hears_no_more_than_access_denied_of_who_may_not_use_it(
    provider: ServedProvider, app: RelyingParty, page: Page
) -> None:
    """The reason stands on the provider's own page, from which the person goes back."""
    app.open(page)
    sign_in(page, provider.hire(local_grade="Contractor"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("You cannot use")
    page.click("#return")
    assert app.shown(page)["error"] == "access_denied"


def test_an_unknown_address_leads_nowhere(provider: ServedProvider, app: RelyingParty, page: Page) -> None:
    app.open(page, "/sign-in?redirect_uri=http://localhost:1/elsewhere")
    assert page.url.startswith(provider.issuer)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("auth_method", "algorithm"),
    [("client_secret_post", "RS256"), ("client_secret_basic", "ES256"), ("private_key_jwt", "EdDSA")],
)
def test_it_signs_in_by_the_other_methods_that_are_advertised(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path, auth_method: str, algorithm: str
) -> None:
    with relying_party(provider, tmp_path, auth_method=auth_method, algorithm=algorithm) as app:
        app.open(page)
        sign_in(page, officer)
        go_on(page)
        assert app.shown(page)["claims"]["sub"]


def test_it_refreshes_and_finds_the_same_person(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """The ID token that comes with a refresh has the same iss, sub and aud (Core §12.2)."""
    refreshing = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
    with relying_party(provider, tmp_path, tokens=refreshing) as app:
        app.open(page, "/sign-in?scope=openid%20offline_access&prompt=consent")
        sign_in(page, officer)
        go_on(page)
        first = app.shown(page)
        app.open(page, "/refresh")
        second = app.shown(page, "/refresh")
        kept = ("iss", "sub", "aud", "sid")
        assert [second["claims"][name] for name in kept] == [first["claims"][name] for name in kept]
        assert second["tokens"]["refresh_token"] != first["tokens"]["refresh_token"]


def test_it_accepts_an_answer_that_comes_as_a_form(app: RelyingParty, officer: Somebody, page: Page) -> None:
    """OAuth 2.0 Form Post Response Mode §2: nothing of the answer stands in the address."""
    app.open(page, "/sign-in?response_mode=form_post")
    sign_in(page, officer)
    go_on(page)
    assert app.shown(page)["userinfo"]["name"] == officer.name
    assert page.url == f"{app.home}/callback"


def test_a_form_takes_the_answer_there_without_scripts(
    app: RelyingParty, officer: Somebody, browser: Browser
) -> None:
    """Checklist: signing in must work as plain HTML forms, with stable ids."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        app.open(page, "/sign-in?response_mode=form_post")
        sign_in(page, officer)
        go_on(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Returning to openid-client")
        page.click("#continue")
        assert app.shown(page)["userinfo"]["name"] == officer.name


@BOTH_DATABASES
def test_it_pushes_its_requests(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """RFC 9126: nothing of the request is in the address, and a client that must push signs people in."""
    must_push = {"require_pushed_authorization_requests": True}
    with relying_party(provider, tmp_path, pushes=True, **must_push) as app:
        app.open(page)
        assert "urn:ietf:params:oauth:request_uri:" in unquote(unquote(page.url))
        assert "redirect_uri" not in page.url
        page.reload()
        sign_in(page, officer)
        go_on(page)
        assert app.shown(page)["userinfo"]["name"] == officer.name


@pytest.mark.parametrize("pushes", [False, True], ids=["by value", "pushed"])
def test_it_signs_its_requests(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path, pushes: bool
) -> None:
    """RFC 9101: request objects as openid-client makes them, for a client that must sign; one code each."""
    with relying_party(
        provider, tmp_path, signs=True, pushes=pushes, require_signed_request_object=True
    ) as app:
        app.open(page)
        assert "redirect_uri" not in page.url
        sign_in(page, officer)
        go_on(page)
        assert app.shown(page)["userinfo"]["name"] == officer.name
        app.open(page)
        assert app.shown(page)["userinfo"]["name"] == officer.name


@BOTH_DATABASES
def test_it_authenticates_by_key_and_signs_what_it_pushes(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """RFC 7523, RFC 9101 and RFC 9126 together: the same key, and neither JWT passes for the other."""
    must = {"require_signed_request_object": True, "require_pushed_authorization_requests": True}
    with relying_party(
        provider, tmp_path, auth_method="private_key_jwt", signs=True, pushes=True, **must
    ) as app:
        app.open(page)
        sign_in(page, officer)
        go_on(page)
        assert app.shown(page)["userinfo"]["name"] == officer.name


@BOTH_DATABASES
def test_it_does_all_that_fapi2_demands(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """FAPI 2.0 Security Profile: PAR, private_key_jwt, DPoP with the nonce that it is told, no rotation."""
    chosen: dict[str, Any] = {
        "profile": "fapi2",
        "tokens": TokenMetadata(grant_types=("authorization_code", "refresh_token")),
    }
    method, algorithm = "private_key_jwt", "PS256"
    with relying_party(
        provider, tmp_path, auth_method=method, algorithm=algorithm, pushes=True, proves=True, **chosen
    ) as app:
        app.open(page, "/sign-in?scope=openid%20profile%20offline_access&prompt=consent")
        sign_in(page, officer)
        go_on(page)
        first = app.shown(page)
        assert first["userinfo"]["name"] == officer.name
        assert first["tokens"]["token_type"] == "dpop"
        app.open(page, "/refresh")
        second = app.shown(page, "/refresh")
        assert second["tokens"]["token_type"] == "dpop"
        assert second["tokens"]["refresh_token"] == first["tokens"]["refresh_token"]


@BOTH_DATABASES
def test_it_proves_the_key_of_its_tokens(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path
) -> None:
    """RFC 9449, with a secret and without pushing."""
    with relying_party(provider, tmp_path, proves=True, dpop_bound_access_tokens=True) as app:
        app.open(page)
        sign_in(page, officer)
        go_on(page)
        shown = app.shown(page)
        assert shown["tokens"]["token_type"] == "dpop"
        assert shown["userinfo"]["name"] == officer.name
