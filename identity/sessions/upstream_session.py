"""A session at a department's provider, as its ID tokens and logout tokens name it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class UpstreamSession:
    """A session at a department's provider; ``sub`` and ``sid`` are hashed, each with the provider's id."""

    provider_id: UUID
    sub_hash: str | None
    sid_hash: str | None

    @classmethod
    def of(cls, provider_id: UUID, sub: str | None, sid: str | None) -> "UpstreamSession":
        """The one with this ``sub`` and ``sid``, as far as they were said."""
        return cls(provider_id, _hash(provider_id, "sub", sub), _hash(provider_id, "sid", sid))


@dataclass(frozen=True)
class ProvenElsewhere:
    """What a department's provider says of a sign-in there: at which level, and when if it says so."""

    upstream_link_id: UUID
    acr: str
    auth_time: datetime | None
    there: UpstreamSession


def _hash(provider_id: UUID, what: str, text: str | None) -> str | None:
    if text is None:
        return None
    return hashlib.sha256(f"{provider_id} {what} {text}".encode("utf-8", "surrogatepass")).hexdigest()
