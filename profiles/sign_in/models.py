"""What an organisation asks of the ways in which its people sign in, proposed and in force."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.temporal import Exclusive, Fact


class Method(StrEnum):
    """A way in that a policy allows or does not. A passkey is always among them: it moves with its person."""

    PASSWORD = "password"  # noqa: S105 - a method, not a password
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105 - a method, not a password
    PASSKEY = "passkey"
    DEPARTMENT = "department"
    """The account at a department's own provider."""


class Attestation(StrEnum):
    """What must be proven of a passkey's authenticator."""

    NONE = "none"
    HARDWARE = "hardware"
    """That it never lets the key leave it, by a manufacturer whose root the platform trusts."""


class PolicyTerms(SQLModel):
    """The terms of a policy. Levels are the names of the provider's published ladder (``acr``)."""

    methods: list[str] = Field(sa_type=JSON)
    least_level: str = Field(max_length=80)
    """Nobody signs in below it."""
    officer_level: str = Field(max_length=80)
    """Who is HR, security officer or administrator does not sign in below it."""
    attestation: Attestation = Field(default=Attestation.NONE, sa_type=stored_enum(Attestation))
    accepted_aaguids: list[str] = Field(default_factory=list, sa_type=JSON)
    """The models of authenticators that are accepted; empty: every model that is attested."""
    idle_minutes: int | None = None
    """A session ends after so long unused; None: as the platform has it."""
    absolute_minutes: int | None = None
    """A session ends after so long in any case; None: as the platform has it."""
    set_up_days: int = 30
    """For how long who has only what is not allowed any more may set up what is, by themselves."""


class SignInPolicy(Fact, PolicyTerms, table=True):
    """A policy in force for the people of an organisation and of those below it."""

    __tablename__ = "sign_in_policies"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id",)),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)


class SignInPolicyProposal(PolicyTerms, table=True):
    """What one administrator proposes, and another confirms; an organisation has one that is open."""

    __tablename__ = "sign_in_policy_proposals"
    __table_args__ = (
        Index(
            "uq_sign_in_policy_proposals_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    begins_on: date
    """The civil day with which it comes into force, or the moment of its confirmation if that is later."""
    reason: str
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    closed_at: datetime | None = None
    """When it was confirmed or withdrawn."""
