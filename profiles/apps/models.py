"""An app, its roles, access rules and data-sharing agreements."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.organisations.grades import CommonGrade
from profiles.temporal import Exclusive, Fact


class LawfulBasis(StrEnum):
    """UK GDPR Art 6(1). Consent is absent on purpose: an employer cannot rely on it."""

    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    PUBLIC_TASK = "public_task"


class App(SQLModel, table=True):
    """A relying party as a department knows it; how it speaks OpenID stands in ``identity.clients``."""

    __tablename__ = "apps"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    name: str
    home_url: str
    contact: str
    created_at: datetime
    tokens_stopped_at: datetime | None = None
    """Since when it gets no new tokens, because it has not confirmed in time that it ended old access."""


class AppRole(SQLModel, table=True):
    """A role that an app knows. ``rank`` orders an app's roles, the most powerful highest."""

    __tablename__ = "app_roles"
    __table_args__ = (UniqueConstraint("app_id", "name"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    app_id: UUID = Field(foreign_key="apps.id")
    name: str
    label: str
    rank: int = 0


class AccessRule(Fact, table=True):
    """Who gets a role of an app: every condition that is given must hold.

    ``least_clearance`` is the name of a level, ``posting_kind`` home or host.
    """

    __tablename__ = "access_rules"

    app_id: UUID = Field(foreign_key="apps.id", index=True)
    role_name: str
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    include_subtree: bool = True
    grade_from: CommonGrade | None = Field(default=None, sa_type=stored_enum(CommonGrade))
    grade_to: CommonGrade | None = Field(default=None, sa_type=stored_enum(CommonGrade))
    profession: str | None = None
    posting_kind: str | None = None
    least_clearance: str | None = None


class AppDelegation(Fact, table=True):
    """An app's owner lets the officers of an organisation give a role to their own people by hand.

    Without a ``role_name`` it is any role of the app. It always ends; what was given by it does so by itself.
    """

    __tablename__ = "app_delegations"

    app_id: UUID = Field(foreign_key="apps.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    include_subtree: bool = False
    role_name: str | None = None


class AgreementTerms(SQLModel):
    """What an app may be told, why, and on which basis. ``claims`` are names; treat the list as immutable.

    ``suppliers`` names who processes the data for the app, or says that nobody does; empty is not stated.
    ``acknowledge_within_seconds`` is how soon it must confirm that it ended old access; an app that is later
    gets no new tokens until it has, when ``stop_tokens_when_overdue``.
    """

    purpose: str
    lawful_basis: LawfulBasis = Field(sa_type=stored_enum(LawfulBasis))
    claims: list[str] = Field(sa_type=JSON)
    retention: str
    contact: str
    dpia_reference: str = ""
    suppliers: str = ""
    acknowledge_within_seconds: int = 60
    stop_tokens_when_overdue: bool = False


class Agreement(Fact, AgreementTerms, table=True):
    """The terms that two sides have agreed on, between two instants."""

    __tablename__ = "agreements"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("app_id",)),)

    app_id: UUID = Field(foreign_key="apps.id", index=True)


class AgreementProposal(AgreementTerms, table=True):
    """Terms that one officer proposes and another confirms; an app has one proposal that is open.

    It comes into force with the start of ``begins_on``, or with its confirmation if that is later, and holds
    through ``ends_on``.
    """

    __tablename__ = "agreement_proposals"
    __table_args__ = (
        Index(
            "uq_agreement_proposals_open",
            "app_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    begins_on: date
    ends_on: date
    reason: str
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    closed_at: datetime | None = None
    """When it was confirmed or withdrawn."""
