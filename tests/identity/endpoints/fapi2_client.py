"""A client of the FAPI 2.0 Security Profile, which does all that the profile demands of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.factories.client_keys import ASSERTION_TYPE, ClientKey, claims, jwks
from tests.identity.endpoints.prover import REFRESHING, Prover
from tests.identity.endpoints.provider import ISSUER, Provider, answer

ASSERTION_KEY = ClientKey.make("ES256", "assertions")


@dataclass
class Fapi2Client(Prover):
    """It proves itself by assertion, proves its key with the nonce that it heard last, and pushes."""

    nonce: str | None = None
    assertion_key: ClientKey = field(default=ASSERTION_KEY)

    @classmethod
    def of(cls, provider: Provider, **metadata: Any) -> Fapi2Client:
        """One that says no more than that it wants the profile, and which keys it has."""
        chosen: dict[str, Any] = {
            "profile": "fapi2",
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "PS256",
            "jwks": jwks(ASSERTION_KEY),
            "tokens": REFRESHING,
            **metadata,
        }
        client = cls(provider, provider.another_client(**chosen))
        client.push({})  # whose answer brings the first nonce
        return client

    def assertion(self, **changes: Any) -> str:
        good = {"audience": ISSUER, **changes}
        return self.assertion_key.sign(
            claims(self.client.client_id, good.pop("audience"), self.provider.now, **good)
        )

    def proof(self, path: str, method: str = "POST", **changes: Any) -> str:
        return super().proof(path, method, **{"nonce": self.nonce, **changes})

    def post(self, path: str, body: dict[str, str | None], **changes: Any) -> TestResponse:
        """Post with a good assertion and a good proof, or with others."""
        header = changes.pop("DPoP") if "DPoP" in changes else self.proof(path, **changes)
        good = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(), **body}
        sent = {name: value for name, value in good.items() if value is not None}
        response = self.provider.post(path, sent, headers={} if header is None else {"DPoP": header})
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)
        return response

    def reference(self, **request: str | None) -> str:
        """The ``request_uri`` of a request that was accepted."""
        response = self.push(request)
        assert response.status_code == 201, response.text
        request_uri: str = response.json["request_uri"]
        return request_uri

    def come(self, request_uri: str, **others: str) -> TestResponse:
        """The browser comes with the reference."""
        query = {"client_id": self.client.client_id, "request_uri": request_uri, **others}
        return self.provider.get("/authorize", query)

    def code(self, **changes: str | None) -> str:
        return answer(self.come(self.reference(**changes)))["code"]
