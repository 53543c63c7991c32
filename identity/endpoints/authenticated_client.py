"""The client behind a request to the token endpoint and its neighbours."""

from identity.clients.assertions import ProvenAssertion, spend
from identity.clients.authentication import Verification, authenticate
from identity.clients.registry import RegisteredClient
from identity.clients.uses import note_use
from identity.context import Context
from identity.exchange import current_exchange
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

    now = context.now()

    def note_use_sometimes(client_id: str, credential: str) -> None:
        if context.noted_uses.is_due(client_id, credential, now):
            with context.own_transaction() as session:
                note_use(session, now, client_id, credential)

    issuer = context.settings.issuer
    verification = Verification(
        issuer=issuer,
        # RFC 9126 §2 wants both accepted, wherever clients authenticate.
        endpoints=frozenset({f"{issuer}/token", f"{issuer}/par"}),
        now=now,
        find_client=context.find_client,
        find_key=context.find_client_key,
        spend=spend_once,
        note_use=note_use_sometimes,
        admits_public=admits_public,
    )
    return authenticate(current_exchange().authorization, parameters, verification)
