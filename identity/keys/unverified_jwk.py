"""Public keys that others wrote down: judged before anything is verified with them (RFC 7518 §6)."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from identity.keys.algorithms import KINDS
from identity.keys.errors import UnsupportedAlgorithm
from identity.keys.public_key import PublicKey

LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 4096
LONGEST_RSA_EXPONENT = 8
"""Characters in base64url; verifying with an exponent of thousands of bits takes as long as signing."""
_MEMBERS = ("kty", "crv", "n", "e", "x", "y")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def is_secret(unverified_jwk: Mapping[str, Any]) -> bool:
    """Whether the key holds what only its owner may know, or is symmetric."""
    return bool(_PRIVATE_MEMBERS.intersection(unverified_jwk)) or unverified_jwk.get("kty") == "oct"


def read_unverified_jwk(unverified_jwk: Mapping[str, Any], algorithm: str) -> PublicKey:
    """The key, ready to verify with one algorithm; of its members none but the key itself is believed.

    Raises UnsupportedAlgorithm when it is of another kind, malformed, or an RSA key of an unusual size.
    """
    kind = KINDS[algorithm]
    if unverified_jwk.get("kty") != kind.kty or unverified_jwk.get("crv") != kind.curve:
        raise UnsupportedAlgorithm(f"{algorithm} does not go with this kind of key")
    try:
        if kind.kty == "RSA" and not _is_usual_rsa(unverified_jwk["n"], unverified_jwk["e"]):
            raise UnsupportedAlgorithm(f"RSA keys have {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits")
        members = {name: unverified_jwk[name] for name in _MEMBERS if name in unverified_jwk}
        return PublicKey({**members, "kid": str(unverified_jwk.get("kid", "")), "alg": algorithm})
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        raise UnsupportedAlgorithm(f"the key cannot be used with {algorithm}") from None


def _is_usual_rsa(modulus: str, exponent: str) -> bool:
    bits = int.from_bytes(urlsafe_b64decode(modulus.encode("ascii"))).bit_length()
    return LEAST_RSA_BITS <= bits <= MOST_RSA_BITS and len(exponent) <= LONGEST_RSA_EXPONENT
