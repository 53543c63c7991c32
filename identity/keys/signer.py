"""Who signs: an interface that a KMS or HSM can implement, and the key held in this process."""

from typing import Any, Protocol

from identity.keys.algorithms import read_key


class Signer(Protocol):
    """Signs bytes with one key, wherever that key lives. Safe to use from several threads."""

    @property
    def kid(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    def sign(self, signing_input: bytes) -> bytes:
        """The raw signature in the form of the JWS algorithm (for ES256, r and s: RFC 7518 §3.4)."""
        ...


class LocalSigner:
    """A signer whose private key was decrypted and made ready once, in this process's memory."""

    def __init__(self, kid: str, algorithm: str, private_jwk: dict[str, Any]) -> None:
        """Raises UnsupportedAlgorithm when the key is not of the algorithm's kind."""
        self._kid = kid
        self._algorithm = algorithm
        self._key, self._model = read_key(private_jwk, algorithm)

    @property
    def kid(self) -> str:
        return self._kid

    @property
    def algorithm(self) -> str:
        return self._algorithm

    def sign(self, signing_input: bytes) -> bytes:
        return self._model.sign(signing_input, self._key)
