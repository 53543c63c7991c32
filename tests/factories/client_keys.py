"""A client's own keys and the assertions that it makes with them, without the provider's code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import JWKRegistry, Key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KINDS: dict[str, tuple[str, Any]] = {
    "RS256": ("RSA", 2048),
    "PS256": ("RSA", 2048),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "HS256": ("oct", 256),
}


@dataclass(frozen=True)
class ClientKey:
    """A private key of a client, for one algorithm."""

    kid: str
    algorithm: str
    key: Key

    @classmethod
    def make(cls, algorithm: str = "ES256", kid: str = "key-1") -> ClientKey:
        return cls(kid, algorithm, JWKRegistry.generate_key(*_KINDS[algorithm]))

    @property
    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A compact JWS; a header that is None is left out."""
        chosen = {"alg": self.algorithm, "kid": self.kid, **header}
        shown = {name: value for name, value in chosen.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[*_KINDS, "none"], strict_check_header=False)
        return jws.serialize_compact(shown, json.dumps(claims).encode(), self.key, registry=registry)


def jwks(*keys: ClientKey) -> dict[str, Any]:
    return {"keys": [key.public for key in keys]}


def claims(client_id: str, audience: Any, now: datetime, **changes: Any) -> dict[str, Any]:
    """The claims of a good assertion; None leaves one out."""
    chosen = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=1)).timestamp()),
        "jti": uuid4().hex,
        **changes,
    }
    return {name: value for name, value in chosen.items() if value is not None}
