"""Names for what opens a session: ``password``, ``passkey:<id>``, ``link:<id>``."""

from enum import StrEnum
from uuid import UUID


class CredentialKind(StrEnum):
    """What somebody can sign in with; a code that follows a password is no way in of its own."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    PASSKEY = "passkey"
    LINK = "link"
    """An account at a department's provider."""


def name(kind: CredentialKind, credential_id: UUID | None = None) -> str:
    """How a session remembers it."""
    return kind.value if credential_id is None else f"{kind.value}:{credential_id}"


def read(credential: str) -> tuple[CredentialKind, UUID | None]:
    """The kind, and which one where a person may have several."""
    kind, _, credential_id = credential.partition(":")
    return CredentialKind(kind), UUID(credential_id) if credential_id else None
