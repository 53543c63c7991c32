"""The authorization code grant (RFC 6749 §4.1.3)."""

from collections.abc import Sequence
from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.enabled import enabled
from identity.clients.registry import RegisteredClient
from identity.clients.token_metadata import AUTHORIZATION_CODE as GRANT_TYPE
from identity.grants.redemption import Redemption, Replayed, check_key, choose_audience
from identity.parameters import Parameters
from identity.pkce import check_verifier
from identity.sessions.models import SessionClient
from identity.tokens.codes import hash_code, spend
from identity.tokens.models import Grant
from identity.tokens.signed_tokens import SignIn
from profiles.audit.catalogue import Event
from profiles.prepared import Prepared

__all__ = ["GRANT_TYPE", "CodeReplayed", "redeem"]

_BY_CODE = Prepared(
    select(
        col(Grant.id),
        col(Grant.client_id),
        col(Grant.person_id),
        col(Grant.sid),
        col(Grant.redirect_uri),
        col(Grant.scope),
        col(Grant.resources),
        col(Grant.claims),
        col(Grant.nonce),
        col(Grant.code_challenge),
        col(Grant.dpop_jkt),
        col(Grant.acr),
        col(Grant.amr),
        col(Grant.auth_time),
        col(Grant.issued_at),
        col(Grant.expires_at),
        col(Grant.spent_at),
        col(SessionClient.sub),
        col(SessionClient.ended_at),
        col(SessionClient.sid).label("present_sid"),
    ).where(
        col(Grant.code_hash) == bindparam("code_hash"),
        col(SessionClient.id) == col(Grant.session_client_id),
        enabled(col(Grant.client_id)),
    )
)


class CodeReplayed(Replayed):
    """A spent code came back: what it gave must be revoked (RFC 6749 §4.1.2)."""

    event = Event.CODE_REPLAYED


def redeem(
    session: Session,
    client: RegisteredClient,
    parameters: Parameters,
    own: Sequence[str],
    now: datetime,
    jkt: str | None,
) -> Redemption:
    """Spend a code once; the conditional UPDATE decides between any number of requests.

    ``jkt`` is the key that the request proves.
    Raises Authlib's InvalidRequestError when something is missing, InvalidGrantError when the code is
    unknown, expired, another client's or not proved, InvalidTargetError, InvalidDPoPProofError,
    CodeReplayed when it was spent.
    """
    code, redirect_uri = parameters.find("code"), parameters.find("redirect_uri")
    if code is None or redirect_uri is None:
        raise InvalidRequestError("code and redirect_uri are required")
    grant = _BY_CODE.first(session, {"code_hash": hash_code(code)})
    if grant is None or grant.client_id != client.client_id:
        raise InvalidGrantError("the code is not valid")
    if grant.spent_at is not None:
        raise CodeReplayed("the code was used before", grant.id, grant.person_id)
    if now >= grant.expires_at:
        raise InvalidGrantError("the code has expired")
    if redirect_uri != grant.redirect_uri:
        raise InvalidGrantError("redirect_uri is not the one of the authorization request")
    check_verifier(parameters.find("code_verifier"), grant.code_challenge, required=client.is_public)
    check_key(grant.dpop_jkt, jkt)
    if grant.ended_at is not None or grant.present_sid != grant.sid:
        raise InvalidGrantError("the session has ended")
    audience = choose_audience(parameters, grant.resources, own)
    if not spend(session, grant.id, now):
        raise CodeReplayed("the code was used before", grant.id, grant.person_id)
    return Redemption(
        grant_id=grant.id,
        authorized_at=grant.issued_at,
        person_id=grant.person_id,
        granted_scope=grant.scope,
        scope=grant.scope,
        audience=audience,
        id_token_claims=frozenset(grant.claims["id_token"]),
        accepted_vectors=tuple(grant.claims.get("vectors", ())),
        sign_in=SignIn(grant.sub, grant.sid, grant.auth_time, grant.acr, tuple(grant.amr), grant.nonce),
        successor=None,
    )
