"""The token endpoint (RFC 6749 §3.2)."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, request

from identity.authorization_server import token_response
from identity.clients.authentication import authenticate
from identity.clients.registry import RegisteredClient
from identity.context import Context, current
from identity.endpoints.answers import private_json, token_error
from identity.grants.authorization_code import CodeReplayed
from identity.parameters import Parameters
from identity.tokens.codes import revoke
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.roles.permissions import public


@public
def token() -> Response:
    """Tokens for a client that proved itself. Only the body counts: what stands in the address is ignored."""
    context = current()
    try:
        parameters = _parameters()
        # Before the request's own transaction, so that a wrong secret never waits for writers.
        client = authenticate(request.headers.get("Authorization"), parameters, context.find_client)
        try:
            answer = token_response(context, context.session(), client, parameters, context.now())
        except CodeReplayed as replay:
            _revoke(context, client, replay)
            raise
        return private_json(answer)
    except OAuth2Error as error:
        return token_error(error)


def _parameters() -> Parameters:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidRequestError("the body must be application/x-www-form-urlencoded")
    parameters = Parameters(request.form.items(multi=True))
    if parameters.too_large:
        raise InvalidRequestError("the request is too large")
    if parameters.repeated:
        raise InvalidRequestError("a parameter was sent more than once")
    return parameters


def _revoke(context: Context, client: RegisteredClient, replay: CodeReplayed) -> None:
    """Revoke what the code gave; it survives this request's refusal (RFC 6749 §4.1.2)."""
    context.roll_back()
    with context.own_transaction() as session:
        if revoke(session, replay.grant_id, context.now()):
            append(
                session,
                Event.CODE_REPLAYED,
                Initiator.client(client.client_id),
                context.now(),
                person_id=replay.person_id,
                app_id=client.app_id,
                details={"client_id": client.client_id, "grant_id": str(replay.grant_id)},
            )
