"""The client behind a request to the token endpoint and its neighbours."""

from flask import request

from identity.clients.assertions import ProvenAssertion, spend
from identity.clients.authentication import Verification, authenticate
from identity.clients.client_keys import choose_key
from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.keys.public_key import PublicKey
from identity.parameters import Parameters


def authenticated_client(
    context: Context, parameters: Parameters, *, admits_public: bool = False
) -> RegisteredClient:
    """The client that proved itself, or one that cannot where that is admitted.

    Call it before the request's session is used.

    It may fetch the client's keys, and it spends an assertion in a transaction of its own, so that the
    assertion stays spent when the request is refused. Raises Authlib's OAuth2Error.
    """
    now = context.now()

    def find_key(client: RegisteredClient, kid: str | None, algorithm: str) -> PublicKey | None:
        if client.jwks_uri is not None:
            return context.published_keys.find_key(client.client_id, client.jwks_uri, kid, algorithm, now)
        return choose_key(client.jwks, kid, algorithm) if client.jwks is not None else None

    def spend_once(proven: ProvenAssertion) -> bool:
        with context.own_transaction() as session:
            return spend(session, proven)

    issuer = context.settings.issuer
    verification = Verification(
        issuer=issuer,
        # RFC 9126 §2 wants both accepted, wherever clients authenticate.
        endpoints=frozenset({f"{issuer}/token", f"{issuer}/par"}),
        now=now,
        find_client=context.find_client,
        find_key=find_key,
        spend=spend_once,
        admits_public=admits_public,
    )
    return authenticate(request.headers.get("Authorization"), parameters, verification)
