"""The public part of a key, which verifies what its private part signed."""

from typing import Any

from joserfc.errors import JoseError

from identity.keys.algorithms import read_key


class PublicKey:
    """A public key made ready to verify, for exactly one algorithm."""

    def __init__(self, jwk: dict[str, Any]) -> None:
        """Take a public JWK with `kid` and `alg`. Raises UnsupportedAlgorithm when they do not fit."""
        self.jwk = jwk
        self.kid: str = jwk["kid"]
        self.algorithm: str = jwk["alg"]
        self._key, self._model = read_key(jwk, self.algorithm)

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the key itself, whatever else stands beside it (RFC 7638)."""
        return self._key.thumbprint()

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Whether this key made the signature; malformed signatures are simply false."""
        try:
            return self._model.verify(signing_input, signature, self._key)
        except (JoseError, ValueError):
            return False


def verify_signature(jwk: dict[str, Any], algorithm: str, signing_input: bytes, signature: bytes) -> bool:
    """Whether the key of a public JWK made this raw signature under the algorithm that the caller expects.

    Raises UnsupportedAlgorithm when the key is of another kind, or names another algorithm.
    """
    return PublicKey({"kid": "", **jwk, "alg": algorithm}).verify(signing_input, signature)
