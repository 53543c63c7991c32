"""Assembles the parts: what this provider says of itself, and how a sign-in becomes a code.

Authlib gives the errors, the PKCE transformation and the metadata's rules; the hot paths are ours.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from identity import pkce
from identity.acr import answer
from identity.authorization_request import RESPONSE_MODES, RESPONSE_TYPES, AuthorizationRequest
from identity.clients.fapi2 import LONGEST_CODE
from identity.clients.service import AUTH_METHODS, CONFIDENTIAL_METHODS, SIGNING_ALGORITHMS
from identity.clients.token_metadata import GRANT_TYPES
from identity.clients.uris import SUBJECT_TYPES
from identity.context import Context
from identity.dpop.proofs import ALGORITHMS as DPOP_ALGORITHMS
from identity.keys.key_ring import KeyRing
from identity.scopes import CLAIMS_OF_SCOPE, PROTOCOL_CLAIMS
from identity.sessions.service import SignedIn
from identity.sessions.session_clients import join_client
from identity.subjects.service import sub_for
from identity.tokens import codes
from identity.tokens.codes import Authorization
from identity.tokens.signed_tokens import TokenIssuer
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure import service as disclosure


def metadata(issuer: str, acr_values: Sequence[str]) -> dict[str, Any]:
    """What the provider supports (OpenID Connect Discovery §3, RFC 8414 §2).

    RFC 9126 §5, RFC 9207 §3 and RFC 9449 §5.1 add to it. ``acr_values`` are the levels that can be reached.
    """
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks.json",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "registration_endpoint": f"{issuer}/register",
        "end_session_endpoint": f"{issuer}/end-session",
        "scopes_supported": list(CLAIMS_OF_SCOPE),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(acr_values),
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": list(CONFIDENTIAL_METHODS),
        "introspection_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *PROTOCOL_CLAIMS,
            *(claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims),
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "ui_locales_supported": ["en"],
        "code_challenge_methods_supported": list(pkce.METHODS),
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def _accepted(asked: AuthorizationRequest) -> dict[str, list[str]]:
    """The vectors of trust of which the ID token answers one, for the grant to remember."""
    return {"vectors": [one.text for one in asked.vectors]} if asked.vectors else {}


def token_issuer(context: Context) -> TokenIssuer:
    """The maker and reader of this provider's tokens."""
    return _made_once(context.settings.issuer, context.key_ring)


@lru_cache(maxsize=8)
def _made_once(issuer: str, key_ring: KeyRing) -> TokenIssuer:
    """A process has one provider; tests have several."""
    return TokenIssuer(issuer, key_ring)


def issue_code(
    context: Context,
    session: Session,
    asked: AuthorizationRequest,
    signed_in: SignedIn,
    access: disclosure.Decision,
    now: datetime,
) -> str:
    """The code for a person whom we let in; it lives no longer than their access is known to.

    Raises SessionEnded when the login session has ended meanwhile.
    """
    client = asked.client
    sub = sub_for(session, client.sector, signed_in.person_id, now)
    joined = join_client(session, signed_in, client, sub, access.roles, now)
    authorization = Authorization(
        client_id=client.client_id,
        person_id=signed_in.person_id,
        session_client_id=joined.id,
        sid=joined.sid,
        redirect_uri=asked.return_address.redirect_uri,
        scope=asked.scope,
        resources=asked.resources,
        claims=asked.claims.as_json() | _accepted(asked),
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
        dpop_jkt=asked.dpop_jkt,
        acr=answer(signed_in.acr, asked.asked_acrs),
        amr=signed_in.amr,
        auth_time=signed_in.auth_time,
    )
    life = timedelta(seconds=context.settings.code_seconds)
    limit = now + (min(life, LONGEST_CODE) if client.is_fapi2 else life)
    expires_at = limit if access.until is None else min(limit, access.until)
    append(
        session,
        Event.APP_OPENED,
        Initiator.person(signed_in.person_id),
        now,
        person_id=signed_in.person_id,
        app_id=client.app_id,
        details={"client_id": client.client_id, "session_client_id": str(joined.id), "scope": asked.scope},
    )
    return codes.issue(session, authorization, now, expires_at)
