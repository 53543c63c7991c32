"""A relying party's and a browser's side of the protocol, on one connection that stays open.

Works with any provider: it knows the addresses from discovery alone. Each answer is checked, so that nobody
is fast by being wrong.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from bench.http_connection import BadAnswer, HttpConnection

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid profile email employment entitlements"
CLAIMS = ("name", "given_name", "family_name", "organisation", "grade", "roles")
"""What userinfo must tell of everybody."""


@dataclass(frozen=True)
class Client:
    """What the relying party was registered with."""

    client_id: str
    client_secret: str
    redirect_uri: str
    service_scope: str = ""

    @property
    def form_headers(self) -> dict[str, str]:
        """Of a form's body and client_secret_basic."""
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Provider:
    """Where a provider's endpoints are, and its keys, as it says itself."""

    port: int
    metadata: Mapping[str, Any]
    keys: KeySet

    @classmethod
    def discover(cls, port: int, issuer: str) -> "Provider":
        """Read the discovery document and the keys. Raises BadAnswer when they are not this issuer's."""
        with HttpConnection(port, issuer) as connection:
            metadata = json.loads(connection.ask("GET", DISCOVERY, {}).content)
            check(metadata["issuer"] == issuer, "another issuer answers")
            keys = json.loads(connection.ask("GET", path_of(metadata["jwks_uri"]), {}).content)
        return cls(port, metadata, KeySet.import_key_set(keys))

    @property
    def issuer(self) -> str:
        """As in every ID token."""
        return str(self.metadata["issuer"])

    def path(self, endpoint: str) -> str:
        """The path of an endpoint by its name in the metadata."""
        return path_of(self.metadata[endpoint])


class RelyingParty:
    """One client, with one connection."""

    def __init__(self, provider: Provider, client: Client) -> None:
        self._provider = provider
        self._client = client
        self._connection = HttpConnection(provider.port, provider.issuer)
        self._paths = {name: provider.path(name) for name in provider.metadata if name.endswith("_endpoint")}

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._connection.close()

    def sign_in(self, cookie: str, scope: str = SCOPE) -> dict[str, Any]:
        """The full flow with a session: authorize, token, userinfo; returns the tokens. Raises BadAnswer."""
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        code = self._authorize(cookie, verifier, state, nonce, scope)
        tokens: dict[str, Any] = self._form(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._client.redirect_uri,
                "code_verifier": verifier,
            },
        )
        claims = self._check_id_token(tokens["id_token"])
        check(claims["nonce"] == nonce, "another nonce is in the ID token")
        check(self.user_info(tokens["access_token"])["sub"] == claims["sub"], "userinfo is of somebody else")
        return tokens

    def user_info(self, access_token: str) -> dict[str, Any]:
        """What is told of the person; everything that was asked for must be there."""
        told: dict[str, Any] = self._json(
            "GET", self._paths["userinfo_endpoint"], {"Authorization": f"Bearer {access_token}"}
        )
        for claim in CLAIMS:
            check(bool(told.get(claim)), f"userinfo does not tell {claim}")
        return told

    def introspect(self, access_token: str) -> None:
        """Ask about a token, which must be good."""
        told = self._form(
            "introspection_endpoint", {"token": access_token, "token_type_hint": "access_token"}
        )
        check(
            told["active"] is True and told["client_id"] == self._client.client_id, "the token is not active"
        )

    def refresh(self, refresh_token: str) -> str:
        """Spend a refresh token; returns its successor, which must be another."""
        tokens = self._form("token_endpoint", {"grant_type": "refresh_token", "refresh_token": refresh_token})
        self._check_id_token(tokens["id_token"])
        successor: str = tokens["refresh_token"]
        check(
            successor != refresh_token and bool(tokens["access_token"]), "the refresh token was not rotated"
        )
        return successor

    def client_credentials(self) -> None:
        """A token for the service itself."""
        scope = self._client.service_scope
        tokens = self._form("token_endpoint", {"grant_type": "client_credentials", "scope": scope})
        check(bool(tokens["access_token"]) and tokens["scope"] == scope, "another scope came back")

    def discovery(self) -> None:
        """Read the discovery document."""
        check(self._json("GET", DISCOVERY, {})["issuer"] == self._provider.issuer, "another issuer answers")

    def jwks(self) -> None:
        """Read the keys."""
        check(bool(self._json("GET", self._provider.path("jwks_uri"), {})["keys"]), "there are no keys")

    def _authorize(self, cookie: str, verifier: str, state: str, nonce: str, scope: str) -> str:
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        target = f"{self._paths['authorization_endpoint']}?{urlencode(asked)}"
        answer = self._connection.ask("GET", target, {"Cookie": cookie})
        location = urlsplit(answer.headers.get("location", ""))
        returned = parse_qs(location.query)
        check(answer.status in (302, 303) and "code" in returned, f"no code came back: {answer.status}")
        check(location._replace(query="").geturl() == self._client.redirect_uri, "sent back to another place")
        check(returned["state"] == [state], "another state came back")
        check(returned["iss"] == [self._provider.issuer], "another issuer sent back")
        return returned["code"][0]

    def _check_id_token(self, id_token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(id_token, self._provider.keys, algorithms=["RS256"]).claims
        check(claims["iss"] == self._provider.issuer, "another issuer made the ID token")
        check(claims["aud"] == self._client.client_id, "the ID token has another audience")
        return claims

    def _form(self, endpoint: str, fields: Mapping[str, str]) -> Any:
        return self._json("POST", self._paths[endpoint], self._client.form_headers, urlencode(fields))

    def _json(self, method: str, target: str, headers: Mapping[str, str], body: str = "") -> Any:
        answer = self._connection.ask(method, target, headers, body)
        check(answer.status == 200, f"{target} answered {answer.status}: {answer.content[:300]!r}")
        return json.loads(answer.content)


def path_of(url: str) -> str:
    """The path of an address; none of ours has a query."""
    return urlsplit(url).path


def check(fine: bool, otherwise: str) -> None:
    """Raises BadAnswer unless it is fine."""
    if not fine:
        raise BadAnswer(otherwise)
