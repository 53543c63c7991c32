"""Departments' own OpenID providers, the accounts there that are linked to people, and sign-ins under way."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from identity.federation.errors import Fault
from profiles.columns import new_id, stored_enum


class UpstreamProvider(SQLModel, table=True):
    """An organisation's own OpenID provider. It is asked only once two people have set it up.

    ``client_id`` and the secret are what it registered Lanyard with. ``acr_levels`` and ``amr_levels``
    translate what it says of a sign-in into our levels, never above ``ceiling``, which the platform sets.
    A proposal reserves nothing: of those in use each has its own part of an issuer.
    """

    __tablename__ = "upstream_providers"
    __table_args__ = (
        Index(
            "uq_upstream_providers_in_use",
            "issuer",
            "realm",
            unique=True,
            sqlite_where=text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    name: str
    """What people know it by: *HMRC account*."""
    issuer: str = Field(max_length=500)
    realm: str = Field(default="", max_length=200)
    """``claim=value`` that its accounts hold, where organisations share the issuer."""
    client_id: str = Field(max_length=255)
    token_endpoint_auth_method: str = Field(max_length=40)
    client_secret: bytes | None = None
    """Encrypted for the purpose of this row; None with ``private_key_jwt``."""
    scope: str = "openid"
    subject_claim: str = Field(default="sub", max_length=40)
    """The claim that names the account for ever: ``oid`` at Entra ID, where ``sub`` differs by client."""
    tenant: str | None = Field(default=None, max_length=80)
    """The exact ``tid`` that must stand in the ID token (Entra ID)."""
    acr_levels: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    amr_levels: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    ceiling: str = Field(max_length=80)
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    tested_at: datetime | None = None
    """When a test sign-in held last; nobody confirms what was never tried."""
    offers_sign_out: bool = False
    """Whether people can be sent there to sign out too; seen at the last test."""
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None


class UpstreamHealth(SQLModel, table=True):
    """How sign-ins at a provider went last; nobody's name is in it."""

    __tablename__ = "upstream_health"

    provider_id: UUID = Field(foreign_key="upstream_providers.id", primary_key=True)
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    fault: Fault | None = Field(default=None, sa_type=stored_enum(Fault))
    why: str = ""


class UpstreamLink(SQLModel, table=True):
    """An account at a department's provider that opens a profile: (issuer, subject), never an e-mail.

    An account opens one profile, and a person has one account in each realm of an issuer. Whether the account
    still opens anything is decided at each sign-in, from the person's employment.
    """

    __tablename__ = "upstream_links"
    __table_args__ = (
        Index(
            "uq_upstream_links_live_account",
            "issuer",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_upstream_links_live_person",
            "issuer",
            "realm",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    issuer: str = Field(max_length=500)
    subject: str = Field(max_length=255)
    realm: str = Field(default="", max_length=200)
    """The part of the issuer that the account was proved to be in; its provider alone speaks for it."""
    person_id: UUID = Field(foreign_key="people.id", index=True)
    linked_at: datetime
    last_used_at: datetime
    locked_at: datetime | None = None
    """Since when it opens nothing, because its person said that somebody else used it."""
    ended_at: datetime | None = None
    ended_reason: str = ""


class LinkingCode(SQLModel, table=True):
    """A code that HR of an organisation gives to a person; ``code_hash`` is SHA-256, in hex.

    It links one account of that organisation's provider to the person, once.
    """

    __tablename__ = "linking_codes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code_hash: str = Field(max_length=64, unique=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    issued_by: UUID = Field(foreign_key="people.id")
    allowed_by: UUID | None = Field(default=None, foreign_key="people.id")
    """The security officer who let it be given to somebody who has a way in; without one it is for others."""
    created_at: datetime
    expires_at: datetime = Field(index=True)
    spent_at: datetime | None = None


class SpentLogoutToken(SQLModel, table=True):
    """The ``jti`` of a department's logout token, which is good once; kept until its age alone refuses it."""

    __tablename__ = "spent_logout_tokens"

    provider_id: UUID = Field(primary_key=True, foreign_key="upstream_providers.id")
    jti_hash: str = Field(primary_key=True, max_length=64)
    expires_at: datetime = Field(index=True)


class AttemptPurpose(StrEnum):
    """What comes of a sign-in at a department's provider."""

    SIGN_IN = "sign_in"
    LINK = "link"
    """The account is linked to the person who is signed in."""
    INVITATION = "invitation"
    """The account is linked to the person whose invitation it was."""
    TEST = "test"
    """An administrator looks at what the provider says; nothing comes of it."""


class UpstreamAttempt(SQLModel, table=True):
    """A sign-in that is under way at a department's provider; it comes back once, to the same browser.

    The nonce and the PKCE verifier are made from the ``state``, of which only the SHA-256 is here.
    """

    __tablename__ = "upstream_attempts"

    state_hash: str = Field(max_length=64, primary_key=True)
    provider_id: UUID = Field(foreign_key="upstream_providers.id")
    browser_hash: str = Field(max_length=64)
    source_hash: str = Field(max_length=64, index=True)
    """Of the network that it was begun in, so that no network begins too many."""
    purpose: AttemptPurpose = Field(sa_type=stored_enum(AttemptPurpose))
    next_path: str
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    """Whose profile is to be linked; None when somebody signs in."""
    invitation_hash: str | None = Field(default=None, max_length=64)
    """The invitation that is spent by linking, if there was one."""
    fresh: bool = False
    """Whether the person must sign in there anew."""
    created_at: datetime
    expires_at: datetime = Field(index=True)
    spent_at: datetime | None = None
