"""Which claims a scope asks for, and which the protocol itself makes."""

from collections.abc import Mapping
from types import MappingProxyType

CLAIMS_OF_SCOPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "openid": ("organisation_id",),
        "profile": (
            "name",
            "given_name",
            "middle_name",
            "family_name",
            "nickname",
            "birthdate",
            "updated_at",
        ),
        "email": ("email", "email_verified"),
        "address": ("address",),
        "phone": ("phone_number", "phone_number_verified"),
        "employment": ("organisation", "grade", "job_title"),
        "clearance": ("meets_clearance",),
        "entitlements": ("roles", "groups", "entitlements"),
        "pay": (),
        "record": (),
        "offline_access": (),
    }
)
BESIDE_SUB = frozenset(CLAIMS_OF_SCOPE["openid"])
"""What stands in the ID token too, without being asked for by name: records are kept by it and by ``sub``."""
PROTOCOL_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "vot", "vtm")


def claims_of(scope: str) -> frozenset[str]:
    """The claims that a granted scope asks for (OpenID Connect Core §5.4)."""
    return frozenset(claim for one in scope.split() for claim in CLAIMS_OF_SCOPE.get(one, ()))
