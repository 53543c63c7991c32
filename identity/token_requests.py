"""How a grant becomes an answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from sqlmodel import Session

from identity.authorization_server import token_issuer
from identity.claims import ReleasedClaims, release
from identity.claims_parameter import VECTOR
from identity.clients.enabled import is_enabled
from identity.clients.registry import RegisteredClient
from identity.clients.token_metadata import GRANT_TYPES, OFFLINE_ACCESS
from identity.context import Context
from identity.grants import authorization_code, client_credentials, refresh_token
from identity.grants.redemption import Redemption
from identity.grants.refresh_token import policy_of
from identity.parameters import Parameters
from identity.scopes import BESIDE_SUB
from identity.tokens import access_tokens, refresh_tokens
from identity.tokens.access_tokens import new_token_id
from identity.tokens.signed_tokens import AccessToken, SignIn, TokenIssuer, Validity
from identity.vectors_of_trust import TRUSTMARK, Vector, find_vector, trust_in
from identity.vectors_of_trust import answer as answer_vector
from profiles.disclosure import service as disclosure


class OldAccessUnconfirmed(UnauthorizedClientError):  # type: ignore[misc]
    """The app has not confirmed in time that it ended old access, so its agreement stops new tokens.

    Nothing is spent by it: the same code or refresh token is good again once the app has answered.
    """

    def __init__(self) -> None:
        super().__init__(
            "the app has not confirmed that it ended old access: it must answer its logout tokens"
        )


def answer(
    context: Context,
    session: Session,
    client: RegisteredClient,
    parameters: Parameters,
    now: datetime,
    jkt: str | None,
) -> dict[str, Any]:
    """Tokens for a grant, good with the key ``jkt`` alone; bearer tokens when it is None.

    Raises Authlib's OAuth2Error, OldAccessUnconfirmed among them; Replayed means that its grant must be
    revoked.
    """
    grant_type = parameters.find("grant_type")
    if grant_type is None:
        raise InvalidRequestError("grant_type is required")
    if grant_type not in GRANT_TYPES:
        raise UnsupportedGrantTypeError(None)
    if grant_type not in client.grant_types:
        raise UnauthorizedClientError("the client was registered without this grant type")
    if grant_type == client_credentials.GRANT_TYPE:
        return _service_tokens(context, session, client, parameters, now, jkt)
    own = token_issuer(context).own_resources
    if grant_type == refresh_token.GRANT_TYPE:
        policy = policy_of(client, context.settings)
        redeemed = refresh_token.redeem(session, client, parameters, own, policy, now, jkt)
    else:
        redeemed = authorization_code.redeem(session, client, parameters, own, now, jkt)
    return _personal_tokens(context, session, client, redeemed, now, jkt)


def _personal_tokens(
    context: Context,
    session: Session,
    client: RegisteredClient,
    redeemed: Redemption,
    now: datetime,
    jkt: str | None,
) -> dict[str, Any]:
    """Tokens about a person, whose access is decided again.

    The claims of the scopes are at userinfo (OpenID Connect Core §5.4); here are those asked for by name,
    and what belongs beside the ``sub``. The access token says nothing of the person but the ``sub``.
    """
    sign_in, issuer = redeemed.sign_in, token_issuer(context)
    has_id_token = "openid" in redeemed.scope.split()
    accepted = [one for one in map(find_vector, redeemed.accepted_vectors) if one is not None]
    wants_vector = bool(accepted) or VECTOR in redeemed.id_token_claims
    asked = redeemed.id_token_claims | BESIDE_SUB if has_id_token else frozenset()
    if has_id_token and (VECTOR in asked or any(one.identity for one in accepted)):
        asked |= {disclosure.IDENTITY_CONFIDENCE}
    try:
        told = release(session, redeemed.person_id, client.app_id, asked, sign_in.sid, now)
    except disclosure.AccessRefused:
        raise InvalidGrantError("access has ended") from None
    if told.access.gets_no_tokens:
        raise OldAccessUnconfirmed
    validity = Validity.until_known_change(now, context.settings.token_seconds, told.access.until)
    access_token = AccessToken(
        token_id=new_token_id(redeemed.grant_id),
        client_id=client.client_id,
        sub=sign_in.sub,
        scope=redeemed.scope,
        audience=redeemed.audience,
        issued_at=validity.issued_at,
        expires_at=validity.expires_at,
        jkt=jkt,
    )
    tokens = _access(session, client, context, access_token, validity, sign_in)
    if has_id_token:
        claims = {name: one for name, one in told.values.items() if name != disclosure.IDENTITY_CONFIDENCE}
        if wants_vector:
            claims |= _vector(issuer, client, redeemed, accepted, told)
        tokens["id_token"] = issuer.id_token(session, client, sign_in, validity, claims)
    successor = _refresh_token(context, session, client, redeemed, told.access.until, now, jkt)
    if successor is not None:
        tokens["refresh_token"] = successor
    return tokens


def _vector(
    issuer: TokenIssuer,
    client: RegisteredClient,
    redeemed: Redemption,
    accepted: Sequence[Vector],
    told: ReleasedClaims,
) -> dict[str, str]:
    """What stands behind the sign-in, and by whose words that is said (RFC 8485 §3.2)."""
    confidence = told.values.get(disclosure.IDENTITY_CONFIDENCE)
    trust = trust_in(
        redeemed.sign_in.acr,
        redeemed.sign_in.amr,
        is_public=client.is_public,
        identity=confidence.rank if confidence else None,
    )
    return {"vot": answer_vector(accepted, trust), "vtm": issuer.issuer + TRUSTMARK}


def _service_tokens(
    context: Context,
    session: Session,
    client: RegisteredClient,
    parameters: Parameters,
    now: datetime,
    jkt: str | None,
) -> dict[str, Any]:
    """An access token alone: nobody signed in, and the client can ask again (RFC 6749 §4.4.3)."""
    if not is_enabled(session, client.client_id):
        raise InvalidClientError("the client is disabled", status_code=401)
    if disclosure.gets_no_tokens(session, client.app_id, now):
        raise OldAccessUnconfirmed
    allowed = client_credentials.authorize(client, parameters, token_issuer(context).api)
    validity = Validity.until_known_change(now, context.settings.token_seconds, None)
    access_token = AccessToken(
        token_id=new_token_id(None),
        client_id=client.client_id,
        sub=client.client_id,
        scope=allowed.scope,
        audience=allowed.audience,
        issued_at=validity.issued_at,
        expires_at=validity.expires_at,
        jkt=jkt,
    )
    return _access(session, client, context, access_token, validity)


def _access(
    session: Session,
    client: RegisteredClient,
    context: Context,
    token: AccessToken,
    validity: Validity,
    sign_in: SignIn | None = None,
) -> dict[str, Any]:
    issued = access_tokens.issue(session, token_issuer(context), token, client.access_token_format, sign_in)
    return {
        "access_token": issued,
        "token_type": token.token_type,
        "expires_in": validity.expires_in,
        "scope": token.scope,
    }


def _refresh_token(
    context: Context,
    session: Session,
    client: RegisteredClient,
    redeemed: Redemption,
    known_change: datetime | None,
    now: datetime,
    jkt: str | None,
) -> str | None:
    """The refresh token of the answer; the family's scope stays what was granted (RFC 6749 §6)."""
    if redeemed.successor is not None:
        token, is_stored = redeemed.successor.token, redeemed.successor.is_stored
    elif OFFLINE_ACCESS in redeemed.granted_scope.split():
        token, is_stored = refresh_tokens.new_token(), False
    else:
        return None
    policy = policy_of(client, context.settings)
    expires_at = policy.expiry(redeemed.authorized_at, now, known_change)
    if is_stored and not policy.rotates:
        refresh_tokens.prolong(session, token, expires_at)
    if not is_stored:
        # Who has no other proof of who it is keeps its tokens to its key (RFC 9449 §5).
        bound_to = jkt if client.is_public else None
        refresh_tokens.store(session, token, redeemed.grant_id, now, expires_at, bound_to)
    return token
