"""Nonces for proofs, which no process keeps and every process knows (RFC 9449 §8; ADR 15)."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
"""For so long everybody gets the same nonce."""
ACCEPTED_AFTER = 2
"""For so many windows more it is good."""
_PURPOSE = b"lanyard dpop nonce"
_BYTES = 16


class Nonces:
    """Makes nonces and knows them again: each is a MAC over the minute that it was given in."""

    def __init__(self, master_keys: Sequence[bytes]) -> None:
        """Take the keys of secrets at rest; the first makes nonces, any knows them again."""
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in master_keys]

    def current(self, now: datetime) -> str:
        """The nonce to give away now; 22 characters of base64url."""
        return _nonce(self._keys[0], _window(now))

    def accepts(self, nonce: str, now: datetime) -> bool:
        """Whether we gave it away in this window, in one of the last, or by a clock that is ahead of ours."""
        window, good = _window(now), False
        unverified = nonce.encode("utf-8", "surrogatepass")
        for key in self._keys:
            for number in range(window - ACCEPTED_AFTER, window + 2):
                good |= hmac.compare_digest(_nonce(key, number).encode(), unverified)
        return good


def _window(now: datetime) -> int:
    return int(now.timestamp() // WINDOW.total_seconds())


def _nonce(key: bytes, window: int) -> str:
    mac = hmac.digest(key, str(window).encode(), "sha256")[:_BYTES]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
