"""Lanyard as this desk sees it: discovery, the code flow through Authlib's client, and its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, session

from examples.department_app.settings import Settings
from examples.department_app.signing_keys import KeysUnavailable

TIMEOUT_SECONDS = 5
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderUnavailable(Exception):
    """Lanyard did not answer, or not as an OpenID Provider does; `args[0]` says what, for the log only."""


class CodeRefused(Exception):
    """The token endpoint refused the code; `args[0]` is the error code."""


@dataclass(frozen=True)
class Tokens:
    """What the token endpoint gave; nothing in it is verified yet."""

    unverified_id_token: str
    access_token: str


class Provider:
    """One issuer, found by discovery on first use, so that the desk may start before it."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._settings = settings
        # On one machine a proxy of the environment would be in the way.
        self._trust_env = urlsplit(settings.issuer).hostname not in LOOPBACK
        self._client = OAuth(app).register(
            "lanyard",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic",
                "default_timeout": TIMEOUT_SECONDS,
                "trust_env": self._trust_env,
            },
        )

    def begin(self, redirect_uri: str, return_to: str) -> str:
        """Remember a new sign-in in the session and return the address at Lanyard to send the person to."""
        self._metadata()
        request = self._client.create_authorization_url(redirect_uri)
        self._client.save_authorize_data(redirect_uri=redirect_uri, return_to=return_to, **request)
        return str(request["url"])

    def pending(self, state: str) -> Mapping[str, Any] | None:
        """What `begin` remembered under this state, once; None when it is unknown or was used."""
        found: Mapping[str, Any] | None = self._client.framework.get_state_data(session, state)
        self._client.framework.clear_state_data(session, state)
        return found

    def redeem(self, code: str, pending: Mapping[str, Any]) -> Tokens:
        """Change the code into tokens (RFC 6749 §4.1.3). Raises CodeRefused, ProviderUnavailable."""
        self._metadata()
        try:
            answer = self._client.fetch_access_token(
                code=code, redirect_uri=pending["redirect_uri"], code_verifier=pending["code_verifier"]
            )
        except AuthlibBaseError as error:
            raise CodeRefused(error.error) from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailable("the token endpoint did not answer properly") from error
        tokens = Tokens(answer.get("id_token"), answer.get("access_token"))
        if not isinstance(tokens.unverified_id_token, str) or not isinstance(tokens.access_token, str):
            raise ProviderUnavailable("the token endpoint left a token out")
        return tokens

    def userinfo(self, access_token: str, sub: str) -> Mapping[str, Any]:
        """The person's claims, surely the same person's (OpenID Connect Core 1.0 §5.3.2)."""
        claims = self._get_json("userinfo_endpoint", {"Authorization": f"Bearer {access_token}"})
        if claims.get("sub") != sub:
            raise ProviderUnavailable("userinfo is about somebody else")
        return claims

    def logout_url(self, *, id_token_hint: str | None, return_uri: str) -> tuple[str, str]:
        """Where to sign out of Lanyard too, and the state that comes back (RP-Initiated Logout 1.0 §2)."""
        if not self._metadata().get("end_session_endpoint"):
            raise ProviderUnavailable("discovery names no end_session_endpoint")
        request = self._client.create_logout_url(
            post_logout_redirect_uri=return_uri,
            id_token_hint=id_token_hint,
            client_id=self._settings.client_id,
        )
        return request["url"], request["state"]

    def fetch_keys(self) -> Mapping[str, Any]:
        """The issuer's key set as it is now. Raises KeysUnavailable."""
        try:
            return self._get_json("jwks_uri")
        except ProviderUnavailable as error:
            raise KeysUnavailable(error.args[0]) from error

    def _get_json(self, endpoint: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        address = self._metadata().get(endpoint)
        if not isinstance(address, str):
            raise ProviderUnavailable(f"discovery names no {endpoint}")
        try:
            with requests.Session() as http:
                http.trust_env = self._trust_env
                answer = http.get(address, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            document = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailable(f"{endpoint} did not answer properly") from error
        if not isinstance(document, dict):
            raise ProviderUnavailable(f"{endpoint} did not answer properly")
        return document

    def _metadata(self) -> Mapping[str, Any]:
        """The issuer's metadata; it must name this very issuer (Discovery 1.0 §4.3) and PKCE S256."""
        try:
            metadata: Mapping[str, Any] = self._client.load_server_metadata()
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailable("discovery did not answer properly") from error
        issuer, methods = metadata.get("issuer"), metadata.get("code_challenge_methods_supported") or ()
        if issuer != self._settings.issuer or "S256" not in methods:
            self._client.server_metadata.clear()
            raise ProviderUnavailable("discovery describes another issuer, or one without PKCE S256")
        return metadata
