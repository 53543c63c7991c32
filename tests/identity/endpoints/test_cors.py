"""Which pages of other sites may read the provider's answers (the Fetch standard, §3.2 CORS protocol)."""

import pytest
from werkzeug.test import TestResponse

from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from identity.clients.uris import web_origin
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, SCOPE, VERIFIER, Provider

ORIGIN = "https://casework.example"
ELSEWHERE = "https://evil.example"
FOR_EVERYBODY = (
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks.json",
)
FOR_THE_CLIENT = ("/token", "/userinfo", "/revoke")
REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))


@pytest.fixture(autouse=True)
def confidential(provider: Provider) -> ClientCredentials:
    """The provider's client becomes a single-page app; the confidential one is beside it."""
    provider.sign_in()
    confidential = provider.client
    provider.client = provider.another_client(token_endpoint_auth_method="none", tokens=REFRESHING)
    return confidential


def cors(response: TestResponse) -> dict[str, str]:
    return {name: value for name, value in response.headers if name.startswith("Access-Control-")}


def readable_by(response: TestResponse) -> str | None:
    """The origin whose pages may read it; an answer for one of them differs for others."""
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.vary
    return response.headers.get("Access-Control-Allow-Origin")


def ask(provider: Provider, path: str, origin: str | None = ORIGIN, **parameters: str) -> TestResponse:
    headers = {} if origin is None else {"Origin": origin}
    body = {"client_id": provider.client.client_id, **parameters}
    return provider.post(path, body, headers=headers)


def redeem(provider: Provider, origin: str | None = ORIGIN, **changes: str) -> TestResponse:
    parameters = {
        "grant_type": "authorization_code",
        "code": provider.code(scope=f"{SCOPE} offline_access"),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return ask(provider, "/token", origin, **(parameters | changes))


def userinfo(provider: Provider, token: str, origin: str = ORIGIN) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}
    return provider.browser.get("/userinfo", headers=headers, base_url=ISSUER)


def preflight(provider: Provider, path: str, method: str = "POST") -> TestResponse:
    headers = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,dpop",
    }
    return provider.browser.open(path, method="OPTIONS", headers=headers, base_url=ISSUER)


@pytest.mark.parametrize("path", FOR_EVERYBODY)
def test_what_is_no_secret_everybody_may_read(provider: Provider, path: str) -> None:
    response = provider.browser.get(path, headers={"Origin": ELSEWHERE}, base_url=ISSUER)
    assert cors(response) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize("path", FOR_EVERYBODY)
def test_it_is_the_same_for_a_cache_whoever_asks(provider: Provider, path: str) -> None:
    """A cache that kept the answer to a server's request may give it to a page."""
    assert cors(provider.get(path)) == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize("path", FOR_THE_CLIENT)
def test_a_preflight_lets_any_page_ask_and_names_no_client(provider: Provider, path: str) -> None:
    response = preflight(provider, path)
    assert response.status_code == 200
    allowed = cors(response)
    assert allowed["Access-Control-Allow-Origin"] == "*"
    assert "POST" in allowed["Access-Control-Allow-Methods"].split(", ")
    assert {"Authorization", "DPoP", "Content-Type"} == set(
        allowed["Access-Control-Allow-Headers"].split(", ")
    )
    assert int(allowed["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in allowed


def test_a_preflight_of_userinfo_allows_get(provider: Provider) -> None:
    allowed = cors(preflight(provider, "/userinfo", "GET"))["Access-Control-Allow-Methods"]
    assert "GET" in allowed.split(", ")


def test_the_app_reads_its_tokens(provider: Provider) -> None:
    response = redeem(provider)
    assert response.status_code == 200
    assert readable_by(response) == ORIGIN


def test_the_app_reads_challenges_and_nonces(provider: Provider) -> None:
    """RFC 9449 §8.2."""
    exposed = redeem(provider).headers["Access-Control-Expose-Headers"]
    assert exposed.split(", ") == ["WWW-Authenticate", "DPoP-Nonce"]


@pytest.mark.parametrize(
    "origin",
    [
        *(ELSEWHERE, "null", "http://casework.example", "https://casework.example:8443", None),
        *("https://casework.example.evil.example", "https://CASEWORK.example", "https://casework.example/"),
    ],
)
def test_nobody_else_reads_them(provider: Provider, origin: str | None) -> None:
    """Origins are compared as a whole (RFC 6454 §5)."""
    response = redeem(provider, origin)
    assert response.status_code == 200
    assert readable_by(response) is None
    assert not cors(response)


def test_the_app_reads_its_errors(provider: Provider) -> None:
    response = redeem(provider, code="unknown")
    assert response.json["error"] == "invalid_grant"
    assert readable_by(response) == ORIGIN


def test_nobody_reads_before_the_client_is_known(provider: Provider) -> None:
    response = redeem(provider, client_id="unknown")
    assert response.json["error"] == "invalid_client"
    assert readable_by(response) is None


def test_the_answers_to_a_confidential_client_no_page_reads(
    provider: Provider, confidential: ClientCredentials
) -> None:
    """Its secret does not belong in a page."""
    provider.client = provider.another_client(token_endpoint_auth_method="client_secret_post")
    response = redeem(provider, client_secret=provider.client.client_secret)
    assert response.status_code == 200
    assert readable_by(response) is None


def test_the_answers_to_a_native_app_no_page_reads(provider: Provider) -> None:
    provider.client = provider.another_client(token_endpoint_auth_method="none", application_type="native")
    response = redeem(provider, code="unknown")
    assert response.json["error"] == "invalid_grant"
    assert readable_by(response) is None


def test_the_app_reads_userinfo_and_nobody_else_does(provider: Provider) -> None:
    token = redeem(provider).json["access_token"]
    assert readable_by(userinfo(provider, token)) == ORIGIN
    assert readable_by(userinfo(provider, token, ELSEWHERE)) is None


def test_the_app_reads_that_its_token_has_expired(provider: Provider) -> None:
    token = redeem(provider).json["access_token"]
    provider.clock.forward(minutes=6)
    response = userinfo(provider, token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert readable_by(response) == ORIGIN


def test_nobody_reads_what_is_said_of_a_token_that_is_none(provider: Provider) -> None:
    assert readable_by(userinfo(provider, "nonsense")) is None


def test_the_app_reads_that_a_token_is_revoked(provider: Provider) -> None:
    token = redeem(provider).json["access_token"]
    assert readable_by(ask(provider, "/revoke", token=token)) == ORIGIN
    assert readable_by(ask(provider, "/revoke", ELSEWHERE, token=token)) is None


def test_everything_else_no_page_reads(provider: Provider) -> None:
    """Above all the authorization endpoint, signing out and every page, where cookies count."""
    rules = [rule for rule in provider.app.url_map.iter_rules() if not rule.arguments]
    paths = {rule.rule for rule in rules} - {*FOR_EVERYBODY, *FOR_THE_CLIENT}
    assert {"/authorize", "/par", "/introspect", "/register", "/end-session", "/sign-in"} <= paths
    for path in sorted(paths):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
            response = provider.browser.open(path, method=method, headers=headers, base_url=ISSUER)
            assert not cors(response), (method, path)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://spa.example/callback?x=1", "https://spa.example"),
        ("https://spa.example:443/", "https://spa.example"),
        ("https://spa.example:8443/", "https://spa.example:8443"),
        ("http://localhost:5173/", "http://localhost:5173"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:5173/", "http://[::1]:5173"),
        ("com.example.app:/callback", None),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(uri: str, origin: str | None) -> None:
    """RFC 6454 §6.2: without the scheme's own port."""
    assert web_origin(uri) == origin
