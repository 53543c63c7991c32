"""Who a request at the token endpoint comes from (RFC 6749 §2.3.1)."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from identity.clients.registry import RegisteredClient
from identity.clients.service import hash_secret
from identity.parameters import Parameters

# RFC 6749 §A.1 allows any visible character; what is longer than the column cannot be one of ours.
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass(frozen=True)
class UnverifiedCredentials:
    """What a request says about itself."""

    client_id: str
    client_secret: str
    method: str


def is_client_id(text: str) -> bool:
    """Whether this could be a client's id, so that nothing else reaches the database."""
    return _CLIENT_ID.fullmatch(text) is not None


def authenticate(
    authorization: str | None,
    parameters: Parameters,
    find_client: Callable[[str], RegisteredClient | None],
) -> RegisteredClient:
    """The client that proved itself by its one registered method, in constant time.

    Raises Authlib's InvalidClientError, and InvalidRequestError when two methods are used at once (§2.3).
    """
    unverified = _read(authorization, parameters)
    client = find_client(unverified.client_id) if is_client_id(unverified.client_id) else None
    expected = client.client_secret_hash if client else hash_secret("")
    secret_holds = hmac.compare_digest(hash_secret(unverified.client_secret), expected)
    if client is None or not secret_holds or client.token_endpoint_auth_method != unverified.method:
        raise _refusal("client authentication failed")
    return client


def _read(authorization: str | None, parameters: Parameters) -> UnverifiedCredentials:
    client_id, secret = parameters.find("client_id"), parameters.find("client_secret")
    if authorization is not None:
        if secret is not None:
            raise InvalidRequestError("only one method of client authentication may be used")
        unverified = _read_basic(authorization)
        if client_id is not None and client_id != unverified.client_id:
            raise InvalidRequestError("client_id is not the one that authenticated")
        return unverified
    if client_id is None or secret is None:
        raise _refusal("client authentication is required")
    return UnverifiedCredentials(client_id, secret, "client_secret_post")


def _read_basic(authorization: str) -> UnverifiedCredentials:
    """Both halves are form-encoded before they are joined (RFC 6749 §2.3.1), unlike in plain HTTP."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError
        client_id, colon, secret = (
            base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
        )
        if not colon:
            raise ValueError
        return UnverifiedCredentials(
            unquote_plus(client_id, errors="strict"),
            unquote_plus(secret, errors="strict"),
            "client_secret_basic",
        )
    except (binascii.Error, ValueError):
        raise _refusal("the Authorization header cannot be read") from None


def _refusal(description: str) -> InvalidClientError:
    return InvalidClientError(description, status_code=401)
