"""Scopes to claims; the values come from ``profiles.disclosure``, the one door out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.disclosure import service as disclosure

CLAIMS_OF_SCOPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "openid": (),
        "profile": ("name", "given_name", "family_name"),
        "email": ("email", "email_verified"),
        "employment": ("organisation", "grade", "job_title"),
        "clearance": ("meets_clearance",),
        "entitlements": ("roles",),
        "offline_access": (),
    }
)
PROTOCOL_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid")


def claims_of(scope: str) -> frozenset[str]:
    """The claims that a granted scope asks for (OpenID Connect Core §5.4)."""
    return frozenset(claim for one in scope.split() for claim in CLAIMS_OF_SCOPE.get(one, ()))


@dataclass(frozen=True)
class ReleasedClaims:
    """What one app is told of one person, and the decision that lets it be told."""

    values: Mapping[str, Any]
    access: disclosure.Decision


def release(
    session: Session, person_id: UUID, app_id: UUID, scope: str, sid: str, now: datetime
) -> ReleasedClaims:
    """What was asked and is agreed for this app, written to the release log; access is decided again.

    A claim without a value is left out: no null, no empty string (OpenID Connect Core §5.3.2).
    Raises ``disclosure.AccessRefused``.
    """
    released = disclosure.release(
        session, person_id, app_id, claims=claims_of(scope), session_reference=sid, now=now
    )
    values = {name: value for name, value in released.values.items() if value not in (None, "", {}, [])}
    return ReleasedClaims(values, released.decision)
