"""The authorization code grant (RFC 6749 §4.1.3)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.registry import RegisteredClient
from identity.parameters import Parameters
from identity.pkce import check_verifier
from identity.sessions.models import SessionClient
from identity.tokens.codes import hash_code, spend
from identity.tokens.models import Grant
from identity.tokens.signed_tokens import SignIn

GRANT_TYPE = "authorization_code"

_BY_CODE = select(
    col(Grant.id),
    col(Grant.client_id),
    col(Grant.person_id),
    col(Grant.sid),
    col(Grant.redirect_uri),
    col(Grant.scope),
    col(Grant.nonce),
    col(Grant.code_challenge),
    col(Grant.acr),
    col(Grant.amr),
    col(Grant.auth_time),
    col(Grant.expires_at),
    col(Grant.spent_at),
    col(SessionClient.sub),
    col(SessionClient.ended_at),
    col(SessionClient.sid).label("present_sid"),
).where(
    col(Grant.code_hash) == bindparam("code_hash"),
    col(SessionClient.id) == col(Grant.session_client_id),
)


class CodeReplayed(InvalidGrantError):  # type: ignore[misc]
    """A spent code came back: what it gave must be revoked (RFC 6749 §4.1.2)."""

    def __init__(self, grant_id: UUID, person_id: UUID) -> None:
        super().__init__("the code was used before")
        self.grant_id = grant_id
        self.person_id = person_id


@dataclass(frozen=True)
class RedeemedCode:
    """What a code stood for, spent by this very request."""

    person_id: UUID
    scope: str
    sign_in: SignIn
    token_id: str
    """The ``jti`` of the access token to make."""


def redeem(session: Session, client: RegisteredClient, parameters: Parameters, now: datetime) -> RedeemedCode:
    """Spend a code once; the conditional UPDATE decides between any number of requests.

    Raises Authlib's InvalidRequestError when something is missing, InvalidGrantError when the code is
    unknown, expired, another client's or not proved, CodeReplayed when it was spent before.
    """
    code, redirect_uri = parameters.find("code"), parameters.find("redirect_uri")
    if code is None or redirect_uri is None:
        raise InvalidRequestError("code and redirect_uri are required")
    grant = session.connection().execute(_BY_CODE, {"code_hash": hash_code(code)}).one_or_none()
    if grant is None or grant.client_id != client.client_id:
        raise InvalidGrantError("the code is not valid")
    if grant.spent_at is not None:
        raise CodeReplayed(grant.id, grant.person_id)
    if now >= grant.expires_at:
        raise InvalidGrantError("the code has expired")
    if redirect_uri != grant.redirect_uri:
        raise InvalidGrantError("redirect_uri is not the one of the authorization request")
    check_verifier(parameters.find("code_verifier"), grant.code_challenge)
    if grant.ended_at is not None or grant.present_sid != grant.sid:
        raise InvalidGrantError("the session has ended")
    token_id = spend(session, grant.id, now)
    if token_id is None:
        raise CodeReplayed(grant.id, grant.person_id)
    sign_in = SignIn(grant.sub, grant.sid, grant.auth_time, grant.acr, tuple(grant.amr), grant.nonce)
    return RedeemedCode(grant.person_id, grant.scope, sign_in, token_id)
