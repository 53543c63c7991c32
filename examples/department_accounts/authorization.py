"""What Lanyard asks for at the authorization endpoint, checked (OpenID Connect Core §3.1.2, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import redirect
from werkzeug.wrappers import Response

from examples.department_accounts.settings import Settings


class AskedWrongly(Exception):
    """Nobody is sent anywhere; `args[0]` says what was wrong."""


@dataclass(frozen=True)
class Asked:
    """A request that is in order."""

    issuer: str
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    login_hint: str
    prompt: frozenset[str]
    max_age: str

    @property
    def again(self) -> bool:
        """Whether the person is to sign in anew."""
        return "login" in self.prompt or self.max_age == "0"

    @property
    def silent(self) -> bool:
        """Whether no page may be shown."""
        return "none" in self.prompt

    def address_of(self, **answer: str) -> str:
        """Where the browser goes with an answer, which names us (RFC 9207)."""
        return f"{self.redirect_uri}?{urlencode({**answer, 'state': self.state, 'iss': self.issuer})}"

    def answer(self, **answer: str) -> Response:
        """Send the browser there."""
        return redirect(self.address_of(**answer), 303)


def read(unverified: Mapping[str, str], settings: Settings) -> Asked:
    """Raises AskedWrongly for what Lanyard would not ask."""
    if unverified.get("client_id") != settings.client_id:
        raise AskedWrongly("The client is not known here.")
    if unverified.get("redirect_uri") != settings.redirect_uri:
        raise AskedWrongly("The client's address is not registered here.")
    if unverified.get("response_type") != "code" or "openid" not in unverified.get("scope", "").split():
        raise AskedWrongly("Only the code flow of OpenID Connect is spoken here.")
    if unverified.get("code_challenge_method") != "S256" or not unverified.get("code_challenge"):
        raise AskedWrongly("PKCE with S256 is needed.")
    return Asked(
        issuer=settings.issuer,
        redirect_uri=settings.redirect_uri,
        state=unverified.get("state", ""),
        nonce=unverified.get("nonce", ""),
        code_challenge=unverified["code_challenge"],
        login_hint=unverified.get("login_hint", ""),
        prompt=frozenset(unverified.get("prompt", "").split()),
        max_age=unverified.get("max_age", ""),
    )


def matches_challenge(unverified_verifier: str, code_challenge: str) -> bool:
    """Whether the verifier is the one that the code was asked for with (RFC 7636 §4.6)."""
    digest = hashlib.sha256(unverified_verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return hmac.compare_digest(made, code_challenge)
