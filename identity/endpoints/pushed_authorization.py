"""The pushed authorization request endpoint (RFC 9126 §2)."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response

from identity.authorization_request import CannotReturn, Obstacle, find_return_address, read
from identity.clients.registry import RegisteredClient
from identity.context import current
from identity.endpoints.answers import private_json, token_error
from identity.endpoints.client_requests import authenticated_request
from identity.parameters import Parameters
from identity.pushed_requests.service import LIFETIME, push
from profiles.roles.permissions import public

_REASONS = {
    Obstacle.UNKNOWN_CLIENT: "client_id is required",
    Obstacle.UNREGISTERED_ADDRESS: "redirect_uri is missing or not registered",
}


@public
def pushed_authorization() -> Response:
    """Judge a request as the authorization endpoint does, and keep it for the person to come with."""
    context = current()
    try:
        client, parameters = authenticated_request(context)
        _check(client, parameters)
        request_uri = push(context.session(), client.client_id, parameters, context.now())
    except OAuth2Error as error:
        return token_error(error)
    response = private_json({"request_uri": request_uri, "expires_in": int(LIFETIME.total_seconds())})
    response.status_code = 201
    return response


def _check(client: RegisteredClient, parameters: Parameters) -> None:
    """Raises Authlib's OAuth2Error (RFC 9126 §2.1 and §2.3)."""
    if parameters.find("request_uri") is not None:
        raise InvalidRequestError("request_uri cannot be pushed")
    try:
        return_address = find_return_address(parameters, lambda _client_id: client)
    except CannotReturn as error:
        raise InvalidRequestError(_REASONS.get(error.obstacle, "the request cannot be read")) from None
    read(parameters, return_address)
