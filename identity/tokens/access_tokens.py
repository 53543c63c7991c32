"""Access tokens in both forms: a JWT that resources can read (RFC 9068), or 256 random bits.

Whatever the form, the token's id names the grant that it came of, so that revoking the grant revokes it
without a row of its own.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, case, cast, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from identity.clients.token_metadata import OPAQUE
from identity.keys.errors import InvalidJWT
from identity.tokens.models import OpaqueAccessToken, RevokedAccessToken
from identity.tokens.signed_tokens import AccessToken, SignIn, TokenIssuer
from profiles.prepared import Prepared

_INSERT = Prepared(insert(OpaqueAccessToken))
OPAQUE_COLUMNS = (
    col(OpaqueAccessToken.token_id),
    col(OpaqueAccessToken.client_id),
    col(OpaqueAccessToken.sub),
    col(OpaqueAccessToken.scope),
    col(OpaqueAccessToken.audience),
    col(OpaqueAccessToken.issued_at),
    col(OpaqueAccessToken.expires_at),
    col(OpaqueAccessToken.jkt),
)
"""What an opaque token says, in the order of ``AccessToken``."""
GRANT_ID: ColumnElement[UUID] = cast(
    case(
        (col(OpaqueAccessToken.token_id).contains("."), func.substr(col(OpaqueAccessToken.token_id), 1, 32))
    ),
    Uuid,
)
"""The grant that an opaque token's id names; NULL for a service's."""
_BY_HASH = Prepared(
    select(*OPAQUE_COLUMNS).where(col(OpaqueAccessToken.token_hash) == bindparam("token_hash"))
)


def new_token_id(grant_id: UUID | None) -> str:
    """A fresh ``jti``; None is for a service, whose tokens come of no person's grant."""
    unique = secrets.token_urlsafe(16)
    return unique if grant_id is None else f"{grant_id.hex}.{unique}"


def grant_of(token: AccessToken) -> UUID | None:
    """The grant that a token names; None for a service's."""
    grant, dot, _ = token.token_id.partition(".")
    return UUID(grant) if dot else None


def issue(
    session: Session,
    issuer: TokenIssuer,
    token: AccessToken,
    access_token_format: str,
    sign_in: SignIn | None = None,
) -> str:
    """The token as its client gets it; ``sign_in`` is how its person signed in, None for a service's own."""
    if access_token_format != OPAQUE:
        return issuer.access_token(session, token, sign_in)
    opaque = secrets.token_urlsafe(32)
    _INSERT.run(session, vars(token) | {"token_hash": hash_token(opaque)})
    return opaque


def find(
    session: Session,
    issuer: TokenIssuer,
    unverified_token: str,
    now: datetime,
    *,
    allow_expired: bool = False,
) -> AccessToken | None:
    """What a token says; None when it is not ours or has expired. It may have been revoked."""
    if is_signed(unverified_token):
        try:
            return issuer.read_access_token(session, unverified_token, now, allow_expired=allow_expired)
        except InvalidJWT:
            return None
    found = _BY_HASH.first(session, {"token_hash": hash_token(unverified_token)})
    if found is None or (now >= found.expires_at and not allow_expired):
        return None
    return AccessToken(*found)


def revoke(session: Session, token: AccessToken) -> bool:
    """Revoke one access token alone, for the rest of its life; False when it was revoked before."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    revoked = dialect.insert(RevokedAccessToken).values(token_id=token.token_id, expires_at=token.expires_at)
    return session.connection().execute(revoked.on_conflict_do_nothing()).rowcount == 1


def is_signed(unverified_token: str) -> bool:
    """Whether it has the form of a JWT; else it can only be opaque."""
    return "." in unverified_token


def hash_token(token: str) -> str:
    """What is kept of an opaque token."""
    return hashlib.sha256(token.encode()).hexdigest()
