"""Codes that wait to be redeemed: in memory, each once, for a minute."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

GOOD_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class Grant:
    """Who signed in, and what Lanyard asked with."""

    address: str
    auth_time: datetime
    nonce: str
    code_challenge: str
    redirect_uri: str
    expires_at: datetime


class Grants:
    """Safe to share between threads: a code is taken out by one step."""

    def __init__(self) -> None:
        self._waiting: dict[str, Grant] = {}

    def issue(self, grant: Grant, now: datetime) -> str:
        """A code for this grant."""
        for code, waiting in list(self._waiting.items()):
            if waiting.expires_at <= now:
                self._waiting.pop(code, None)
        code = secrets.token_urlsafe(32)
        self._waiting[code] = grant
        return code

    def redeem(self, unverified_code: str, now: datetime) -> Grant | None:
        """The grant of a code, once; None when it is unknown, spent or too old."""
        grant = self._waiting.pop(unverified_code, None)
        return grant if grant is not None and now < grant.expires_at else None
