"""Asking a department's provider: where to send the person, and what its token endpoint says of a code."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import requests
from urllib3.exceptions import HTTPError

from identity.clients.assertions import ASSERTION_TYPE
from identity.clients.documents import OpenHttp
from identity.clients.metadata import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, PRIVATE_KEY_JWT
from identity.federation.attempts import Proofs
from identity.federation.errors import Fault, UpstreamAnswerInvalid, UpstreamUnavailable
from identity.federation.models import UpstreamProvider
from identity.federation.openid.metadata import UpstreamMetadata
from identity.keys.jwt import encode, numeric_date
from identity.keys.signer import Signer
from identity.outgoing_http import outgoing_http

MAX_BYTES = 64 * 1024
SECONDS = 8.0
ASSERTION_LIFE = timedelta(seconds=60)
CLIENT_ALGORITHM = "RS256"
"""Every provider that takes assertions takes this one; our keys are at our own ``jwks_uri``."""
SIGNED_OUT_THERE = "department"
"""The ``state`` with which somebody comes back who has signed out there."""
AUTH_METHODS = (PRIVATE_KEY_JWT, CLIENT_SECRET_BASIC, CLIENT_SECRET_POST)

PostForm = Callable[[str, Mapping[str, str], Mapping[str, str]], Any]
"""Posts a form with headers to an address and returns the JSON answer. Raises UpstreamUnavailable,
UpstreamAnswerInvalid."""


@dataclass(frozen=True)
class Credentials:
    """What Lanyard proves itself with: the secret of this provider, or one of our own signing keys."""

    secret: str | None
    signer: Signer | None


def authorization_address(
    provider: UpstreamProvider,
    metadata: UpstreamMetadata,
    *,
    redirect_uri: str,
    state: str,
    proofs: Proofs,
    login_hint: str | None = None,
    again: bool = False,
) -> str:
    """Where the person's browser goes (OpenID Connect Core §3.1.2.1)."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": state,
        "nonce": proofs.nonce,
        "code_challenge": proofs.code_challenge,
        "code_challenge_method": "S256",
    }
    if login_hint:
        asked["login_hint"] = login_hint
    if again:
        # With max_age the answer must say when the person signed in (OpenID Connect Core §3.1.2.1).
        asked |= {"prompt": "login", "max_age": "0"}
    if provider.acr_levels:
        # Many providers say nothing of the level unless they are asked.
        asked["acr_values"] = " ".join(provider.acr_levels)
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return metadata.authorization_endpoint + joint + urlencode(asked)


def sign_out_address(
    provider: UpstreamProvider, metadata: UpstreamMetadata, post_logout_redirect_uri: str
) -> str | None:
    """Where the person's browser goes to sign out there too; None where that is not offered.

    It asks them to confirm, because no ID token of theirs is kept to be shown (RP-Initiated Logout §2).
    """
    if metadata.end_session_endpoint is None:
        return None
    asked = {
        "client_id": provider.client_id,
        "post_logout_redirect_uri": post_logout_redirect_uri,
        "state": SIGNED_OUT_THERE,
    }
    joint = "&" if "?" in metadata.end_session_endpoint else "?"
    return metadata.end_session_endpoint + joint + urlencode(asked)


def redeem(
    post: PostForm,
    provider: UpstreamProvider,
    metadata: UpstreamMetadata,
    credentials: Credentials,
    *,
    code: str,
    redirect_uri: str,
    code_verifier: str,
    now: datetime,
) -> str:
    """The ID token that the provider gives for a code, unverified (OpenID Connect Core §3.1.3).

    Raises UpstreamUnavailable, UpstreamAnswerInvalid.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    headers, proof = _authentication(provider, credentials, now)
    answer = post(metadata.token_endpoint, {**form, **proof}, headers)
    unverified_id_token = answer.get("id_token") if isinstance(answer, dict) else None
    if not isinstance(unverified_id_token, str):
        raise UpstreamAnswerInvalid("the provider gave no ID token")
    return unverified_id_token


def _authentication(
    provider: UpstreamProvider, credentials: Credentials, now: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and parameters by which we prove ourselves (OpenID Connect Core §9)."""
    if credentials.signer is not None:
        claims = {
            "iss": provider.client_id,
            "sub": provider.client_id,
            "aud": provider.issuer,
            "jti": secrets.token_urlsafe(24),
            "iat": numeric_date(now),
            "exp": numeric_date(now + ASSERTION_LIFE),
        }
        assertion = encode(claims, signer=credentials.signer, typ="JWT")
        return {}, {
            "client_id": provider.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
    secret = credentials.secret or ""
    if provider.token_endpoint_auth_method == CLIENT_SECRET_POST:
        return {}, {"client_id": provider.client_id, "client_secret": secret}
    # RFC 6749 §2.3.1: each is form-encoded before they are joined.
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}, {}


def form_poster(*, development: bool, open_http: OpenHttp = outgoing_http) -> PostForm:
    """How this process posts; in development also by http and to this very machine."""

    def post(address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        with open_http(public_only=not development, lifetime=SECONDS) as http:
            return post_form(http, address, form, headers)

    return post


def post_form(
    http: requests.Session, address: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> Any:
    """The JSON of a 200 answer, at most 64 KiB; nothing of what the other side sent is quoted.

    Raises UpstreamUnavailable when there is no answer or a server error, UpstreamAnswerInvalid otherwise.
    """
    sent = {**headers, "Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        with http.post(
            address, data=dict(form), headers=sent, timeout=SECONDS, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
            body = answer.raw.read(MAX_BYTES + 1, decode_content=False)
    except (requests.RequestException, HTTPError, OSError):
        raise UpstreamUnavailable(
            "the provider's token endpoint cannot be reached", Fault.TOKEN_ENDPOINT
        ) from None
    if status >= 500 or status == 429:
        raise UpstreamUnavailable(f"the provider's token endpoint answered {status}", Fault.TOKEN_ENDPOINT)
    if status != 200 or len(body) > MAX_BYTES:
        raise UpstreamAnswerInvalid(f"the provider's token endpoint answered {status}")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UpstreamAnswerInvalid("the provider's token endpoint did not answer JSON") from None
