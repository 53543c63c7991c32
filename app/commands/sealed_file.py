"""A file that nobody reads or makes without its key: a JWE (RFC 7516, RFC 7518 §4.5) with A256GCM."""

import secrets

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from profiles.errors import Invalid

_HEADER = {"alg": "dir", "enc": "A256GCM", "cty": "application/jsonl"}
_ALGORITHMS = ["dir", "A256GCM"]
_KEY_BYTES = 32


def seal(content: bytes) -> tuple[bytes, str]:
    """The sealed content, and the key that opens it and is kept nowhere, in base64url."""
    key = secrets.token_bytes(_KEY_BYTES)
    sealed = jwe.encrypt_compact(_HEADER, content, OctKey.import_key(key), algorithms=_ALGORITHMS)
    return sealed.encode() + b"\n", urlsafe_b64encode(key).decode()


def unseal(sealed: bytes, key: str) -> bytes:
    """The content. Raises Invalid when this key did not seal it, or somebody has changed it since."""
    try:
        opened = urlsafe_b64decode(key.strip().encode())
        if len(opened) != _KEY_BYTES:
            raise ValueError
        found = jwe.decrypt_compact(sealed.strip(), OctKey.import_key(opened), algorithms=_ALGORITHMS)
        content = found.plaintext
    except (JoseError, TypeError, ValueError):  # the header is anybody's: joserfc trusts its types
        content = None
    if content is None:
        raise Invalid("This key does not open the file, or the file was changed since it was made.")
    return content
