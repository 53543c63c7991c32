"""A person, what they are called and written to, and how far their identity was checked."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.temporal import Exclusive, Fact


class Person(SQLModel, table=True):
    """The permanent opaque id; it is never shown to an app and never reused.

    ``death_recorded_at`` is kept for as long as the account: nobody answers for who has died, also when the
    change that recorded it is deleted.
    """

    __tablename__ = "people"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime
    death_recorded_at: datetime | None = None


class PersonName(Fact, table=True):
    """An exact legal name and what the person is known as. ``search_key`` is the name in lower case."""

    __tablename__ = "person_names"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    given_names: str
    middle_names: str = ""
    family_name: str
    known_as: str = ""
    search_key: str = Field(index=True)


class WorkAddress(Fact, table=True):
    """A work e-mail address, lower case, while an organisation gives it; an ended one grants nothing."""

    __tablename__ = "work_addresses"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("address",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    address: str = Field(index=True)


class BirthDate(Fact, table=True):
    """A person's date of birth, as their identity documents have it."""

    __tablename__ = "birth_dates"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    born_on: date


class IdentityConfidence(StrEnum):
    """How sure it is that somebody is who they say they are: the levels of confidence of GPG 45.

    Without a fact there is none: what is not recorded is never guessed.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def rank(self) -> int:
        """1 for the lowest; 0 is for nothing recorded."""
        return list(IdentityConfidence).index(self) + 1


class IdentityEvidence(StrEnum):
    """The kind of evidence that a check of an identity rested on; never its number."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    DRIVING_LICENCE = "driving_licence"
    DIGITAL_IDENTITY = "digital_identity"
    """An account of a digital identity service that checks to GPG 45 itself."""
    SEVERAL = "several"
    """Several other documents or records together."""


class IdentityProofing(Fact, table=True):
    """A check of somebody's identity to GPG 45, from the day on which it was made.

    It belongs to the person: whoever employs them now looks after it. ``gpg45_profile`` is the profile
    that was met, such as ``M1A``, where it is known; ``checked_by`` is a team or a service.
    """

    __tablename__ = "identity_proofings"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    confidence: IdentityConfidence = Field(sa_type=stored_enum(IdentityConfidence))
    gpg45_profile: str = Field(default="", max_length=3)
    evidence: IdentityEvidence = Field(sa_type=stored_enum(IdentityEvidence))
    checked_by: str


class SensitiveMark(Fact, table=True):
    """While it holds, no list names the person; ``organisation_id`` says whose security officer set it."""

    __tablename__ = "sensitive_marks"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")


class WorkPhone(Fact, table=True):
    """A number by which an organisation lets somebody be reached, in E.164: ``+442079460123``."""

    __tablename__ = "work_phones"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id", "organisation_id")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    number: str = Field(max_length=16)
    is_verified: bool = False
    """Whether the organisation has seen that it reaches this person."""


class WorkPlace(Fact, table=True):
    """The office at which somebody works for an organisation; ``office_id`` is an office's ``fact_id``."""

    __tablename__ = "work_places"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id", "organisation_id")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    office_id: UUID
