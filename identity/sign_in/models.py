"""What signing in with a password needs to remember."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class PasswordCredential(SQLModel, table=True):
    """A person's password: argon2id in its own text format, which holds salt and costs (RFC 9106)."""

    __tablename__ = "password_credentials"

    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    password_hash: str
    set_at: datetime


class Throttle(SQLModel, table=True):
    """How often signing in failed for one account or one source address, and until when it is refused.

    ``key`` is a hash: what was typed for an address may be anything, a password too. ``failures`` counts
    until ``forget_at``, when a quiet time has passed.
    """

    __tablename__ = "sign_in_throttles"

    key: str = Field(max_length=64, primary_key=True)
    failures: int
    blocked_until: datetime
    forget_at: datetime = Field(index=True)


class InvitationPurpose(StrEnum):
    """Why somebody may set a password by a link."""

    ADMINISTRATOR = "administrator"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password


class Invitation(SQLModel, table=True):
    """A one-time link that lets its holder set a person's password; ``token_hash`` is SHA-256, in hex."""

    __tablename__ = "invitations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    purpose: InvitationPurpose = Field(sa_type=stored_enum(InvitationPurpose))
    created_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
