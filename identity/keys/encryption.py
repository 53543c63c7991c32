"""Secrets at rest: AES-256-GCM under keys from the environment (NIST SP 800-38D)."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.keys.errors import AlteredSecret, InvalidEncryptionKey, UnknownEncryptionKey

KEY_BYTES = 32
_FORMAT = b"\x01"
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_PREFIX_BYTES = len(_FORMAT) + _KEY_ID_BYTES


class KeyEncryption:
    """Encrypts under the first key, decrypts under any of them, so that the key itself can be replaced.

    A ciphertext is: format (1 byte), key id (8), nonce (12), AES-256-GCM output with its tag. The prefix and
    the purpose are authenticated: a secret moved to another row does not decrypt there.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Raises InvalidEncryptionKey when there is no key or one is not 32 bytes."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise InvalidEncryptionKey(f"an encryption key must be {KEY_BYTES} bytes, and there must be one")
        self._ciphers = {_FORMAT + _key_id(key): AESGCM(key) for key in keys}
        self._current_prefix = _FORMAT + _key_id(keys[0])

    @classmethod
    def from_base64(cls, *encoded_keys: str) -> Self:
        """Read keys as the environment holds them, the current one first.

        Raises InvalidEncryptionKey, whose text never shows the value.
        """
        try:
            keys = [base64.b64decode(_standard(encoded), validate=True) for encoded in encoded_keys]
        except (binascii.Error, ValueError):
            raise InvalidEncryptionKey("an encryption key is not valid base64") from None
        return cls(keys)

    def encrypt(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt a secret for one purpose, such as `signing-key:<kid>`; the same purpose must decrypt it."""
        nonce = os.urandom(_NONCE_BYTES)
        prefix = self._current_prefix
        return prefix + nonce + self._ciphers[prefix].encrypt(nonce, plaintext, _context(prefix, purpose))

    def decrypt(self, ciphertext: bytes, purpose: str) -> bytes:
        """Return what was encrypted for this purpose.

        Raises UnknownEncryptionKey when none of our keys made it, AlteredSecret when it does not verify.
        """
        prefix, rest = ciphertext[:_PREFIX_BYTES], ciphertext[_PREFIX_BYTES:]
        cipher = self._ciphers.get(prefix)
        if cipher is None:
            raise UnknownEncryptionKey("the secret was encrypted under another key")
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, sealed, _context(prefix, purpose))
        except (InvalidTag, ValueError):
            raise AlteredSecret("the secret was altered or has another purpose") from None


def new_encryption_key() -> str:
    """A fresh random key in base64, as the environment expects it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


def _standard(encoded: str) -> str:
    # Both alphabets of RFC 4648 are in use for secrets; they differ in two letters.
    return encoded.strip().replace("-", "+").replace("_", "/")


def _key_id(key: bytes) -> bytes:
    # A hash of 256 random bits gives nothing away, and needs no register of key names.
    return hashlib.sha256(b"lanyard encryption key id\x00" + key).digest()[:_KEY_ID_BYTES]


def _context(prefix: bytes, purpose: str) -> bytes:
    return prefix + purpose.encode("utf-8")
