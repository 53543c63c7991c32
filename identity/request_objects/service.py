"""Reads what a client signed, and lets it count once (RFC 9101 §6, OpenID Connect Core §6).

Nothing of an object is believed before its signature holds. Encrypted objects are not supported.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core.errors import InvalidRequestObjectError
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.client_jwts import (
    LONGEST_LIFE,
    FindKey,
    accepted_algorithms,
    check_begun,
    check_signature,
    find_moment,
    take_apart,
)
from identity.clients.errors import InvalidClientJWT
from identity.clients.registry import RegisteredClient
from identity.forgetting import BATCH, forget
from identity.keys.foreign_jwt import ForeignJWT
from identity.parameters import Parameters
from identity.reauthentication import GOOD_FOR
from identity.request_objects.models import SpentRequestObject
from profiles.disclosure.once import insert_once

# RFC 9101 §10.8: its own type, or none where clients are older.
_TYPES = frozenset({"oauth-authz-req+jwt", "jwt", ""})
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
# What a refusal may name: it is read on a page, and nobody signed it yet.
_NAMED = frozenset(
    {
        *("response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("resource", "prompt", "max_age", "claims", "acr_values", "vtr", "id_token_hint", "login_hint"),
        *("display", "ui_locales", "claims_locales", "registration"),
        *("code_challenge", "code_challenge_method", "dpop_jkt"),
    }
)
# JSON can spell halves of characters, which no address holds, and NUL, which no database keeps.
_STORABLE = re.compile(r"[^\x00\ud800-\udfff]*")
OLDEST = timedelta(minutes=60)
"""FAPI 2.0 Message Signing §5.3.1: how long ago ``nbf`` may be, and how long after it ``exp``."""
_FIND_SPENT = select(col(SpentRequestObject.expires_at)).where(
    col(SpentRequestObject.client_id) == bindparam("client_id"),
    col(SpentRequestObject.object_hash) == bindparam("object_hash"),
)


@dataclass(frozen=True)
class RequestObject:
    """What a client signed: every check has passed."""

    client_id: str
    parameters: Parameters
    object_hash: str
    expires_at: datetime | None
    """None only for an object by reference, which its client can take away at any time."""


def read(
    unverified_jwt: str,
    client: RegisteredClient,
    find_key: FindKey,
    *,
    issuer: str,
    came_at: datetime,
    now: datetime,
    may_last: bool = False,
) -> RequestObject:
    """The request that the client signed. Raises InvalidRequestObjectError.

    ``came_at`` is when the person came with it: signing in may take longer than it lasts. ``may_last`` lets
    it be without ``exp``. May fetch the client's keys: call it before any write begins.
    """
    try:
        unverified = take_apart(unverified_jwt, _TYPES)
        if unverified.algorithm not in accepted_algorithms(client, client.request_object_signing_alg):
            raise InvalidClientJWT("the algorithm is not the registered one")
        _check_parties(unverified.claims, client.client_id, issuer)
        expires_at = _check_times(unverified.claims, client, came_at, now, may_last=may_last)
        parameters = Parameters(_pairs(unverified.claims))
        object_hash = _hash(unverified)
        check_signature(unverified, client, find_key)
    except InvalidClientJWT as refusal:
        raise InvalidRequestObjectError(f"the request object is refused: {refusal}") from None
    return RequestObject(client.client_id, parameters, object_hash, expires_at)


def spend(session: Session, used: RequestObject) -> bool:
    """Let it count; of any number of uses at once, one is told True. It needs an ``expires_at``."""
    values = {
        "client_id": used.client_id,
        "object_hash": used.object_hash,
        "expires_at": used.expires_at,
    }
    return insert_once(session, SpentRequestObject, values)


def is_spent(session: Session, used: RequestObject) -> bool:
    """Whether it has counted already."""
    keys = {"client_id": used.client_id, "object_hash": used.object_hash}
    return session.connection().execute(_FIND_SPENT, keys).first() is not None


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget objects with which nobody can be on the way any more; True when there may be more."""
    return forget(session, SpentRequestObject, SpentRequestObject.expires_at, now - GOOD_FOR, limit)


def _check_parties(claims: dict[str, Any], client_id: str, issuer: str) -> None:
    """From this client, for us, and for nothing else (RFC 9101 §4, §5 and §10.8)."""
    if claims.get("client_id") != client_id:
        raise InvalidClientJWT("client_id must be in it, the same as outside")
    if claims.get("iss", client_id) != client_id:
        raise InvalidClientJWT("iss must be the client_id")
    audience = claims.get("aud")
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidClientJWT("aud must be the issuer")
    if claims.get("sub") == client_id:
        raise InvalidClientJWT("sub must not be the client_id: that is an assertion")
    if "request" in claims or "request_uri" in claims:
        raise InvalidClientJWT("a request object cannot hold another")


def _check_times(
    claims: dict[str, Any], client: RegisteredClient, came_at: datetime, now: datetime, *, may_last: bool
) -> datetime | None:
    check_begun(claims, now)
    begins_at, expires_at = find_moment(claims, "nbf"), find_moment(claims, "exp")
    if client.is_fapi2:
        if begins_at is None or begins_at <= came_at - OLDEST:
            raise InvalidClientJWT("nbf is missing or too long ago")
        if expires_at is None or expires_at > begins_at + OLDEST:
            raise InvalidClientJWT("exp is missing or too long after nbf")
    if expires_at is None:
        if may_last:
            return None
        raise InvalidClientJWT("exp is required")
    if expires_at <= came_at:
        raise InvalidClientJWT("it has expired")
    if expires_at > now + LONGEST_LIFE and not may_last:
        raise InvalidClientJWT("exp is too far ahead")
    return expires_at


def _pairs(claims: dict[str, Any]) -> list[tuple[str, str]]:
    """The claims as parameters: numbers and objects become text, null counts as left out (RFC 9101 §4)."""
    pairs: list[tuple[str, str]] = []
    for name, value in claims.items():
        if name in _OF_THE_JWT or value is None:
            continue
        if name == "resource" and isinstance(value, list):
            pairs.extend((name, _text(name, one)) for one in value)
        elif (name == "claims" and isinstance(value, dict)) or (name == "vtr" and isinstance(value, list)):
            pairs.append((name, json.dumps(value)))
        else:
            pairs.append((name, _text(name, value)))
    return pairs


def _text(name: str, value: object) -> str:
    """A parameter that were passed over would turn what the client signed into something else."""
    if isinstance(value, str) and _STORABLE.fullmatch(name + value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    shown = name if name in _NAMED else "a parameter"
    raise InvalidClientJWT(f"{shown} must be text or a whole number")


def _hash(unverified: ForeignJWT) -> str:
    """What it is remembered by. Not the signature: for one object there may be several."""
    jti = unverified.claims.get("jti")
    if jti is not None and (not isinstance(jti, str) or not jti):
        raise InvalidClientJWT("jti must be text")
    known_by = unverified.signing_input if jti is None else json.dumps({"jti": jti}).encode()
    return hashlib.sha256(known_by).hexdigest()
