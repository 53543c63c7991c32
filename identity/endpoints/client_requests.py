"""Requests that clients send themselves: a form's body, with proof of who they are if they can give one."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.endpoints import cross_origin, error_notes
from identity.endpoints.authenticated_client import authenticated_client
from identity.exchange import FORM, current_exchange
from identity.parameters import Parameters


def authenticated_request(
    context: Context, *, admits_public: bool = False
) -> tuple[RegisteredClient, Parameters]:
    """The client that proved itself, and what it sent. Only the body counts: the address is ignored.

    A public client, which proves nothing, is heard only where that is said. It happens before the request's
    own transaction, so that a wrong secret never waits for writers. Raises Authlib's OAuth2Error.
    """
    parameters = _parameters()
    client = authenticated_client(context, parameters, admits_public=admits_public)
    cross_origin.show_to(client)
    error_notes.note_client(client)
    return client, parameters


def _parameters() -> Parameters:
    exchange = current_exchange()
    if not exchange.has_form:
        raise InvalidRequestError(f"the body must be {FORM}")
    parameters = Parameters(exchange.form)
    if parameters.too_large:
        raise InvalidRequestError("the request is too large")
    if parameters.repeated:
        raise InvalidRequestError("a parameter was sent more than once")
    return parameters
