"""What signing in needs to remember: passwords, passkeys, attempts, links."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class PasswordCredential(SQLModel, table=True):
    """A person's password: argon2id in its own text format, which holds salt and costs (RFC 9106)."""

    __tablename__ = "password_credentials"

    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    password_hash: str
    set_at: datetime
    locked_at: datetime | None = None
    """Since when it opens nothing, because its person said that somebody else used it."""


class Passkey(SQLModel, table=True):
    """A WebAuthn credential of a person (Web Authentication Level 3 §4, credential record).

    A removed one is kept, so that what it did can still be told; it opens nothing, and its id is not taken
    again.
    """

    __tablename__ = "passkeys"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    credential_id: str = Field(max_length=1400, unique=True)
    """As the authenticator chose it, in base64url; at most 1023 bytes (§7.1)."""
    public_key: bytes
    """In COSE (RFC 9052), as the authenticator gave it."""
    sign_count: int = Field(sa_type=BigInteger)
    """Of the last use; zero for ever with authenticators that do not count (§6.1.1)."""
    transports: list[str] = Field(sa_type=JSON)
    aaguid: str = Field(max_length=36)
    """The model that the authenticator says it is; nobody vouches for it unless ``is_attested``."""
    attestation: str = Field(default="none", max_length=40)
    """The format of the attestation statement that came with it (§8)."""
    is_attested: bool = False
    """Whether the statement was verified up to a root that the platform trusts."""
    backup_eligible: bool
    """Whether it may be copied to the person's other devices (§6.1.3)."""
    backed_up: bool
    name: str = Field(max_length=60)
    created_at: datetime
    last_used_at: datetime | None = None
    locked_at: datetime | None = None
    """Since when it opens nothing, because its person said that somebody else used it."""
    removed_at: datetime | None = None


class OneTimeCodeSecret(SQLModel, table=True):
    """What a person's authenticator app counts from (RFC 6238), encrypted; it counts once it is confirmed.

    ``last_step`` is the latest time step whose code was used: each is good once (§5.2).
    """

    __tablename__ = "one_time_code_secrets"

    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    secret_encrypted: bytes
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = Field(default=0, sa_type=BigInteger)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for a lost second factor, once. ``code_hash`` is SHA-256, in hex."""

    __tablename__ = "recovery_codes"

    person_id: UUID = Field(foreign_key="people.id", primary_key=True)
    code_hash: str = Field(max_length=64, primary_key=True)
    created_at: datetime
    spent_at: datetime | None = None


class SpentChallenge(SQLModel, table=True):
    """A challenge that was answered; each is good once. ``challenge_hash`` is SHA-256, in hex."""

    __tablename__ = "spent_challenges"

    challenge_hash: str = Field(max_length=64, primary_key=True)
    expires_at: datetime = Field(index=True)


class KeptForm(SQLModel, table=True):
    """A form that was sent by somebody who had to sign in again first, until they send it anew.

    ``token_hash`` is the SHA-256, in hex, of what the address of their way back holds. What they typed, and
    where it goes, is encrypted.
    """

    __tablename__ = "kept_forms"

    token_hash: str = Field(max_length=64, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    form_encrypted: bytes
    kept_at: datetime
    expires_at: datetime = Field(index=True)


class KnownBrowser(SQLModel, table=True):
    """A browser in which a person has signed in. ``token_hash`` is the SHA-256 of what it keeps, in hex."""

    __tablename__ = "known_browsers"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    label: str
    """What it is, for its owner: *Firefox on Windows*."""
    first_used_at: datetime
    last_used_at: datetime
    expires_at: datetime = Field(index=True)


class AccountNotice(SQLModel, table=True):
    """What a person is told of how their account is opened, in plain English and without secrets."""

    __tablename__ = "account_notices"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    subject: str
    what: str
    created_at: datetime
    expires_at: datetime = Field(index=True)
    read_at: datetime | None = None


class Throttle(SQLModel, table=True):
    """How often signing in failed for one account, source or organisation, and until when it is refused.

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
    FIRST_SIGN_IN = "first_sign_in"
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
