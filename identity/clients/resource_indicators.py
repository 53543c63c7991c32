"""Which resource a token is asked for (RFC 8707)."""

from collections.abc import Collection

from authlib.oauth2.base import OAuth2Error

from identity.parameters import Parameters


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]
    """The resource is unknown, malformed or not for this client (RFC 8707 §2)."""

    error = "invalid_target"


def asked_resources(parameters: Parameters, allowed: Collection[str]) -> tuple[str, ...]:
    """The resources that a request names, each once, in its order.

    Raises InvalidTargetError for one that is not allowed, without saying whether it exists.
    """
    asked = tuple(dict.fromkeys(parameters.find_all("resource")))
    if not set(asked).issubset(allowed):
        raise InvalidTargetError("the resource is not one that this client may ask for")
    return asked


def find_audience(parameters: Parameters, allowed: Collection[str]) -> str | None:
    """The one resource that a token is asked for; None when the request leaves it open.

    A token that several resources accept could be used by each of them at the others (RFC 9700 §2.3), so
    naming several raises InvalidTargetError, too.
    """
    asked = asked_resources(parameters, allowed)
    if len(asked) > 1:
        raise InvalidTargetError("an access token is for one resource: ask for one at a time")
    return asked[0] if asked else None
