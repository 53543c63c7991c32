"""Lanyard registers itself at a department's provider that lets clients do so (RFC 7591 §3)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from identity.clients.metadata import PRIVATE_KEY_JWT
from identity.federation.errors import Fault, UpstreamAnswerInvalid, UpstreamUnavailable
from identity.federation.openid.exchange import CLIENT_ALGORITHM, MAX_BYTES, SECONDS
from identity.federation.openid.metadata import UpstreamMetadata
from identity.federation.plain_text import is_plain
from identity.outgoing_http import outgoing_http

MAX_CLIENT_ID_CHARACTERS = 255

PostJson = Callable[[str, Mapping[str, Any], str | None], Any]
"""Posts JSON to an address, with a bearer token if there is one, and returns the JSON of a 201 answer. Raises
UpstreamUnavailable, UpstreamAnswerInvalid."""


@dataclass(frozen=True)
class Addresses:
    """Where a provider finds Lanyard."""

    redirect_uri: str
    jwks_uri: str
    backchannel_logout_uri: str
    post_logout_redirect_uri: str


def register(
    post: PostJson, metadata: UpstreamMetadata, addresses: Addresses, scope: str, access_token: str | None
) -> str:
    """The client id that the provider gives to Lanyard, which proves itself with its own key.

    Raises UpstreamUnavailable; UpstreamAnswerInvalid also where nobody can register, or it makes of Lanyard
    another kind of client than was asked for.
    """
    if metadata.registration_endpoint is None:
        raise UpstreamAnswerInvalid("the provider lets no client register itself")
    asked = {
        "client_name": "Lanyard",
        "application_type": "web",
        "redirect_uris": [addresses.redirect_uri],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": PRIVATE_KEY_JWT,
        "token_endpoint_auth_signing_alg": CLIENT_ALGORITHM,
        "jwks_uri": addresses.jwks_uri,
        "scope": scope,
        "backchannel_logout_uri": addresses.backchannel_logout_uri,
        "backchannel_logout_session_required": True,
        "post_logout_redirect_uris": [addresses.post_logout_redirect_uri],
    }
    answer = post(metadata.registration_endpoint, asked, access_token)
    client_id = answer.get("client_id") if isinstance(answer, dict) else None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID_CHARACTERS:
        raise UpstreamAnswerInvalid("the provider gave no client_id")
    if (
        not is_plain(client_id)
        or answer.get("redirect_uris", [addresses.redirect_uri]) != asked["redirect_uris"]
    ):
        raise UpstreamAnswerInvalid("the provider registered another client than was asked for")
    if answer.get("token_endpoint_auth_method", PRIVATE_KEY_JWT) != PRIVATE_KEY_JWT:
        raise UpstreamAnswerInvalid("the provider does not let Lanyard prove itself with its key")
    return client_id


def json_poster(*, development: bool) -> PostJson:
    """How this process posts; in development also by http and to this very machine."""

    def post(address: str, body: Mapping[str, Any], access_token: str | None) -> Any:
        with outgoing_http(public_only=not development, lifetime=SECONDS) as http:
            return post_json(http, address, body, access_token)

    return post


def post_json(http: requests.Session, address: str, body: Mapping[str, Any], access_token: str | None) -> Any:
    """The JSON of a 201 answer, at most 64 KiB; nothing of what the other side sent is quoted.

    Raises UpstreamUnavailable when there is no answer or a server error, UpstreamAnswerInvalid otherwise.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if access_token is not None:
        headers["Authorization"] = f"Bearer {access_token}"
    try:
        with http.post(
            address, json=dict(body), headers=headers, timeout=SECONDS, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
            read = answer.raw.read(MAX_BYTES + 1, decode_content=False)
    except (requests.RequestException, HTTPError, OSError):
        raise UpstreamUnavailable("its registration endpoint cannot be reached", Fault.DISCOVERY) from None
    if status >= 500 or status == 429:
        raise UpstreamUnavailable(f"its registration endpoint answered {status}", Fault.DISCOVERY)
    if status != 201 or len(read) > MAX_BYTES:
        raise UpstreamAnswerInvalid(f"its registration endpoint answered {status}")
    try:
        return json.loads(read)
    except (ValueError, RecursionError):
        raise UpstreamAnswerInvalid("its registration endpoint did not answer JSON") from None
