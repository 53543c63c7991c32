"""What redeeming a code or a refresh token gives, and what it means that one comes back spent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError

from identity.clients.resource_indicators import find_audience
from identity.dpop.errors import InvalidDPoPProofError
from identity.parameters import Parameters
from identity.tokens.signed_tokens import SignIn
from profiles.audit.catalogue import Event


class Replayed(InvalidGrantError):  # type: ignore[misc]
    """Something that is good once came back: all that its grant gave must be revoked."""

    event: ClassVar[Event]

    def __init__(self, description: str, grant_id: UUID, person_id: UUID) -> None:
        super().__init__(description)
        self.grant_id = grant_id
        self.person_id = person_id


@dataclass(frozen=True)
class Successor:
    """The refresh token that follows the one presented: a new one, or one that is stored already."""

    token: str
    is_stored: bool


@dataclass(frozen=True)
class Redemption:
    """What a code or a refresh token stood for, spent by this very request."""

    grant_id: UUID
    authorized_at: datetime
    """When the person was sent back with the code."""
    person_id: UUID
    granted_scope: str
    scope: str
    """What this access token is for: all that was granted, or less."""
    audience: str
    id_token_claims: frozenset[str]
    """What the client asked to find in the ID token (OpenID Connect Core §5.5)."""
    accepted_vectors: tuple[str, ...]
    """The vectors of trust of which the ID token is to answer one (RFC 8485 §4)."""
    sign_in: SignIn
    successor: Successor | None
    """None after a code."""


def check_key(bound_to: str | None, proven: str | None) -> None:
    """See that what is good with one key alone comes with that key (RFC 9449 §5 and §10).

    Raises InvalidDPoPProofError when no key was proven, InvalidGrantError when it was another.
    """
    if bound_to is None:
        return
    if proven is None:
        raise InvalidDPoPProofError("this grant is bound to a key: a DPoP header is required")
    if proven != bound_to:
        raise InvalidGrantError("this grant is bound to another key")


def choose_audience(parameters: Parameters, granted: Collection[str], own: Sequence[str]) -> str:
    """Whom an access token is for: what the request says, else the one resource granted, else userinfo.

    Our ``own`` resources, of which userinfo is the first, may always be named. Raises InvalidTargetError
    (RFC 8707 §2.2).
    """
    asked = find_audience(parameters, {*granted, *own})
    if asked is not None:
        return asked
    return next(iter(granted)) if len(granted) == 1 else own[0]
