"""A department's provider as its answers are, good or bad; a real one is in tests/flows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.client_keys import PublishedKeys
from identity.clients.errors import DocumentUnavailable
from identity.federation import links
from identity.federation.errors import Fault, UpstreamUnavailable
from identity.federation.openid.metadata import WELL_KNOWN, UpstreamDirectory
from identity.federation.upstreams import EXTENSION, Upstreams
from profiles.audit.service import Initiator
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.upstreams import CLIENT_ID, ISSUER, id_token_claims, make_provider
from tests.identity.endpoints.provider import ISSUER as LANYARD
from tests.identity.endpoints.provider import Provider

KEY = ClientKey.make("ES256", "department-key")


@dataclass
class Department:
    """The provider of the department in ``provider``; every answer of it can be changed."""

    provider: Provider
    is_down: bool = False
    keys_are_down: bool = False
    token_endpoint_is_down: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What differs from a good ID token; None leaves a claim out."""
    key: ClientKey = KEY
    issuer: str = ISSUER
    setup: dict[str, Any] = field(default_factory=dict)
    """How the provider is set up, where that is not as in ``make_provider``."""
    registered: list[tuple[Mapping[str, Any], str | None]] = field(default_factory=list)
    registration: dict[str, Any] = field(default_factory=dict)
    """What it answers to whoever registers."""
    posted: list[Mapping[str, str]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    """The addresses that were read."""
    nonce: str = ""
    provider_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        flask = self.provider.app
        upstreams: Upstreams = flask.extensions[EXTENSION]
        flask.extensions[EXTENSION] = replace(
            upstreams,
            directory=UpstreamDirectory(self._fetch),
            published_keys=PublishedKeys(self._fetch),
            post=self._post,
            post_json=self._register,
        )
        with transaction(self.provider.engine) as session:
            here = self.provider.organisation.id
            made = make_provider(session, self.provider.now, here, issuer=self.issuer, **self.setup)
            self.provider_id = made.id

    def _fetch(self, uri: str) -> Any:
        self.fetched.append(uri)
        if self.is_down:
            raise DocumentUnavailable("could not be reached")
        if uri == f"{self.issuer}/keys":
            if self.keys_are_down:
                raise DocumentUnavailable("answered 503")
            return jwks(KEY)
        assert uri == self.issuer + WELL_KNOWN, uri
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.metadata,
        }

    def _post(self, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        assert address == f"{self.issuer}/token"
        self.posted.append(form)
        if self.token_endpoint_is_down:
            raise UpstreamUnavailable("the provider's token endpoint answered 502", Fault.TOKEN_ENDPOINT)
        changes = {
            "iss": self.issuer,
            "nonce": self.nonce,
            "auth_time": int(self.provider.now.timestamp()),
            **self.claims,
        }
        return {"id_token": self.key.sign(id_token_claims(self.provider.now, **changes))}

    def _register(self, address: str, body: Mapping[str, Any], access_token: str | None) -> Any:
        assert address == f"{self.issuer}/register"
        self.registered.append((body, access_token))
        return {"client_id": "given-by-the-department", **self.registration}

    def link(self, person_id: UUID, subject: str = "account-1", realm: str = "") -> UUID:
        with transaction(self.provider.engine) as session:
            return links.link(
                session,
                self.provider.now,
                issuer=self.issuer,
                subject=subject,
                realm=realm,
                person_id=person_id,
                initiator=Initiator.system("test"),
            )

    def leave(self, **query: str) -> dict[str, str]:
        """Choose the department; what the browser is sent to its provider with."""
        page = self.provider.get("/sign-in/departments", query)
        return self.sent_on(self.provider.submit(page, to=str(self.provider_id)))

    def sent_on(self, page: TestResponse) -> dict[str, str]:
        """What a page that goes on to the provider asks it for."""
        assert page.status_code == 200, page.text
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
        assert found, page.text
        address = unescape(found.group(1))
        assert address.startswith(f"{self.issuer}/authorize?"), address
        asked = dict(parse_qsl(urlsplit(address).query))
        self.nonce = asked["nonce"]
        return asked

    def come_back(self, asked: Mapping[str, str], **changes: str | None) -> TestResponse:
        """The provider's answer; None leaves a parameter out."""
        answer = {"code": "a-code", "state": asked["state"], **changes}
        path = asked["redirect_uri"].removeprefix(LANYARD)
        return self.provider.get(path, {name: value for name, value in answer.items() if value is not None})

    def sign_in(self, **query: str) -> TestResponse:
        """Leave and come back."""
        return self.come_back(self.leave(**query))


__all__ = ["CLIENT_ID", "ISSUER", "Department"]
