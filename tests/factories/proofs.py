"""DPoP proofs as a client makes them, without the provider's code (RFC 9449 §4.2)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from tests.factories.client_keys import ClientKey


def proof(
    key: ClientKey,
    method: str,
    uri: str,
    now: datetime,
    *,
    access_token: str | None = None,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A good proof; a claim or a member of the header that is None is left out."""
    chosen: dict[str, Any] = {
        "jti": uuid4().hex,
        "htm": method,
        "htu": uri,
        "iat": int(now.timestamp()),
        "ath": None if access_token is None else base64url_sha256(access_token),
        **changes,
    }
    claims = {name: value for name, value in chosen.items() if value is not None}
    jwk = key.key.as_dict(private=False)
    named = {"typ": "dpop+jwt", "alg": key.algorithm, "jwk": jwk, **(header or {})}
    return sign(key, {name: value for name, value in named.items() if value is not None}, claims)


def sign(key: ClientKey, header: dict[str, Any], claims: Any) -> str:
    """A compact JWS with any header at all, which a library would refuse to make."""
    segments = ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (header, claims))
    signature = JWSRegistry.algorithms[key.algorithm].sign(segments.encode(), key.key)
    return f"{segments}.{urlsafe_b64encode(signature).decode()}"


def thumbprint(key: ClientKey) -> str:
    """RFC 7638, as its owner computes it."""
    return key.key.thumbprint()


def base64url_sha256(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
