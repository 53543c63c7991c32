"""Apps that ask the real endpoints about people, in the simulated moment."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from bench.relying_party import SCOPE
from bench.year.clock import Year
from identity.clients.service import ClientCredentials
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from profiles.disclosure import service as disclosure

REDIRECT_URI = "https://desk.example/callback"
_LIMITS = Limits(idle=timedelta(days=30), absolute=timedelta(days=30))


@dataclass(frozen=True)
class Held:
    """What an app holds of somebody who signed in there."""

    browser: FlaskClient
    app_id: UUID
    access_token: str
    refresh_token: str


class Outside:
    """A browser for each person and the apps that it is sent to."""

    def __init__(self, year: Year, settings: Settings, clients: Mapping[UUID, ClientCredentials]) -> None:
        self._year = year
        self._app = create_app(settings, clock=lambda: year.now)
        self._clients = clients

    def browser_of(self, person_id: UUID) -> FlaskClient:
        """The browser of somebody who has just signed in to Lanyard, and read every notice."""
        with self._year.writing() as session:
            token = sessions.start(session, self._year.now, person_id=person_id, limits=_LIMITS)
            for app_id in self._clients:
                notice = disclosure.notice_needed(session, person_id, app_id, self._year.now)
                if notice is not None:
                    disclosure.acknowledge_notice(session, person_id, app_id, notice.digest, self._year.now)
        browser = self._app.test_client()
        browser.set_cookie(cookie_name(https=False), token, domain="localhost")
        return browser

    def sign_in(self, browser: FlaskClient, app_id: UUID) -> Held | None:
        """Walk the code flow at an app; None where the person is sent away without a code."""
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        client = self._clients[app_id]
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "state": "s",
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        answer = browser.get("/authorize", query_string=asked)
        returned = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        if "code" not in returned:
            return None
        spent = {"grant_type": "authorization_code", "code": returned["code"][0]}
        return self._token(browser, app_id, spent | {"redirect_uri": REDIRECT_URI, "code_verifier": verifier})

    def roles(self, held: Held | None) -> tuple[str, ...]:
        """What userinfo says that they may do at the app; nothing where it tells nothing."""
        if held is None:
            return ()
        bearer = {"Authorization": f"Bearer {held.access_token}"}
        answer = held.browser.get("/userinfo", headers=bearer)
        return tuple((answer.json or {}).get("roles", ())) if answer.status_code == 200 else ()

    def is_over(self, held: Held) -> bool:
        """Whether neither token nor session opens the app any more: asked in every way that an app can."""
        refreshed = self._token(
            held.browser, held.app_id, {"grant_type": "refresh_token", "refresh_token": held.refresh_token}
        )
        opened = self.sign_in(held.browser, held.app_id)
        return refreshed is None and opened is None and not self.roles(held) and not self._is_active(held)

    def close(self) -> None:
        """Let the application's connections go."""
        self._app.extensions["engine"].dispose()

    def _token(self, browser: FlaskClient, app_id: UUID, fields: Mapping[str, str]) -> Held | None:
        answer = browser.post("/token", data=fields, headers=self._basic(app_id))
        told = answer.json or {}
        if answer.status_code != 200:
            return None
        return Held(browser, app_id, told["access_token"], told.get("refresh_token", ""))

    def _is_active(self, held: Held) -> bool:
        asked = {"token": held.access_token}
        answer = held.browser.post("/introspect", data=asked, headers=self._basic(held.app_id))
        return bool((answer.json or {}).get("active"))

    def _basic(self, app_id: UUID) -> dict[str, str]:
        client = self._clients[app_id]
        pair = f"{client.client_id}:{client.client_secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
