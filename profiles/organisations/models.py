"""Organisations: a permanent id and code, and facts about each that change over time."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.organisations.grades import CommonGrade
from profiles.temporal import Exclusive, Fact


class OrganisationKind(StrEnum):
    """What an organisation is; rules of transfer belong to the kind, not to the code."""

    DEPARTMENT = "department"
    AGENCY = "agency"
    POLICE_FORCE = "police_force"
    ARMED_SERVICE = "armed_service"
    OUTSIDE = "outside"
    """Not of the public service: a company, a charity or a university that lends, or is lent, somebody."""


class Organisation(SQLModel, table=True):
    """What never changes about an organisation. ``code`` is short and public, such as HMRC."""

    __tablename__ = "organisations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = Field(unique=True)
    kind: OrganisationKind = Field(sa_type=stored_enum(OrganisationKind))


class OrganisationDetail(Fact, table=True):
    """An organisation's name and its place in the tree."""

    __tablename__ = "organisation_details"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id",)),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    name: str
    parent_id: UUID | None = Field(default=None, foreign_key="organisations.id")


class EmailDomain(Fact, table=True):
    """A domain whose work addresses are this organisation's, lower case, such as ``hmrc.gov.uk``."""

    __tablename__ = "email_domains"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("domain",)),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    domain: str = Field(index=True)


class LocalGrade(Fact, table=True):
    """An organisation's own label for a grade; ``common_grade`` is None where it has no equal."""

    __tablename__ = "local_grades"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "label")),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    label: str
    common_grade: CommonGrade | None = Field(default=None, sa_type=stored_enum(CommonGrade))


class Office(Fact, table=True):
    """A building in which people of an organisation work, and its postal address."""

    __tablename__ = "offices"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "name")),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    name: str
    street_address: str
    """One line or several, with line breaks between."""
    locality: str
    region: str = ""
    postal_code: str
    country: str


class Team(StrEnum):
    """A team of an organisation that people are told to ask."""

    HR = "hr"
    SECURITY = "security"


class TeamContact(Fact, table=True):
    """How a team is reached, published to whoever cannot sign in; never one person's own address or number.

    What there is not is empty.
    """

    __tablename__ = "team_contacts"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "team")),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    team: Team = Field(sa_type=stored_enum(Team))
    phone: str = Field(default="", max_length=40)
    """As people write it, with spaces."""
    email: str = Field(default="", max_length=254)
    web_page: str = Field(default="", max_length=500)
    """An https address."""


class Succession(Fact, table=True):
    """That one organisation took over from another, from the day ``valid_from`` on.

    It has no end: what was handed over stays so. One that was wrong is corrected, or taken back.
    """

    __tablename__ = "organisation_successions"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("predecessor_id", "successor_id")),)

    predecessor_id: UUID = Field(foreign_key="organisations.id", index=True)
    successor_id: UUID = Field(foreign_key="organisations.id", index=True)
