"""A tiny OpenID Provider on a loopback port: real HTTP, real signatures, and only the answers a test sets."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "tax-desk"
CLIENT_SECRET = "correct horse battery staple"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
OTHER_RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig", "alg": "RS256"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig", "alg": "ES256"})

PERSON: dict[str, Any] = {
    "sub": "Zk3vQ9sub",
    "sid": "lanyard-session-1",
    "name": "Amina Khan",
    "given_name": "Amina",
    "family_name": "Khan",
    "email": "amina.khan@hmrc.example",
    "organisation": {"id": "org-hmrc", "code": "HMRC", "name": "HM Revenue & Customs"},
    "roles": ["caseworker"],
    "meets_clearance": {"SC": True},
    "grade": "HEO",
}


def signed(key: RSAKey | ECKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact token with exactly this header and these claims."""
    return jwt.encode(header, claims, key, algorithms=["RS256", "ES256"])


class FakeIssuer:
    """The provider's state: what it will say next, and what it was asked."""

    def __init__(self, issuer: str, now: Callable[[], datetime]) -> None:
        self.issuer = issuer
        self._now = now
        self.person = dict(PERSON)
        self.keys: list[RSAKey | ECKey] = [RSA_KEY, EC_KEY]
        self.metadata: dict[str, Any] = {}
        self.id_token_header: dict[str, Any] = {"typ": "JWT", "alg": "RS256", "kid": "rsa-1"}
        self.id_token_claims: dict[str, Any] = {}
        self.userinfo_claims: dict[str, Any] = {}
        self.token_error: str | None = None
        self.broken: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def authorize(self, location: str, **changes: str | None) -> str:
        """Where the browser is sent after agreeing at `location`; None takes a parameter away."""
        request = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = request
        answer: dict[str, str | None] = {
            "code": code,
            "state": request["state"],
            "iss": self.issuer,
        } | changes
        return "/callback?" + urlencode({name: value for name, value in answer.items() if value is not None})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Claims of a good token, with changes; None takes a claim away."""
        now = int(self._now().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 120} | changes
        return {name: value for name, value in claims.items() if value is not None}

    def logout_token(self, **changes: Any) -> str:
        """A good logout token for the person's session, with changed claims."""
        claims = {
            "jti": secrets.token_urlsafe(8),
            "sub": self.person["sub"],
            "sid": self.person["sid"],
            "events": {LOGOUT_EVENT: {}},
        }
        header = {"typ": "logout+jwt", "alg": "RS256", "kid": "rsa-1"}
        return signed(RSA_KEY, header, self.claims(**(claims | changes)))

    def token_answer(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint: client_secret_basic, a code used once, PKCE S256."""
        name_and_secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        request = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if self.token_error:
            return 400, {"error": self.token_error, "error_description": "<script>"}
        if authorization != f"Basic {name_and_secret}":
            return 401, {"error": "invalid_client"}
        if request is None or request["code_challenge"] != challenge.decode().rstrip("="):
            return 400, {"error": "invalid_grant"}
        claims = self.claims(**{**self.person, "nonce": request["nonce"], **self.id_token_claims})
        id_token = signed(RSA_KEY, self.id_token_header, claims)
        return 200, {"access_token": "at-1", "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON body for one request."""
        self.asked.append(path)
        if path in self.broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery()
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/token":
            return self.token_answer(form, authorization)
        if path == "/userinfo" and authorization == "Bearer at-1":
            return 200, {"sub": self.person["sub"], **self.userinfo_claims}
        return 404, {}

    def _discovery(self) -> dict[str, Any]:
        endpoints = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
            "jwks_uri": "/jwks",
            "end_session_endpoint": "/end-session",
        }
        return {
            "issuer": self.issuer,
            **{name: self.issuer + path for name, path in endpoints.items()},
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            **self.metadata,
        }


@contextmanager
def running_issuer(now: Callable[[], datetime]) -> Iterator[FakeIssuer]:
    """A fake issuer that answers on a free loopback port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._respond({name: values[0] for name, values in parse_qs(body).items()})

        def _respond(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            status, document = fake.answer(path, form, self.headers.get("Authorization", ""))
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeIssuer(f"http://127.0.0.1:{server.server_port}", now)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
