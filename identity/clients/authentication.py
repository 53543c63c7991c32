"""Who a request at the token endpoint comes from (RFC 6749 §2.3, RFC 7521 §4.2, OpenID Connect Core §9)."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from identity.clients import assertions
from identity.clients.assertions import ProvenAssertion
from identity.clients.client_jwts import FindKey
from identity.clients.client_secrets import fingerprint, hash_secret
from identity.clients.errors import InvalidClientJWT
from identity.clients.metadata import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, PRIVATE_KEY_JWT
from identity.clients.public_clients import NONE
from identity.clients.registry import RegisteredClient, SecretHash
from identity.clients.uses import OWN_KEY
from identity.keys.foreign_jwt import ForeignJWT
from identity.parameters import Parameters

# No hash is empty, so that nothing ever matches.
_NO_SECRETS = (SecretHash("-" * 64),)
# RFC 6749 §A.1 allows any visible character; what is longer than the column cannot be one of ours.
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass(frozen=True)
class UnverifiedCredentials:
    """What a request says about itself: a secret, an assertion, or nothing but who it is."""

    client_id: str
    method: str
    client_secret: str = ""
    assertion: ForeignJWT | None = None


@dataclass(frozen=True)
class Verification:
    """What checking credentials needs of the server that was asked."""

    issuer: str
    endpoints: frozenset[str]
    """Besides the issuer, what an assertion may be meant for."""
    now: datetime
    find_client: Callable[[str], RegisteredClient | None]
    find_key: FindKey
    spend: Callable[[ProvenAssertion], bool]
    """Spends an assertion in a transaction of its own; False when it was used before."""
    note_use: Callable[[str, str], None]
    """Notes that a client has proved itself, and with what."""
    admits_public: bool = False
    """Whether a public client is heard, which proves nothing."""


def is_client_id(text: str) -> bool:
    """Whether this could be a client's id, so that nothing else reaches the database."""
    return _CLIENT_ID.fullmatch(text) is not None


def authenticate(
    authorization: str | None, parameters: Parameters, verification: Verification
) -> RegisteredClient:
    """The client that proved itself by its one registered method, in constant time.

    A public client, where it is admitted, only says who it is: whatever it gets must hang on something else.
    Raises Authlib's InvalidClientError, and InvalidRequestError when two methods are used at once (§2.3).
    """
    unverified = _read(authorization, parameters)
    known = is_client_id(unverified.client_id)
    client = verification.find_client(unverified.client_id) if known else None
    if unverified.assertion is not None:
        return _check_assertion(unverified.assertion, client, verification)
    if unverified.method == NONE:
        if client is None or not client.is_public or not verification.admits_public:
            raise _refusal("client authentication is required")
        verification.note_use(client.client_id, NONE)
        return client
    presented_hash = hash_secret(unverified.client_secret)
    secret_holds = _secret_holds(client, presented_hash, verification.now)
    if client is None or not secret_holds or client.token_endpoint_auth_method != unverified.method:
        raise _refusal("client authentication failed")
    verification.note_use(client.client_id, fingerprint(presented_hash))
    return client


def claimed_client_id(authorization: str | None, parameters: Parameters) -> str | None:
    """Who a request says that it comes from, in whichever way; nothing of it is proved."""
    try:
        return _read(authorization, parameters).client_id
    except OAuth2Error:
        return parameters.find("client_id")


def _secret_holds(client: RegisteredClient | None, presented_hash: str, now: datetime) -> bool:
    """Whether it is one of the client's secrets that are good now; for an unknown client it takes as long."""
    holds = False
    for secret in client.secrets if client and client.secrets else _NO_SECRETS:
        good = secret.expires_at is None or now < secret.expires_at
        holds |= hmac.compare_digest(presented_hash, secret.secret_hash) and good
    return holds


def _check_assertion(
    unverified: ForeignJWT, client: RegisteredClient | None, verification: Verification
) -> RegisteredClient:
    if client is None or client.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        raise _refusal("client authentication failed")
    try:
        proven = assertions.verify(
            unverified,
            client,
            verification.find_key,
            issuer=verification.issuer,
            endpoints=verification.endpoints,
            now=verification.now,
        )
    except InvalidClientJWT as refusal:
        raise _refusal(f"the assertion is refused: {refusal}") from None
    if not verification.spend(proven):
        raise _refusal("the assertion was used before")
    verification.note_use(client.client_id, OWN_KEY)
    return client


def _read(authorization: str | None, parameters: Parameters) -> UnverifiedCredentials:
    client_id, secret = parameters.find("client_id"), parameters.find("client_secret")
    assertion = parameters.find("client_assertion")
    assertion_type = parameters.find("client_assertion_type")
    if sum(proof is not None for proof in (authorization, secret, assertion or assertion_type)) > 1:
        raise InvalidRequestError("only one method of client authentication may be used")
    if authorization is not None:
        unverified = _read_basic(authorization)
    elif assertion is not None or assertion_type is not None:
        unverified = _read_assertion(assertion, assertion_type)
    elif client_id is not None and secret is not None:
        unverified = UnverifiedCredentials(client_id, CLIENT_SECRET_POST, client_secret=secret)
    elif client_id is not None:
        unverified = UnverifiedCredentials(client_id, NONE)
    else:
        raise _refusal("client authentication is required")
    if client_id is not None and client_id != unverified.client_id:
        raise InvalidRequestError("client_id is not the one that authenticated")
    return unverified


def _read_assertion(assertion: str | None, assertion_type: str | None) -> UnverifiedCredentials:
    """The client is the assertion's ``sub``; ``client_id`` may be left out (RFC 7521 §4.2)."""
    if assertion is None or assertion_type != assertions.ASSERTION_TYPE:
        raise _refusal(f"client_assertion_type must be {assertions.ASSERTION_TYPE}, with a client_assertion")
    try:
        unverified = assertions.read(assertion)
    except InvalidClientJWT as refusal:
        raise _refusal(f"the assertion is refused: {refusal}") from None
    return UnverifiedCredentials(assertions.client_id_of(unverified), PRIVATE_KEY_JWT, assertion=unverified)


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
            CLIENT_SECRET_BASIC,
            client_secret=unquote_plus(secret, errors="strict"),
        )
    except (binascii.Error, ValueError):
        raise _refusal("the Authorization header cannot be read") from None


def _refusal(description: str) -> InvalidClientError:
    return InvalidClientError(description, status_code=401)
