"""The authorization endpoint: what is accepted, what refused, where the answer goes (RFC 6749 §4.1)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.app.page_checks import check_page
from tests.identity.endpoints.provider import CHALLENGE, ISSUER, REDIRECT_URI, Provider, answer


def shown_on_our_page(response: TestResponse) -> None:
    """The error that must never redirect (RFC 6749 §4.1.2.1)."""
    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert "Location" not in response.headers
    assert "You cannot sign in to this app" in response.text
    check_page(response.text)


def leads_to_sign_in(response: TestResponse) -> str:
    """The sign-in page, which is told where to come back to; that address is returned."""
    assert response.status_code == 303
    location = urlsplit(response.headers["Location"])
    assert location.path == "/sign-in"
    return dict(parse_qsl(location.query))["next"]


# --- the client and its address come first ---


@pytest.mark.parametrize("client_id", [None, "", "unknown", "\x00", "ü", "a" * 300, "' OR 1=1 --"])
def test_an_unknown_client_is_shown_our_page(provider: Provider, client_id: str | None) -> None:
    """RFC 6749 §4.1.2.1."""
    shown_on_our_page(provider.authorize(client_id=client_id))


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://evil.example/callback",
        f"{REDIRECT_URI}?added=1",
        f"{REDIRECT_URI}#fragment",
        f"{REDIRECT_URI}/",
        f"{REDIRECT_URI}/../evil",
        f"{REDIRECT_URI} ",
        "https://casework.example/CALLBACK",
        "https://casework.example/%63allback",
        "https://CASEWORK.example/callback",
        "https://casework.example./callback",
        "https://casework.example:443/callback",
        "https://casework.example:8443/callback",
        "https://user@casework.example/callback",
        "https://casework.example@evil.example/callback",
        "https://casework.example\\@evil.example/callback",
        "https://саsework.example/callback",
        "http://casework.example/callback",
        "//casework.example/callback",
        "javascript:alert(1)",
        "\x00",
    ],
)
def test_an_address_that_is_not_exactly_registered_is_never_redirected_to(
    provider: Provider, uri: str | None
) -> None:
    """RFC 9700 §2.1 and §4.1.3: compared character by character; checklist 6."""
    provider.sign_in()
    shown_on_our_page(provider.authorize(redirect_uri=uri))


def test_another_clients_address_is_never_redirected_to(provider: Provider) -> None:
    other = provider.another_client(redirect_uris=["https://other.example/cb"])
    shown_on_our_page(provider.authorize(client_id=other.client_id))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_client_or_address_sent_twice_is_shown_our_page(provider: Provider, name: str) -> None:
    """RFC 6749 §3.1; even twice the same."""
    request = provider.request()
    shown_on_our_page(provider.get("/authorize", [*request.items(), (name, request[name])]))


@pytest.mark.parametrize(
    "uri",
    [
        "https://casework.example/cb",
        "https://casework.example/cb?tenant=b",
        "https://casework.example/cb?tenant=a&tenant=b",
        None,
    ],
)
def test_a_changed_or_missing_address_is_refused_to_who_registered_two(
    provider: Provider, uri: str | None
) -> None:
    """OpenID Connect Core §3.1.2.1: redirect_uri is required and matches exactly; checklist 6."""
    registered = ["https://casework.example/cb?tenant=a", REDIRECT_URI]
    client = provider.another_client(redirect_uris=registered)
    provider.sign_in()
    shown_on_our_page(provider.authorize(client_id=client.client_id, redirect_uri=uri))


def test_an_error_page_comes_before_anything_else_is_looked_at(provider: Provider) -> None:
    shown_on_our_page(provider.authorize(redirect_uri="https://evil.example/", response_type="nonsense"))


def test_a_huge_request_is_shown_our_page(provider: Provider) -> None:
    shown_on_our_page(provider.authorize(state="s" * 9000))


# --- errors that the client hears ---


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "ü"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "query.jwt"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile email"}, "invalid_scope"),
        ({"scope": "OpenID"}, "invalid_scope"),
        ({"request": "eyJ.eyJ."}, "invalid_request_object"),
        ({"request_uri": "https://casework.example/request"}, "invalid_request_uri"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e9"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"nonce": "a\x00b"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
        ({"id_token_hint": "not.a.jwt"}, "invalid_request"),
    ],
)
def test_an_error_goes_back_with_state_and_issuer_and_without_a_code(
    provider: Provider, changes: dict[str, Any], error: str
) -> None:
    """RFC 6749 §4.1.2.1, RFC 9207 §2, RFC 7636 §4.4.1, Core §3.1.2.6; checklist 5, 7 and 11."""
    provider.sign_in()
    sent_back = answer(provider.authorize(**changes))
    assert sent_back["error"] == error
    assert sent_back["state"] == "the-state"
    assert sent_back["iss"] == ISSUER
    assert set(sent_back) <= {"error", "error_description", "state", "iss"}
    assert sent_back["error_description"].isascii()


@pytest.mark.parametrize("name", ["scope", "nonce", "code_challenge", "prompt", "made_up"])
def test_a_parameter_sent_twice_is_refused(provider: Provider, name: str) -> None:
    """RFC 6749 §3.1."""
    provider.sign_in()
    pairs = [*provider.request().items(), (name, "one"), (name, "two")]
    assert answer(provider.get("/authorize", pairs))["error"] == "invalid_request"


def test_a_state_sent_twice_is_not_returned(provider: Provider) -> None:
    sent_back = answer(provider.get("/authorize", [*provider.request().items(), ("state", "other")]))
    assert sent_back["error"] == "invalid_request"
    assert "state" not in sent_back


# --- what must not disturb ---


@pytest.mark.parametrize(
    "changes",
    [
        {"made_up": "1"},
        {"display": "wap"},
        {"ui_locales": "cy en xx-nonsense"},
        {"claims_locales": "fr"},
        {"acr_values": "urn:unknown"},
        {"login_hint": "somebody@else.example"},
        {"response_mode": "query"},
        {"prompt": "consent"},
        {"scope": "email openid"},
        {"scope": "openid unheard_of offline_access"},
        {"nonce": None},
        {"state": None},
        {"request": ""},
        {"max_age": "99999999999"[:10]},
    ],
)
def test_what_is_unknown_or_optional_never_fails(provider: Provider, changes: dict[str, Any]) -> None:
    """RFC 6749 §3.1, OpenID Connect Core §3.1.2.1; checklist 7."""
    provider.sign_in()
    assert answer(provider.authorize(**changes))["code"]


@pytest.mark.parametrize(
    "state",
    [
        "s" * 128,
        "a b&c=d%20+#?/",
        "\r\nLocation: https://evil.example/",
        "ünïcödé",
        '"><script>',
        "\x00",
        "0",
    ],
)
def test_state_comes_back_whole_and_harmless(provider: Provider, state: str) -> None:
    """RFC 6749 §4.1.2; checklist 7. Whatever it holds, it stays one parameter of one header."""
    provider.sign_in()
    response = provider.authorize(state=state)
    assert answer(response)["state"] == state
    assert len(response.headers.getlist("Location")) == 1
    assert response.headers["Location"].isascii()


def test_no_state_is_returned_when_none_was_sent(provider: Provider) -> None:
    provider.sign_in()
    assert set(answer(provider.authorize(state=None))) == {"code", "iss"}


def test_the_issuer_is_in_the_answer(provider: Provider) -> None:
    """RFC 9207 §2."""
    provider.sign_in()
    assert answer(provider.authorize())["iss"] == ISSUER


def test_a_registered_query_survives(provider: Provider) -> None:
    """RFC 6749 §3.1.2; checklist 6."""
    uri = "https://casework.example/cb?tenant=a%2Fb&flag"
    client = provider.another_client(redirect_uris=[uri])
    provider.sign_in()
    response = provider.authorize(client_id=client.client_id, redirect_uri=uri)
    assert response.headers["Location"].startswith(uri + "&code=")


def test_unknown_scopes_are_not_granted(provider: Provider) -> None:
    """RFC 6749 §5.1: the answer says what was granted."""
    provider.sign_in()
    assert provider.tokens(scope="openid unheard_of email")["scope"] == "openid email"


def test_a_scope_that_the_client_did_not_register_is_not_granted(provider: Provider) -> None:
    client = provider.another_client(scopes=["email"])
    provider.sign_in()
    code = provider.code(client_id=client.client_id)
    assert provider.redeem(code, client).json["scope"] == "openid email"


def test_a_client_registered_without_pkce_by_name_may_leave_it_out(provider: Provider) -> None:
    """Checklist 11."""
    client = provider.another_client(require_pkce=False)
    provider.sign_in()
    changes = {"client_id": client.client_id, "code_challenge": None, "code_challenge_method": None}
    assert answer(provider.authorize(**changes))["code"]


def test_codes_are_random_and_long(provider: Provider) -> None:
    """RFC 6749 §10.10: at least 128 bits; here 256."""
    provider.sign_in()
    codes = {provider.code() for _ in range(3)}
    assert len(codes) == 3
    assert all(len(code) >= 43 for code in codes)


# --- GET and POST, sign-in ---


def test_post_works_as_get_does(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.1; a post from another site comes without the cookie, so it asks again."""
    provider.sign_in()
    response = provider.post("/authorize", provider.request())
    assert response.status_code == 303
    again = response.headers["Location"]
    assert urlsplit(again).path == "/authorize"
    assert answer(provider.get(again))["code"]


def test_a_parameter_in_the_address_and_in_the_body_counts_as_twice(provider: Provider) -> None:
    response = provider.post(f"/authorize?{urlencode({'client_id': 'other'})}", provider.request())
    shown_on_our_page(provider.get(response.headers["Location"]))


def test_nobody_signed_in_leads_to_the_sign_in_page_and_back(provider: Provider) -> None:
    back = leads_to_sign_in(provider.authorize())
    provider.sign_in()
    assert answer(provider.get(back))["code"]


def test_the_login_hint_is_handed_on(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.1."""
    location = provider.authorize(login_hint="priya.patel@hmrc.gov.uk").headers["Location"]
    assert dict(parse_qsl(urlsplit(location).query))["login_hint"] == "priya.patel@hmrc.gov.uk"


def test_a_state_survives_the_sign_in_page(provider: Provider) -> None:
    state = "a b&next=/evil#%0d%0a"
    back = leads_to_sign_in(provider.authorize(state=state))
    provider.sign_in()
    assert answer(provider.get(back))["state"] == state


def test_a_session_that_ended_leads_to_the_sign_in_page(provider: Provider) -> None:
    provider.sign_in()
    provider.clock.forward(hours=2)
    leads_to_sign_in(provider.authorize())
