"""Why signing in through a department's provider did not work."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from identity.errors import IdentityError


class Fault(StrEnum):
    """Where a sign-in at a department's provider failed."""

    DISCOVERY = "discovery"
    """Its configuration cannot be read."""
    TOKEN_ENDPOINT = "token_endpoint"  # noqa: S105 - a place
    KEYS = "keys"
    SAID_SO = "said_so"
    """It answered that it is out of order, or that it refuses."""
    ANSWER = "answer"
    """What it answered proves nothing."""


class UpstreamUnavailable(IdentityError):
    """The department's provider could not be asked, or did not answer as a provider does: try again later.

    ``fault`` says where; None when it is we who are too busy to ask.
    """

    def __init__(self, why: str, fault: Fault | None) -> None:
        super().__init__(why)
        self.fault = fault


class UpstreamBusy(UpstreamUnavailable):
    """It is we who are too busy to ask: nothing was asked, spent or written."""

    def __init__(self) -> None:
        super().__init__("too many are asking departments just now", None)


class UpstreamRefused(IdentityError):
    """The department's provider said no; ``code`` is its error (RFC 6749 §4.1.2.1), as far as it is legal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UpstreamAnswerInvalid(IdentityError):
    """What came back proves nothing: a wrong issuer, audience, nonce, signature or moment, or no subject."""


class AnotherAccount(UpstreamAnswerInvalid):
    """The answer is in order, but the account is not the organisation's; ``claims`` are what it says."""

    def __init__(self, why: str, claims: Mapping[str, Any]) -> None:
        super().__init__(why)
        self.claims = claims


class AttemptOver(IdentityError):
    """The attempt is unknown, used, too old, or was begun by another browser."""


class TooManyAttempts(IdentityError):
    """Too many attempts of one network came to nothing; some of them are over at ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many attempts of one network")
        self.until = until


class LinkTaken(IdentityError):
    """The account at the department opens somebody else's profile."""
