"""The metadata and the keys (OpenID Connect Discovery §3, RFC 8414 §2, RFC 7517)."""

from typing import Any

import pytest
from authlib.oauth2 import rfc9207
from authlib.oidc import discovery, rpinitiated
from babel import Locale

from profiles.apps.claims import Claim
from tests.identity.endpoints.provider import ISSUER, Provider

BOTH = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
# Those of OpenID Connect Discovery, RP-Initiated and Back-Channel Logout, RFC 8414, 9126, 9207 and 9449.
DEFINED = {
    *discovery.OpenIDProviderMetadata.REGISTRY_KEYS,
    *("userinfo_endpoint", "end_session_endpoint", "code_challenge_methods_supported"),
    *("backchannel_logout_supported", "backchannel_logout_session_supported"),
    *("introspection_endpoint", "introspection_endpoint_auth_methods_supported"),
    *("revocation_endpoint", "revocation_endpoint_auth_methods_supported"),
    "authorization_response_iss_parameter_supported",
    *("pushed_authorization_request_endpoint", "dpop_signing_alg_values_supported"),
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
}


@pytest.fixture
def metadata(provider: Provider) -> dict[str, Any]:
    document: dict[str, Any] = provider.get(BOTH[0]).json
    return document


@pytest.mark.parametrize("path", BOTH)
def test_the_issuer_is_the_address_less_its_suffix(provider: Provider, path: str) -> None:
    """Discovery §4.3, RFC 8414 §3.3; checklist 1 and 2."""
    response = provider.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json["issuer"] == ISSUER
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_the_metadata_passes_authlibs_own_rules(metadata: dict[str, Any]) -> None:
    """Discovery §3."""
    discovery.OpenIDProviderMetadata(metadata).validate(
        metadata_classes=[rpinitiated.OpenIDProviderMetadata, rfc9207.AuthorizationServerMetadata]
    )


def test_every_endpoint_is_https_and_no_array_is_empty(metadata: dict[str, Any]) -> None:
    """Checklist 2."""
    addresses = [value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))]
    assert all(address.startswith(ISSUER + "/") for address in addresses)
    assert all(value for value in metadata.values() if isinstance(value, list))


def test_nothing_is_said_that_no_specification_defines(metadata: dict[str, Any]) -> None:
    """Checklist 2."""
    assert set(metadata) <= DEFINED


def test_what_must_be_supported_is_said(metadata: dict[str, Any]) -> None:
    """Checklist 3; RFC 9207 §3."""
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    assert "none" not in metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert metadata["subject_types_supported"] == ["pairwise", "public"]
    assert {"openid", "offline_access"} <= set(metadata["scopes_supported"])
    assert metadata["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert {"sub", "email", "organisation"} <= set(metadata["claims_supported"])
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_modes_supported"] == ["query", "form_post"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["request_parameter_supported"] is metadata["request_uri_parameter_supported"] is True
    assert metadata["require_request_uri_registration"] is True
    assert metadata["request_object_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]
    assert metadata["backchannel_logout_supported"] is True


def test_every_scope_and_every_claim_of_an_agreement_is_said_once(metadata: dict[str, Any]) -> None:
    """Discovery §3: what an agreement can name is what is supported, but for what is told elsewhere."""
    protocol = {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "vot", "vtm"}
    elsewhere = {"pay_history", "record", "clearances", "leave", "changes", "identity_confidence"}
    assert sorted(metadata["claims_supported"]) == sorted(
        protocol | ({claim.value for claim in Claim} - elsewhere)
    )
    assert metadata["scopes_supported"] == [
        *("openid", "profile", "email", "address", "phone"),
        *("employment", "clearance", "entitlements", "pay", "record", "offline_access"),
    ]


def test_languages_are_canonical_tags(metadata: dict[str, Any]) -> None:
    """BCP 47 §2.1.1: language small, region in capitals; checklist 3."""
    for name in ("ui_locales_supported", "claims_locales_supported"):
        for tag in metadata.get(name, []):
            assert str(Locale.parse(tag, sep="-")).replace("_", "-") == tag


def test_every_advertised_endpoint_answers(provider: Provider, metadata: dict[str, Any]) -> None:
    for name in (
        "authorization",
        "token",
        "userinfo",
        "end_session",
        "introspection",
        "revocation",
        "pushed_authorization_request",
    ):
        path = metadata[f"{name}_endpoint"].removeprefix(ISSUER)
        assert provider.get(path).status_code in {303, 400, 401, 405}, name


def test_keys_have_their_own_kid_and_no_private_part(provider: Provider) -> None:
    """RFC 7517 §4.5 and §9.2; checklist 4."""
    response = provider.get("/jwks.json")
    keys = response.json["keys"]
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert len({key["kid"] for key in keys}) == len(keys) == 4
    assert {key["alg"] for key in keys} == {"RS256", "PS256", "ES256", "EdDSA"}
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
