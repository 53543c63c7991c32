"""Registration documents: JSON to a client's metadata and back (RFC 7591 §2, OpenID Connect Registration §2).

What we do not know is ignored, as the standards demand; what promises a protection that we do not give is
refused, so that nobody relies on it.
"""

from collections.abc import Mapping
from typing import Any

from identity.clients import fapi2
from identity.clients.documents import FetchDocument
from identity.clients.errors import DocumentUnavailable, InvalidClientMetadata
from identity.clients.metadata import ClientMetadata
from identity.clients.models import Client
from identity.clients.token_metadata import AUTHORIZATION_CODE, PERSONAL_SCOPES, REFRESH_TOKEN, TokenMetadata

_TEXTS = (
    *("client_name", "application_type", "backchannel_logout_uri", "initiate_login_uri"),
    *("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks_uri"),
    *("id_token_signed_response_alg", "userinfo_signed_response_alg", "sector_identifier_uri"),
    *("client_uri", "logo_uri", "policy_uri", "tos_uri", "request_object_signing_alg"),
    "profile",
)
_LISTS = ("redirect_uris", "post_logout_redirect_uris", "contacts", "default_acr_values", "request_uris")
_SWITCHES = (
    *("require_pushed_authorization_requests", "require_auth_time", "require_signed_request_object"),
    "dpop_bound_access_tokens",
)
_MAX_AGE = "default_max_age"
_GRANTED = (AUTHORIZATION_CODE, REFRESH_TOKEN)
_NOT_KEPT = (
    *("id_token_encrypted_response_alg", "userinfo_encrypted_response_alg"),
    "tls_client_certificate_bound_access_tokens",
    *("request_object_encryption_alg", "request_object_encryption_enc"),
)


def read(unverified: Mapping[str, Any]) -> ClientMetadata:
    """The metadata that a document describes, with defaults where it says nothing.

    Raises InvalidClientMetadata for a value of the wrong kind; ``ClientMetadata.check`` judges the rest.
    """
    for name in _NOT_KEPT:
        if unverified.get(name):
            raise InvalidClientMetadata(name, "is not supported")
    # Apps that could put their records together by a common sub are for an administrator to allow.
    if unverified.get("subject_type", "pairwise") != "pairwise":
        raise InvalidClientMetadata("subject_type", "must be pairwise")
    if "code" not in _list(unverified, "response_types", ("code",)):
        raise InvalidClientMetadata("response_types", "must be code")
    values: dict[str, Any] = {name: _text(unverified, name) for name in _TEXTS}
    values |= {name: _list(unverified, name) for name in _LISTS}
    values = {name: value for name, value in values.items() if value not in (None, ())}
    values = {**fapi2.defaults_of(values.get("profile")), **values}
    for name in _SWITCHES:
        values[name] = unverified.get(name, False)
        if not isinstance(values[name], bool):
            raise InvalidClientMetadata(name, "must be true or false")
    values[_MAX_AGE] = unverified.get(_MAX_AGE)
    if values[_MAX_AGE] is not None and type(values[_MAX_AGE]) is not int:
        raise InvalidClientMetadata(_MAX_AGE, "must be a whole number of seconds")
    if unverified.get("jwks") is not None:
        values["jwks"] = unverified["jwks"]
    scope = _text(unverified, "scope")
    if scope is not None:
        values["scopes"] = tuple(one for one in scope.split() if one in PERSONAL_SCOPES)
    asked = _list(unverified, "grant_types", (AUTHORIZATION_CODE,))
    grants = tuple(grant for grant in _GRANTED if grant in asked)
    if AUTHORIZATION_CODE not in grants:
        raise InvalidClientMetadata("grant_types", "must include authorization_code")
    named = {"client_name": "", "redirect_uris": ()}
    return ClientMetadata(**(named | values), tokens=TokenMetadata(grant_types=grants))


def describe(client: Client) -> dict[str, Any]:
    """What is registered, in the names of the standards (RFC 7591 §3.2.1); nothing that is not set."""
    described: dict[str, Any] = {name: getattr(client, name) for name in (*_TEXTS, *_LISTS, "jwks")}
    described |= {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "scope": client.scope,
        "grant_types": client.grant_types,
        "response_types": ["code"],
        "subject_type": client.subject_type,
        _MAX_AGE: client.default_max_age,
    }
    described |= {name: True for name in _SWITCHES if getattr(client, name)}
    return {name: value for name, value in described.items() if value not in (None, [])}


def check_sector(metadata: ClientMetadata, fetch: FetchDocument) -> None:
    """See that the sector's owner lists every redirect URI (OpenID Connect Registration §5).

    Fetches: call it before any write begins. Raises InvalidClientMetadata.
    """
    uri, field = metadata.sector_identifier_uri, "sector_identifier_uri"
    if uri is None:
        return
    try:
        listed = fetch(uri)
    except DocumentUnavailable as reason:
        raise InvalidClientMetadata(field, str(reason)) from None
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise InvalidClientMetadata(field, "must be an array of addresses")
    if not set(metadata.redirect_uris).issubset(listed):
        raise InvalidClientMetadata(field, "does not list every redirect URI")


def _text(unverified: Mapping[str, Any], name: str) -> str | None:
    value = unverified.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidClientMetadata(name, "must be text")
    return value


def _list(unverified: Mapping[str, Any], name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    value = unverified.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(one, str) and one.isprintable() for one in value):
        raise InvalidClientMetadata(name, "must be an array of texts")
    return tuple(value)
