"""The pushed authorization request endpoint (RFC 9126 §2)."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.errors import InvalidRequestObjectError

from identity.authorization_request import CannotReturn, Obstacle, find_return_address, read
from identity.clients.registry import RegisteredClient
from identity.context import Context, current
from identity.endpoints.answers import private_json, token_error
from identity.endpoints.client_requests import authenticated_request
from identity.endpoints.sender_keys import bound_request
from identity.exchange import Answer, direct
from identity.parameters import Parameters
from identity.pushed_requests.service import LIFETIME, push
from identity.request_objects.service import RequestObject, spend
from identity.unfolded_requests import read_object
from profiles.roles.permissions import public

_REASONS = {
    Obstacle.UNKNOWN_CLIENT: "client_id is required",
    Obstacle.UNREGISTERED_ADDRESS: "redirect_uri is missing or not registered",
}


@public
@direct
def pushed_authorization() -> Answer:
    """Judge a request as the authorization endpoint does, and keep it for the person to come with."""
    context = current()
    try:
        client, parameters = authenticated_request(context)
        asked, signed = _asked(context, client, parameters)
        asked = bound_request(context, client, asked)
        _check(client, asked)
        session = context.session()
        if signed is not None and not spend(session, signed):
            raise InvalidRequestObjectError("the request object was used before")
        request_uri = push(session, client.client_id, asked, context.now())
    except OAuth2Error as error:
        return token_error(error)
    response = private_json({"request_uri": request_uri, "expires_in": int(LIFETIME.total_seconds())})
    response.status_code = 201
    return response


def _asked(
    context: Context, client: RegisteredClient, parameters: Parameters
) -> tuple[Parameters, RequestObject | None]:
    """What is asked for: by a request object that and nothing else (RFC 9126 §3). Raises OAuth2Error."""
    if parameters.find("request_uri") is not None:
        raise InvalidRequestError("request_uri cannot be pushed")
    unverified_jwt = parameters.find("request")
    if unverified_jwt is None:
        if client.require_signed_request_object:
            raise InvalidRequestError("the client must sign its requests")
        return parameters, None
    signed = read_object(context, client, unverified_jwt, context.now(), context.now())
    return signed.parameters, signed


def _check(client: RegisteredClient, parameters: Parameters) -> None:
    """Raises Authlib's OAuth2Error (RFC 9126 §2.1 and §2.3)."""
    try:
        return_address = find_return_address(parameters, lambda _client_id: client)
    except CannotReturn as error:
        raise InvalidRequestError(_REASONS.get(error.obstacle, "the request cannot be read")) from None
    read(parameters, return_address)
