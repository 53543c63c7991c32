"""The client credentials grant: a service acts for itself, in its app's organisation (RFC 6749 §4.4)."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import InvalidScopeError

from identity.clients.registry import RegisteredClient
from identity.clients.resource_indicators import find_audience
from identity.clients.token_metadata import CLIENT_CREDENTIALS as GRANT_TYPE
from identity.parameters import Parameters

__all__ = ["GRANT_TYPE", "ServiceAuthorization", "authorize"]


@dataclass(frozen=True)
class ServiceAuthorization:
    """What a service may do, and where."""

    scope: str
    audience: str


def authorize(client: RegisteredClient, parameters: Parameters, api: str) -> ServiceAuthorization:
    """What the client asked for of what it was registered for: all of it when it says nothing.

    Without a resource the token is for Lanyard's own API. Raises Authlib's InvalidScopeError,
    InvalidTargetError.
    """
    asked = (parameters.find("scope") or "").split() or client.service_scopes
    if not client.service_scopes.issuperset(asked):
        raise InvalidScopeError("scope goes beyond what the client was registered for")
    audience = find_audience(parameters, {api, *client.resources})
    return ServiceAuthorization(" ".join(sorted(asked)), audience or api)
