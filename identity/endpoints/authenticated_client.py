"""The client behind a request to the token endpoint and its neighbours."""

from flask import request

from identity.clients.assertions import ProvenAssertion, spend
from identity.clients.authentication import Verification, authenticate
from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.parameters import Parameters


def authenticated_client(
    context: Context, parameters: Parameters, *, admits_public: bool = False
) -> RegisteredClient:
    """The client that proved itself, or one that cannot where that is admitted.

    Call it before the request's session is used.

    It may fetch the client's keys, and it spends an assertion in a transaction of its own, so that the
    assertion stays spent when the request is refused. Raises Authlib's OAuth2Error.
    """

    def spend_once(proven: ProvenAssertion) -> bool:
        with context.own_transaction() as session:
            return spend(session, proven)

    issuer = context.settings.issuer
    verification = Verification(
        issuer=issuer,
        # RFC 9126 §2 wants both accepted, wherever clients authenticate.
        endpoints=frozenset({f"{issuer}/token", f"{issuer}/par"}),
        now=context.now(),
        find_client=context.find_client,
        find_key=context.find_client_key,
        spend=spend_once,
        admits_public=admits_public,
    )
    return authenticate(request.headers.get("Authorization"), parameters, verification)
