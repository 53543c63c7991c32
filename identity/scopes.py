"""Which claims a scope asks for, and which the protocol itself makes."""

from collections.abc import Mapping
from types import MappingProxyType

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
