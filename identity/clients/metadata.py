"""A client's metadata, as it may stand in the database (RFC 7591 §2, OpenID Connect Registration §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from identity.acr import ACR_VALUES
from identity.clients import fapi2
from identity.clients.client_keys import check_jwks
from identity.clients.errors import InvalidClientMetadata
from identity.clients.public_clients import NONE, check_public, check_public_tokens
from identity.clients.token_metadata import (
    AUTHORIZATION_CODE,
    OFFLINE_ACCESS,
    PERSONAL_SCOPES,
    REFRESH_TOKEN,
    SIGN_IN_ALONE,
    TokenMetadata,
)
from identity.clients.uris import APPLICATION_TYPES, SUBJECT_TYPES, check_redirect_uri, check_uri
from identity.keys.algorithms import ALGORITHMS

CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a method
CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - a method
PRIVATE_KEY_JWT = "private_key_jwt"
CONFIDENTIAL_METHODS = (CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, PRIVATE_KEY_JWT)
AUTH_METHODS = (*CONFIDENTIAL_METHODS, NONE)
SIGNING_ALGORITHMS = ALGORITHMS
PROFILES = ("oidc", fapi2.PROFILE)
SCOPES = tuple(scope for scope in PERSONAL_SCOPES if scope != OFFLINE_ACCESS)
MOST_URIS = 50
MAX_AGE_LIMIT = 10 * 365 * 24 * 3600
MAX_NAME_CHARACTERS = 200
# What clients call for in the background, and what people follow from our pages.
_CALLED = ("backchannel_logout_uri", "jwks_uri", "sector_identifier_uri")
_FOLLOWED = ("initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri")


@dataclass(frozen=True)
class ClientMetadata:
    """What a client says of itself; ``check`` it before it is believed."""

    client_name: str
    redirect_uris: tuple[str, ...]
    application_type: str = APPLICATION_TYPES[0]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    initiate_login_uri: str | None = None
    scopes: tuple[str, ...] = SCOPES
    token_endpoint_auth_method: str = AUTH_METHODS[0]
    token_endpoint_auth_signing_alg: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    id_token_signed_response_alg: str = SIGNING_ALGORITHMS[0]
    userinfo_signed_response_alg: str | None = None
    subject_type: str = SUBJECT_TYPES[0]
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    sector_identifier_uri: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    request_uris: tuple[str, ...] = ()
    request_object_signing_alg: str | None = None
    require_signed_request_object: bool = False
    profile: str = PROFILES[0]
    tokens: TokenMetadata = SIGN_IN_ALONE

    @property
    def has_secret(self) -> bool:
        """Whether the client proves itself by a secret that we give it."""
        return self.token_endpoint_auth_method not in {PRIVATE_KEY_JWT, NONE}

    @property
    def scope(self) -> str:
        """The scopes in our order, ``openid`` always among them."""
        asked = {
            "openid",
            *self.scopes,
            *([OFFLINE_ACCESS] if REFRESH_TOKEN in self.tokens.grant_types else []),
        }
        return " ".join(scope for scope in PERSONAL_SCOPES if scope in asked)

    def check(self, *, development: bool) -> None:
        """Refuse what must not be registered, by the name of its field. Raises InvalidClientMetadata."""
        name = self.client_name.strip()
        if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
            raise InvalidClientMetadata("client_name", "must not be empty, long or unprintable")
        _one_of("application_type", self.application_type, APPLICATION_TYPES)
        _one_of("profile", self.profile, PROFILES)
        _one_of("token_endpoint_auth_method", self.token_endpoint_auth_method, AUTH_METHODS)
        _one_of("id_token_signed_response_alg", self.id_token_signed_response_alg, SIGNING_ALGORITHMS)
        if self.userinfo_signed_response_alg is not None:
            _one_of("userinfo_signed_response_alg", self.userinfo_signed_response_alg, SIGNING_ALGORITHMS)
        _one_of("subject_type", self.subject_type, SUBJECT_TYPES)
        if unknown := sorted(set(self.scopes).difference(PERSONAL_SCOPES)):
            allowed = ", ".join(PERSONAL_SCOPES)
            raise InvalidClientMetadata("scope", f"{', '.join(unknown)} is not one of {allowed}")
        if self.default_max_age is not None and not 0 <= self.default_max_age <= MAX_AGE_LIMIT:
            raise InvalidClientMetadata("default_max_age", f"must be 0 to {MAX_AGE_LIMIT} seconds")
        for level in self.default_acr_values:
            _one_of("default_acr_values", level, ACR_VALUES)
        self._check_uris(development=development)
        self._check_keys()
        if self.token_endpoint_auth_method == NONE:
            check_public(require_pkce=self.require_pkce, must_push=self.require_pushed_authorization_requests)
            check_public_tokens(self.tokens)
        if self.profile == fapi2.PROFILE:
            self._check_fapi2()

    def _check_uris(self, *, development: bool) -> None:
        if not self.redirect_uris and AUTHORIZATION_CODE in self.tokens.grant_types:
            raise InvalidClientMetadata("redirect_uris", "at least one is needed")
        for field in ("redirect_uris", "post_logout_redirect_uris"):
            uris: tuple[str, ...] = getattr(self, field)
            if len(uris) > MOST_URIS:
                raise InvalidClientMetadata(field, f"may hold {MOST_URIS} addresses")
            for uri in uris:
                check_redirect_uri(
                    uri, field, development=development, application_type=self.application_type
                )
        for field in (*_CALLED, *_FOLLOWED):
            uri = getattr(self, field)
            if uri is not None:
                check_uri(uri, field, development=development)
        if len(self.request_uris) > MOST_URIS:
            raise InvalidClientMetadata("request_uris", f"may hold {MOST_URIS} addresses")
        for uri in self.request_uris:  # a fragment is a hash of the document, and never sent (Core §6.2)
            check_uri(uri.partition("#")[0], "request_uris", development=development)

    def _check_keys(self) -> None:
        if self.jwks is not None and self.jwks_uri is not None:
            raise InvalidClientMetadata("jwks", "give jwks or jwks_uri, not both")
        if self.jwks is not None:
            check_jwks(self.jwks)
        if self.request_object_signing_alg is not None:
            _one_of("request_object_signing_alg", self.request_object_signing_alg, ALGORITHMS)
        signs = self.request_object_signing_alg or self.require_signed_request_object or self.request_uris
        if signs and self.jwks is None and self.jwks_uri is None:
            raise InvalidClientMetadata("jwks", "request objects need jwks or jwks_uri")
        if self.token_endpoint_auth_method != PRIVATE_KEY_JWT:
            if self.token_endpoint_auth_signing_alg is not None:
                raise InvalidClientMetadata("token_endpoint_auth_signing_alg", "is only for private_key_jwt")
            return
        if self.jwks is None and self.jwks_uri is None:
            raise InvalidClientMetadata("jwks", "private_key_jwt needs jwks or jwks_uri")
        if self.token_endpoint_auth_signing_alg is not None:
            _one_of("token_endpoint_auth_signing_alg", self.token_endpoint_auth_signing_alg, ALGORITHMS)

    def _check_fapi2(self) -> None:
        """FAPI 2.0 Security Profile §5.3.2.1 and §5.4, as far as registration decides it."""
        _one_of("token_endpoint_auth_method", self.token_endpoint_auth_method, (PRIVATE_KEY_JWT,))
        _one_of("id_token_signed_response_alg", self.id_token_signed_response_alg, fapi2.ALGORITHMS)
        for field in (
            "token_endpoint_auth_signing_alg",
            "userinfo_signed_response_alg",
            "request_object_signing_alg",
        ):
            algorithm: str | None = getattr(self, field)
            if algorithm is not None:
                _one_of(field, algorithm, fapi2.ALGORITHMS)
        if self.jwks is not None:
            check_jwks(self.jwks, fapi2.ALGORITHMS)
        if not self.require_pkce:
            raise InvalidClientMetadata("require_pkce", "fapi2 needs PKCE")


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidClientMetadata(field, f"must be one of {', '.join(allowed)}")
