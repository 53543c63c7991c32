"""The token endpoint (RFC 6749 §3.2)."""

from authlib.oauth2.base import OAuth2Error

from identity.clients.registry import RegisteredClient
from identity.context import Context, current
from identity.endpoints.answers import private_json, token_error
from identity.endpoints.client_requests import authenticated_request
from identity.endpoints.sender_keys import proven_key
from identity.exchange import Answer, direct
from identity.grants.redemption import Replayed
from identity.token_requests import answer
from identity.tokens.codes import revoke
from profiles.audit.service import Initiator, append
from profiles.roles.permissions import public


@public
@direct
def token() -> Answer:
    """Tokens for a client that proved itself, or for a public one.

    Only the body counts: what stands in the address is ignored.
    """
    context = current()
    try:
        client, parameters = authenticated_request(context, admits_public=True)
        try:
            jkt = proven_key(context, client)
            tokens = answer(context, context.session(), client, parameters, context.now(), jkt)
        except Replayed as replay:
            _revoke(context, client, replay)
            raise
        return private_json(tokens)
    except OAuth2Error as error:
        return token_error(error)


def _revoke(context: Context, client: RegisteredClient, replay: Replayed) -> None:
    """Revoke what the grant gave; it survives this request's refusal (RFC 6749 §4.1.2, RFC 9700 §4.14.2)."""
    context.roll_back()
    with context.own_transaction() as session:
        if revoke(session, replay.grant_id, context.now()):
            append(
                session,
                replay.event,
                Initiator.client(client.client_id),
                context.now(),
                person_id=replay.person_id,
                app_id=client.app_id,
                details={"client_id": client.client_id, "grant_id": str(replay.grant_id)},
            )
