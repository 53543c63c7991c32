"""Tells a client that a session has ended there (OpenID Connect Back-Channel Logout 1.0).

The token is made afresh for each attempt, so that no outbox ever holds one.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.keys.jwt import encode, numeric_date
from identity.keys.signer import Signer
from identity.outgoing_http import outgoing_http

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_TYPE = "logout+jwt"  # noqa: S105 - a media type
LIFE = timedelta(minutes=2)
TIMEOUT = 5
"""Seconds to connect, and again between two parts of the answer."""
ACKNOWLEDGED = frozenset({200, 204})


@dataclass(frozen=True)
class DeliveryResult:
    """What became of one attempt; ``error`` is short and holds nothing that the receiver wrote."""

    acknowledged: bool
    error: str = ""


def logout_token(
    payload: Mapping[str, str], client: RegisteredClient, *, issuer: str, signer: Signer, now: datetime
) -> str:
    """A logout token (§2.4) for the ``sub`` and ``sid`` of an outbox message."""
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": numeric_date(now),
        "exp": numeric_date(now + LIFE),
        "jti": secrets.token_urlsafe(16),
        "sub": payload["sub"],
        "sid": payload["sid"],
        "events": {EVENT: {}},
    }
    return encode(claims, signer=signer, typ=TOKEN_TYPE)


def deliver(
    payload: Mapping[str, str], client: RegisteredClient, now: datetime, context: Context
) -> DeliveryResult:
    """One attempt at telling a client; it holds no transaction while it waits for the answer."""
    if client.backchannel_logout_uri is None:
        return DeliveryResult(False, "the client has no backchannel_logout_uri")
    with context.reading() as session:
        signer = context.key_ring.signer(session, client.id_token_signed_response_alg, now)
    token = logout_token(payload, client, issuer=context.settings.issuer, signer=signer, now=now)
    with outgoing_http(public_only=not context.settings.development) as http:
        return post(http, client.backchannel_logout_uri, token)


def post(http: requests.Session, uri: str, token: str) -> DeliveryResult:
    """Post a logout token (§2.5); 200 and 204 acknowledge it (§2.8). The answer's body is not read."""
    try:
        with http.post(
            uri, data={"logout_token": token}, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            if answer.status_code in ACKNOWLEDGED:
                return DeliveryResult(True)
            return DeliveryResult(False, f"answered {answer.status_code}")
    except requests.Timeout:
        return DeliveryResult(False, "did not answer in time")
    except (requests.RequestException, ValueError) as error:
        return DeliveryResult(False, f"could not be reached ({type(error).__name__})")
