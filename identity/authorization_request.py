"""The one strict reading of an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2).

First the client, then its redirect URI; until both hold, nobody is redirected anywhere. From then on every
error goes back to the client.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oidc.core.errors import RegistrationNotSupportedError

from identity.claims_parameter import ClaimsRequest, read_claims
from identity.clients.authentication import is_client_id
from identity.clients.metadata import MAX_AGE_LIMIT
from identity.clients.registry import RegisteredClient
from identity.clients.resource_indicators import asked_resources
from identity.clients.token_metadata import AUTHORIZATION_CODE
from identity.clients.uris import NATIVE
from identity.errors import IdentityError
from identity.parameters import Parameters
from identity.pkce import check_challenge
from identity.vectors_of_trust import Vector, read_vectors

RESPONSE_TYPES = ("code",)
FORM_POST = "form_post"
RESPONSE_MODES = ("query", FORM_POST)
# There is no consent to ask for (it is a notice, shown when it is new), so ``consent`` changes nothing.
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MAX_NONCE_CHARACTERS = 512
# A nonce is kept until the code is redeemed; control characters have no business in a database.
_NONCE = re.compile(r"[^\x00-\x1f\x7f]*")
# SHA-256 in base64url without padding (RFC 7638 §3).
_JKT = re.compile(r"[A-Za-z0-9_-]{43}")
_DIGITS = re.compile(r"[0-9]{1,10}")


class Obstacle(StrEnum):
    """Why a request cannot even be answered at the client's address."""

    UNKNOWN_CLIENT = "unknown_client"
    UNREGISTERED_ADDRESS = "unregistered_address"
    MALFORMED = "malformed"
    SPENT_REFERENCE = "spent_reference"
    """A pushed request that is unknown, another client's, used or expired (RFC 9126 §4); a used object."""


class CannotReturn(IdentityError):
    """The error that must never redirect (RFC 6749 §4.1.2.1): it is shown on Lanyard's own page."""

    def __init__(self, obstacle: Obstacle, client: RegisteredClient | None = None) -> None:
        super().__init__(obstacle)
        self.obstacle = obstacle
        self.client = client
        """The client that asked wrongly, where it is known."""


@dataclass(frozen=True)
class ReturnAddress:
    """Where the answer goes: a registered address, with the state that the client gave, and how."""

    client: RegisteredClient
    redirect_uri: str
    state: str | None
    response_mode: str = RESPONSE_MODES[0]

    @property
    def is_anybodys(self) -> bool:
        """Whether other programs on the person's device could receive the answer (RFC 8252 §8.6).

        Any of them can listen on the loopback or claim a private-use scheme; an https address is proved to be
        the app's own by the operating system or the browser.
        """
        return self.client.application_type == NATIVE and not self.redirect_uri.startswith("https://")

    def fields(self, issuer: str, answer: Mapping[str, str]) -> dict[str, str]:
        """The answer's parameters; ``iss`` is in every answer (RFC 9207 §2)."""
        state = {} if self.state is None else {"state": self.state}
        return {**answer, **state, "iss": issuer}

    def with_answer(self, issuer: str, answer: Mapping[str, str]) -> str:
        """The address with the answer in its query; the registered query survives untouched."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return self.redirect_uri + joint + urlencode(self.fields(issuer, answer))


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request every part of which is in order. Hints are still only what the client says."""

    return_address: ReturnAddress
    scope: str
    resources: tuple[str, ...]
    claims: ClaimsRequest
    nonce: str | None
    code_challenge: str | None
    dpop_jkt: str | None
    """The thumbprint of the one key with which the code may be redeemed (RFC 9449 §10)."""
    prompts: frozenset[str]
    max_age: int | None
    unverified_id_token_hint: str | None
    login_hint: str | None
    acr_values: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()
    """The vectors of trust of which one must be met (RFC 8485 §4); empty when the client does not say."""

    @property
    def client(self) -> RegisteredClient:
        """The client that asks."""
        return self.return_address.client

    @property
    def insists(self) -> bool:
        """Whether a sign-in that does not reach what is asked for is no answer."""
        return bool(self.claims.essential_acrs or self.vectors)

    @property
    def asked_acrs(self) -> tuple[str, ...]:
        """The levels that the client insists on, or else those that it wishes for, best first."""
        claims = self.claims
        return claims.essential_acrs or claims.voluntary_acrs or self.acr_values


def find_return_address(
    parameters: Parameters, find_client: Callable[[str], RegisteredClient | None]
) -> ReturnAddress:
    """The client and one of its own addresses.

    Raises CannotReturn.
    """
    if parameters.too_large or parameters.repeated & {"client_id", "redirect_uri"}:
        raise CannotReturn(Obstacle.MALFORMED)
    client_id = parameters.find("client_id")
    client = find_client(client_id) if client_id is not None and is_client_id(client_id) else None
    if client is None:
        raise CannotReturn(Obstacle.UNKNOWN_CLIENT)
    redirect_uri = parameters.find("redirect_uri")
    if redirect_uri is None or not client.may_return_to(redirect_uri):
        raise CannotReturn(Obstacle.UNREGISTERED_ADDRESS, client)
    response_mode = parameters.find("response_mode")
    if response_mode not in RESPONSE_MODES:  # read() refuses it, and says so in the default mode
        response_mode = RESPONSE_MODES[0]
    return ReturnAddress(client, redirect_uri, parameters.find("state"), response_mode)


def read(parameters: Parameters, return_address: ReturnAddress) -> AuthorizationRequest:
    """The rest of the request. Raises Authlib's OAuth2Error, for the client to hear."""
    client = return_address.client
    if parameters.repeated:
        raise InvalidRequestError("a parameter was sent more than once")
    if AUTHORIZATION_CODE not in client.grant_types:
        raise UnauthorizedClientError("the client was registered without codes")
    _refuse_unsupported(parameters)
    prompts = frozenset((parameters.find("prompt") or "").split())
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("prompt has an unknown value, or none together with another")
    nonce = parameters.find("nonce")
    if nonce is not None and (len(nonce) > MAX_NONCE_CHARACTERS or not _NONCE.fullmatch(nonce)):
        raise InvalidRequestError("nonce is too long or has control characters")
    code_challenge = parameters.find("code_challenge")
    check_challenge(
        code_challenge,
        parameters.find("code_challenge_method"),
        required=client.require_pkce or client.is_public,
    )
    claims = read_claims(parameters.find("claims"), client.scopes)
    vectors = read_vectors(parameters.find("vtr"))
    if vectors and (parameters.find("acr_values") or claims.essential_acrs or claims.voluntary_acrs):
        # iGov Profile for OpenID Connect §2.1: one language or the other.
        raise InvalidRequestError("vtr cannot be sent together with acr_values or an acr in claims")
    return AuthorizationRequest(
        return_address=return_address,
        scope=_scope(parameters, client),
        resources=asked_resources(parameters, client.resources),
        claims=claims,
        nonce=nonce,
        code_challenge=code_challenge,
        dpop_jkt=_dpop_jkt(parameters),
        prompts=prompts,
        max_age=_max_age(parameters, client.default_max_age),
        unverified_id_token_hint=parameters.find("id_token_hint"),
        login_hint=parameters.find("login_hint"),
        acr_values=() if vectors else _acr_values(parameters, client.default_acr_values),
        vectors=vectors,
    )


def _refuse_unsupported(parameters: Parameters) -> None:
    if parameters.find("registration") is not None:
        raise RegistrationNotSupportedError("the registration parameter is not supported")
    response_type = parameters.find("response_type")
    if response_type is None:
        raise InvalidRequestError("response_type is required")
    if response_type not in RESPONSE_TYPES:
        raise OAuth2Error("response_type must be code", error="unsupported_response_type")
    if parameters.find("response_mode") not in {None, *RESPONSE_MODES}:
        raise InvalidRequestError(f"response_mode must be one of {', '.join(RESPONSE_MODES)}")


def _scope(parameters: Parameters, client: RegisteredClient) -> str:
    """What is granted of what was asked: unknown scopes are ignored (OpenID Connect Core §3.1.2.1)."""
    asked = (parameters.find("scope") or "").split()
    if "openid" not in asked:
        raise InvalidScopeError("scope must include openid")
    return " ".join(dict.fromkeys(scope for scope in asked if scope in client.scopes))


def _acr_values(parameters: Parameters, default: tuple[str, ...]) -> tuple[str, ...]:
    """What the request says counts before what the client registered (OpenID Connect Registration §2)."""
    text = parameters.find("acr_values")
    return default if text is None else tuple(dict.fromkeys(text.split()))


def _dpop_jkt(parameters: Parameters) -> str | None:
    jkt = parameters.find("dpop_jkt")
    if jkt is not None and not _JKT.fullmatch(jkt):
        raise InvalidRequestError("dpop_jkt must be the base64url of a SHA-256, 43 characters")
    return jkt


def _max_age(parameters: Parameters, default: int | None) -> int | None:
    text = parameters.find("max_age")
    if text is None:
        return default
    if not _DIGITS.fullmatch(text):
        raise InvalidRequestError("max_age must be a number of seconds")
    return min(int(text), MAX_AGE_LIMIT)
