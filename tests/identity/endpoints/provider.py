"""The provider as a relying party sees it, with one app, one client and one person who may use it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from jose import jwt
from sqlmodel import Session
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.database import transaction
from identity.acr import PASSWORD_AMR
from identity.clients import service as clients
from identity.clients.client_keys import PublishedKeys
from identity.clients.errors import DocumentUnavailable
from identity.clients.service import ClientCredentials
from identity.context import EXTENSION, install
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import create_initial_keys
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.disclosure import service as disclosure
from profiles.organisations.service import OrganisationView
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_employee
from tests.support.snapshots import Snapshot

ISSUER = "https://id.example"
REDIRECT_URI = "https://casework.example/callback"
AFTER_LOGOUT = "https://casework.example/bye"
VERIFIER = "the-verifier-that-only-this-client-knows-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ENCRYPTION_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
SCOPE = "openid profile email employment clearance entitlements"


@dataclass(frozen=True)
class Start:
    """What is there before anything happens."""

    organisation: OrganisationView
    app_id: UUID
    client: ClientCredentials
    person_id: UUID
    notice_digest: str


def register(session: Session, now: datetime, app_id: UUID, **metadata: Any) -> ClientCredentials:
    chosen: dict[str, Any] = {
        "client_name": "Casework",
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": [AFTER_LOGOUT],
        "backchannel_logout_uri": "https://casework.example/backchannel-logout",
        "development": False,
    }
    return clients.register(session, now, INITIATOR, app_id=app_id, **(chosen | metadata))


def make_start(session: Session, now: datetime) -> Start:
    """The keys, a department with an app and its client, and a person who may use it and saw the notice."""
    create_initial_keys(session, KeyEncryption.from_base64(ENCRYPTION_KEY), now)
    organisation = make_organisation(session, now)
    app = make_app(session, now, organisation)
    make_rule(session, now, app, organisation_id=organisation.id)
    client = register(session, now, app.id)
    person_id = make_employee(session, now, organisation).person_id
    notice = disclosure.notice_needed(session, person_id, app.id, now)
    assert notice is not None
    disclosure.acknowledge_notice(session, person_id, app.id, notice.digest, now)
    return Start(organisation, app.id, client, person_id, notice.digest)


START = Snapshot(make_start)


@dataclass
class Clock:
    """The time that the application reads; tests move it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Provider:
    """Everything a protocol test needs, in the words of the protocol."""

    database_url: str
    clock: Clock
    app: Flask = field(init=False)
    browser: FlaskClient = field(init=False)
    organisation: OrganisationView = field(init=False)
    department_app: App = field(init=False)
    client: ClientCredentials = field(init=False)
    person_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(
            environment="production",
            issuer=ISSUER,
            database_url=self.database_url,
            secret_key="a secret key that is long enough for production",
            encryption_key=ENCRYPTION_KEY,
        )
        self.app = create_app(settings, clock=self.clock)
        with transaction(self.engine) as session:
            start = START.put(session, self.now)
            self.department_app = session.get_one(App, start.app_id)
        self.organisation, self.client, self.person_id = start.organisation, start.client, start.person_id
        self.notice_digest = start.notice_digest
        self.browser = self.new_browser()

    @property
    def engine(self) -> Any:
        return self.app.extensions["engine"]

    @property
    def now(self) -> datetime:
        return self.clock.now

    def register(self, session: Session, app_id: UUID, **metadata: Any) -> ClientCredentials:
        return register(session, self.now, app_id, **metadata)

    def another_client(self, **metadata: Any) -> ClientCredentials:
        """A second client of the same app."""
        with transaction(self.engine) as session:
            return self.register(session, self.department_app.id, **metadata)

    def publish(self, documents: Mapping[str, Any]) -> None:
        """Let these addresses, and no others, hold these documents: JSON, or the text of a request object."""

        def fetch(uri: str) -> Any:
            if uri not in documents:
                raise DocumentUnavailable("could not be reached")
            return documents[uri]

        context = self.app.extensions[EXTENSION]
        fetched = {"fetch_document": fetch, "fetch_request_object": fetch}
        install(self.app, replace(context, published_keys=PublishedKeys(fetch), **fetched))

    def new_browser(self) -> FlaskClient:
        return self.app.test_client()

    def sign_in(
        self,
        person_id: UUID | None = None,
        browser: FlaskClient | None = None,
        amr: Sequence[str] = PASSWORD_AMR,
    ) -> None:
        """Begin a session of this person in the browser, as the sign-in page does."""
        with transaction(self.engine) as session:
            token = sessions.start(
                session,
                self.now,
                person_id=person_id or self.person_id,
                limits=Limits(timedelta(hours=1), timedelta(hours=12)),
                amr=amr,
            )
        (browser or self.browser).set_cookie(
            cookie_name(https=True), token, domain="id.example", secure=True, httponly=True
        )

    def new_employee(self, name: str = "alex.green") -> UUID:
        """Somebody who may use the app and has seen no notice yet."""
        with transaction(self.engine) as session:
            return make_employee(session, self.now, self.organisation, name).person_id

    def another_person(self, name: str = "sam.jones") -> UUID:
        """Somebody else who may use the app and has seen the notice."""
        with transaction(self.engine) as session:
            person_id = make_employee(session, self.now, self.organisation, name).person_id
            disclosure.acknowledge_notice(
                session, person_id, self.department_app.id, self.notice_digest, self.now
            )
        return person_id

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request; None leaves one out."""
        parameters: dict[str, str | None] = {
            "client_id": self.client.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPE,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def authorize(self, **changes: str | None) -> TestResponse:
        return self.get("/authorize", self.request(**changes))

    def get(self, path: str, query: Any = None) -> TestResponse:
        return self.browser.get(path, query_string=query, base_url=ISSUER)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        return self.browser.post(path, data=data, base_url=ISSUER, **options)

    def code(self, **changes: str | None) -> str:
        """A fresh code for the person who is signed in."""
        return answer(self.authorize(**changes))["code"]

    def redeem(
        self, code: str, client: ClientCredentials | None = None, **changes: str | None
    ) -> TestResponse:
        """Post a code to the token endpoint, authenticated by HTTP Basic."""
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **changes,
        }
        body = {name: value for name, value in parameters.items() if value is not None}
        return self.post("/token", body, headers=basic(client or self.client))

    def refresh(
        self, refresh_token: str, client: ClientCredentials | None = None, **changes: str | None
    ) -> TestResponse:
        """Post a refresh token to the token endpoint, authenticated by HTTP Basic."""
        parameters = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        body = {name: value for name, value in parameters.items() if value is not None}
        return self.post("/token", body, headers=basic(client or self.client))

    def ask_about(self, path: str, token: str, client: ClientCredentials | None = None) -> TestResponse:
        """Post a token to ``/introspect`` or ``/revoke``, authenticated by HTTP Basic."""
        return self.post(path, {"token": token}, headers=basic(client or self.client))

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        response = self.redeem(self.code(**changes))
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def submit(self, page: TestResponse, /, to: str = "", **fields: str) -> TestResponse:
        """Send a form of a page, hidden fields included, as a browser without scripts does.

        It is the first one whose address has ``to`` in it.
        """
        forms = re.findall(
            r'<form[^>]* action="([^"]+)" method="post"[^>]*>(.*?)</form>', page.text, re.DOTALL
        )
        action, inputs = next(form for form in forms if to in form[0])
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inputs)
        headers = {"Referer": f"{ISSUER}/"}
        return self.post(unescape(action), dict(hidden) | fields, headers=headers)

    def userinfo(self, access_token: str) -> TestResponse:
        return self.browser.get(
            "/userinfo", headers={"Authorization": f"Bearer {access_token}"}, base_url=ISSUER
        )

    @cached_property
    def jwks(self) -> dict[str, dict[str, Any]]:
        published = self.get("/jwks.json").json or {}
        return {key["kid"]: key for key in published["keys"]}

    def verified(self, token: str, audience: str, algorithm: str = "RS256") -> dict[str, Any]:
        """The claims of a token, verified by python-jose, which knows nothing of our code."""
        key = self.jwks[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=ISSUER,
            options={"verify_exp": False, "verify_iat": False, "verify_at_hash": False},
        )
        return claims

    def id_token_claims(self, **changes: str | None) -> dict[str, Any]:
        return self.verified(self.tokens(**changes)["id_token"], self.client.client_id)


def basic(client: ClientCredentials) -> dict[str, str]:
    """HTTP Basic as RFC 6749 §2.3.1 has it."""
    pair = f"{client.client_id}:{client.client_secret}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def answer(response: TestResponse, redirect_uri: str = REDIRECT_URI) -> Mapping[str, str]:
    """The parameters with which the browser is sent back to the client; it must be sent nowhere else."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert location.startswith(redirect_uri), location
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True)
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def next_path(to_sign_in: str) -> str:
    """Where the sign-in page at this address leads back to."""
    return dict(parse_qsl(urlsplit(to_sign_in).query))["next"]


def refused_token(response: TestResponse, error: str, status: int = 400) -> None:
    """The token endpoint refused, in the form of an error (RFC 6749 §5.2): JSON that nobody keeps."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    assert response.json["error"] == error
    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.json) <= {"error", "error_description"}
