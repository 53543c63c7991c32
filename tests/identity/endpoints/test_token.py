"""The token endpoint (RFC 6749 §3.2 and §4.1.3, OpenID Connect Core §3.1.3, RFC 7636, RFC 9068)."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import joserfc.jwt
import pytest
from jose import jwt
from joserfc.jwk import JWKRegistry
from sqlalchemy import update
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions.models import SessionClient
from identity.sessions.session_clients import end_client
from identity.tokens.models import Grant
from profiles.apps.models import AccessRule
from profiles.audit.models import AuditEntry
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Provider, basic, refused_token


@pytest.fixture(autouse=True)
def signed_in(provider: Provider) -> None:
    provider.sign_in()


def test_a_code_gives_tokens(provider: Provider) -> None:
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3."""
    response = provider.redeem(provider.code())
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 300
    assert body["scope"] == "openid profile email employment clearance entitlements"
    assert set(body) == {"access_token", "token_type", "expires_in", "id_token", "scope"}


def test_the_id_token_says_what_it_must(provider: Provider) -> None:
    """OpenID Connect Core §2; checklist 10 and 14."""
    token = provider.tokens()["id_token"]
    assert jwt.get_unverified_header(token)["typ"] == "JWT"
    claims = provider.verified(token, provider.client.client_id)
    now = int(provider.now.timestamp())
    assert claims["iss"] == ISSUER
    assert claims["aud"] == provider.client.client_id
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (now, now + 300, now)
    assert claims["nonce"] == "the-nonce"
    assert claims["acr"] == "urn:lanyard:acr:sfa"
    assert claims["amr"] == ["pwd"]
    assert claims["sid"]


@pytest.mark.parametrize("asked", [None, "urn:lanyard:acr:sfa", "urn:unknown urn:lanyard:acr:sfa", "9"])
def test_acr_is_how_the_person_signed_in_whatever_was_asked(provider: Provider, asked: str | None) -> None:
    """OpenID Connect Core §2 and §3.1.2.1, acr_values is voluntary; checklist 10."""
    provider.sign_in()
    assert provider.id_token_claims(acr_values=asked)["acr"] == "urn:lanyard:acr:sfa"


def test_without_a_nonce_there_is_none(provider: Provider) -> None:
    """Checklist 7."""
    assert "nonce" not in provider.id_token_claims(nonce=None)


def test_the_claims_of_the_scopes_are_at_userinfo_and_not_in_the_id_token(provider: Provider) -> None:
    """OpenID Connect Core §5.4: an access token is issued, so they are at userinfo."""
    claims = provider.id_token_claims()
    protocol = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "nonce"}
    assert set(claims) == protocol


def test_a_client_may_have_its_id_tokens_signed_with_es256(provider: Provider) -> None:
    """id_token_signed_response_alg (OpenID Connect Registration §2)."""
    client = provider.another_client(id_token_signed_response_alg="ES256")
    code = provider.code(client_id=client.client_id)
    token = provider.redeem(code, client).json["id_token"]
    assert provider.verified(token, client.client_id, "ES256")["sub"]


def test_the_sub_is_the_same_at_clients_of_one_sector_and_different_elsewhere(provider: Provider) -> None:
    """OpenID Connect Core §8.1."""
    same = provider.another_client()
    elsewhere = provider.another_client(redirect_uris=["https://other.example/cb"])
    subs = [provider.id_token_claims()["sub"]]
    for client, uri in ((same, REDIRECT_URI), (elsewhere, "https://other.example/cb")):
        location = provider.authorize(client_id=client.client_id, redirect_uri=uri).headers["Location"]
        code = location.partition("code=")[2].partition("&")[0]
        token = provider.redeem(code, client, redirect_uri=uri).json["id_token"]
        subs.append(provider.verified(token, client.client_id)["sub"])
    assert subs[0] == subs[1]
    assert subs[0] != subs[2]


def test_the_access_token_is_for_userinfo_alone(provider: Provider) -> None:
    """RFC 9068 §2.1 and §2.2."""
    tokens = provider.tokens()
    assert jwt.get_unverified_header(tokens["access_token"])["typ"] == "at+jwt"
    claims = provider.verified(tokens["access_token"], f"{ISSUER}/userinfo", "ES256")
    now = int(provider.now.timestamp())
    assert claims["client_id"] == provider.client.client_id
    assert (claims["iat"], claims["exp"]) == (now, now + 300)
    assert claims["scope"] == tokens["scope"]
    assert claims["sub"] == provider.verified(tokens["id_token"], provider.client.client_id)["sub"]
    assert claims["jti"]
    assert not {"name", "email", "organisation"} & set(claims)


def test_no_token_outlives_the_next_known_change(provider: Provider) -> None:
    """The rule that lets the person in ends in ninety seconds: so do the tokens."""
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(valid_to=provider.now + timedelta(seconds=90)))
    tokens = provider.tokens()
    end = int(provider.now.timestamp()) + 90
    assert tokens["expires_in"] == 90
    assert provider.verified(tokens["id_token"], provider.client.client_id)["exp"] == end
    assert provider.verified(tokens["access_token"], f"{ISSUER}/userinfo", "ES256")["exp"] == end


def test_no_code_outlives_the_next_known_change(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(valid_to=provider.now + timedelta(seconds=5)))
    code = provider.code()
    with transaction(provider.engine) as session:
        grant = session.exec(select(Grant)).one()
        assert grant.expires_at == provider.now + timedelta(seconds=5)
    provider.clock.forward(seconds=5)
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_code_expires(provider: Provider) -> None:
    """RFC 6749 §4.1.2."""
    code = provider.code()
    provider.clock.forward(seconds=60)
    refused_token(provider.redeem(code), "invalid_grant")


def test_access_is_decided_again(provider: Provider) -> None:
    """The person lost the role after the code was given."""
    code = provider.code()
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_session_that_ended_meanwhile_gives_no_tokens(provider: Provider) -> None:
    code = provider.code()
    with transaction(provider.engine) as session:
        end_client(session, session.exec(select(SessionClient)).one(), provider.now, "access ended")
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_code_of_an_ended_part_does_not_live_on_in_a_new_one(provider: Provider) -> None:
    """The session's part at the client ended and was joined again: the old code stays worthless."""
    code = provider.code()
    with transaction(provider.engine) as session:
        end_client(session, session.exec(select(SessionClient)).one(), provider.now, "access ended")
    provider.code()
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_code_used_twice_is_refused_and_revokes_what_it_gave(provider: Provider) -> None:
    """RFC 6749 §4.1.2; checklist 13."""
    code = provider.code()
    access_token = provider.redeem(code).json["access_token"]
    assert provider.userinfo(access_token).status_code == 200
    refused_token(provider.redeem(code), "invalid_grant")
    assert provider.userinfo(access_token).status_code == 401


def test_a_replay_long_after_the_code_expired_still_revokes(provider: Provider) -> None:
    code = provider.code()
    access_token = provider.redeem(code).json["access_token"]
    provider.clock.forward(seconds=120)
    refused_token(provider.redeem(code), "invalid_grant")
    assert provider.userinfo(access_token).status_code == 401


def test_a_replay_is_audited_once(provider: Provider) -> None:
    code = provider.code()
    for _ in range(3):
        provider.redeem(code)
    with transaction(provider.engine) as session:
        replays = select(AuditEntry).where(AuditEntry.event == "code.replayed")
        assert len(session.exec(replays).all()) == 1


def test_of_a_hundred_at_once_one_succeeds_and_is_then_revoked(provider: Provider) -> None:
    """RFC 6749 §4.1.2: spent by one conditional UPDATE, never by read-then-write."""
    code = provider.code()
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }

    def post(_: int) -> TestResponse:
        browser = provider.app.test_client(use_cookies=False)
        return browser.post("/token", data=body, headers=basic(provider.client), base_url=ISSUER)

    with ThreadPoolExecutor(20) as threads:
        responses = list(threads.map(post, range(100)))
    succeeded = [response for response in responses if response.status_code == 200]
    assert len(succeeded) == 1
    for response in responses:
        if response.status_code != 200:
            refused_token(response, "invalid_grant")
    assert provider.userinfo(succeeded[0].json["access_token"]).status_code == 401


def test_another_clients_code_is_refused_and_stays_good(provider: Provider) -> None:
    """Code injection (RFC 9700 §4.5): the code is bound to its client, and a thief changes nothing."""
    thief = provider.another_client()
    code = provider.code()
    refused_token(provider.redeem(code, thief), "invalid_grant")
    assert provider.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "verifier", [None, "wrong-verifier-wrong-verifier-wrong-verifier-12", VERIFIER.upper(), "short", "ü" * 43]
)
def test_a_missing_or_wrong_verifier_is_refused_and_the_code_stays_good(
    provider: Provider, verifier: str | None
) -> None:
    """RFC 7636 §4.6."""
    code = provider.code()
    refused_token(provider.redeem(code, code_verifier=verifier), "invalid_grant")
    assert provider.redeem(code).status_code == 200


def test_the_challenge_itself_is_no_verifier(provider: Provider) -> None:
    """RFC 7636 §4.6: S256 only, so what passed through the browser proves nothing."""
    code = provider.code()
    refused_token(provider.redeem(code, code_verifier=provider.request()["code_challenge"]), "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused_token(provider: Provider) -> None:
    """RFC 9700 §4.8.2: somebody stripped the challenge from the request."""
    client = provider.another_client(require_pkce=False)
    request = {"client_id": client.client_id, "code_challenge": None, "code_challenge_method": None}
    code = provider.code(**request)
    refused_token(provider.redeem(code, client), "invalid_grant")
    assert provider.redeem(code, client, code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    "uri", ["https://casework.example/callback?x=1", "https://evil.example/", "HTTPS://x"]
)
def test_the_redirect_uri_must_be_the_one_of_the_request(provider: Provider, uri: str) -> None:
    """RFC 6749 §4.1.3."""
    refused_token(provider.redeem(provider.code(), redirect_uri=uri), "invalid_grant")


@pytest.mark.parametrize("missing", ["grant_type", "redirect_uri"])
def test_what_is_required_must_be_there(provider: Provider, missing: str) -> None:
    """RFC 6749 §4.1.3."""
    refused_token(provider.redeem(provider.code(), **{missing: None}), "invalid_request")


def test_an_empty_code_counts_as_omitted(provider: Provider) -> None:
    """RFC 6749 §3.2."""
    refused_token(provider.redeem(""), "invalid_request")


@pytest.mark.parametrize("grant_type", ["password", "ü", "implicit"])
def test_other_grants_are_not_supported(provider: Provider, grant_type: str) -> None:
    """RFC 6749 §5.2."""
    refused_token(provider.redeem("x", grant_type=grant_type), "unsupported_grant_type")


@pytest.mark.parametrize("grant_type", ["client_credentials", "refresh_token"])
def test_a_client_uses_only_the_grants_that_it_was_registered_for(
    provider: Provider, grant_type: str
) -> None:
    """RFC 6749 §5.2: unauthorized_client."""
    refused_token(provider.redeem("x", grant_type=grant_type), "unauthorized_client")


@pytest.mark.parametrize("code", ["unknown", "\x00", "ü", "a" * 8000])
def test_an_unknown_code_is_refused_token(provider: Provider, code: str) -> None:
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_huge_request_is_refused_token(provider: Provider) -> None:
    refused_token(provider.redeem("a" * 9000), "invalid_request")


def test_a_parameter_sent_twice_is_refused_token(provider: Provider) -> None:
    """RFC 6749 §3.2."""
    body = {"grant_type": "authorization_code", "code": [provider.code(), "other"]}
    refused_token(provider.post("/token", body, headers=basic(provider.client)), "invalid_request")


def test_what_stands_in_the_address_is_ignored(provider: Provider) -> None:
    """RFC 6749 §2.3.1 and §3.2: parameters come in the body alone."""
    response = provider.browser.post(
        "/token",
        query_string={"grant_type": "authorization_code", "code": provider.code()},
        headers=basic(provider.client) | {"Content-Type": "application/x-www-form-urlencoded"},
        base_url=ISSUER,
    )
    refused_token(response, "invalid_request")


def test_json_is_refused_token(provider: Provider) -> None:
    """RFC 6749 §3.2: application/x-www-form-urlencoded."""
    response = provider.browser.post(
        "/token", json={"grant_type": "authorization_code"}, headers=basic(provider.client), base_url=ISSUER
    )
    refused_token(response, "invalid_request")


def test_get_is_refused_token(provider: Provider) -> None:
    """RFC 6749 §3.2."""
    assert provider.get("/token").status_code == 405


def test_a_refused_request_changes_nothing(provider: Provider) -> None:
    code = provider.code()
    provider.redeem(code, code_verifier="wrong" * 10)
    with Session(provider.engine) as session:
        assert session.exec(select(col(Grant.spent_at))).all() == [None]


@pytest.mark.parametrize("algorithm", ["PS256", "EdDSA", "ES256"])
def test_the_id_token_is_signed_with_the_registered_algorithm(provider: Provider, algorithm: str) -> None:
    """OpenID Connect Registration §2, id_token_signed_response_alg; joserfc where python-jose cannot."""
    client = provider.another_client(id_token_signed_response_alg=algorithm)
    provider.sign_in()
    token = provider.redeem(provider.code(client_id=client.client_id), client).json["id_token"]
    header, _, _ = token.partition(".")
    kid = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    key = JWKRegistry.import_key(provider.jwks[kid])
    verified = joserfc.jwt.decode(token, key, algorithms=[algorithm])
    assert verified.claims["aud"] == client.client_id
    assert provider.jwks[kid]["alg"] == algorithm
