"""A client that proves a key with its requests (RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from tests.factories.client_keys import ClientKey
from tests.factories.proofs import proof, thumbprint
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Provider, basic

KEY = ClientKey.make("ES256")
REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))


@dataclass
class Prover:
    """It authenticates by HTTP Basic, or only says who it is when it has no secret."""

    provider: Provider
    client: ClientCredentials
    key: ClientKey = field(default=KEY)

    @property
    def jkt(self) -> str:
        return thumbprint(self.key)

    def proof(self, path: str, method: str = "POST", **changes: Any) -> str:
        return proof(self.key, method, ISSUER + path, self.provider.now, **changes)

    def post(self, path: str, body: dict[str, str | None], **changes: Any) -> TestResponse:
        """Post with a good proof, or with one that differs; ``DPoP`` replaces it, None leaves it out."""
        header = changes.pop("DPoP") if "DPoP" in changes else self.proof(path, **changes)
        headers = {} if header is None else {"DPoP": header}
        sent = {name: value for name, value in body.items() if value is not None}
        if self.client.client_secret:
            headers |= basic(self.client)
        else:
            sent["client_id"] = self.client.client_id
        return self.provider.post(path, sent, headers=headers)

    def redeem(self, code: str, **changes: Any) -> TestResponse:
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.post("/token", {**body, "code_verifier": VERIFIER}, **changes)

    def refresh(self, refresh_token: str, **changes: Any) -> TestResponse:
        return self.post("/token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, **changes)

    def push(self, request: dict[str, str | None], **changes: Any) -> TestResponse:
        asked = self.provider.request(client_id=self.client.client_id, **request)
        return self.post("/par", dict(asked), **changes)

    def code(self, **changes: str | None) -> str:
        return self.provider.code(client_id=self.client.client_id, **changes)

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """Tokens that are bound to the key, for the person who is signed in."""
        response = self.redeem(self.code(**changes))
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def userinfo(
        self, access_token: str, scheme: str = "DPoP", method: str = "GET", **changes: Any
    ) -> TestResponse:
        changes = {"access_token": access_token, **changes}
        header = changes["DPoP"] if "DPoP" in changes else self.proof("/userinfo", method, **changes)
        headers = {"Authorization": f"{scheme} {access_token}"}
        if header is not None:
            headers["DPoP"] = header
        return self.provider.browser.open("/userinfo", method=method, headers=headers, base_url=ISSUER)
