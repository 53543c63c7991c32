"""A clearance and its sponsorships."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.clearances.levels import ClearanceLevel
from profiles.columns import stored_enum
from profiles.temporal import Exclusive, Fact, change_indexes


class ClearanceStatus(StrEnum):
    """What the vetting authority last said of a clearance that was granted."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class SponsorshipKind(StrEnum):
    """One organisation is the primary sponsor; others may share."""

    PRIMARY = "primary"
    SHARED = "shared"


class Clearance(Fact, table=True):
    """A clearance of one level, usable through the civil day ``expires_on``; review by ``review_due_on``."""

    __tablename__ = "clearances"
    __table_args__ = change_indexes("clearances")
    exclusive: ClassVar[Exclusive | None] = Exclusive(("person_id", "level"))

    person_id: UUID = Field(foreign_key="people.id", index=True)
    level: ClearanceLevel = Field(sa_type=stored_enum(ClearanceLevel))
    status: ClearanceStatus = Field(sa_type=stored_enum(ClearanceStatus))
    decided_on: date
    expires_on: date
    review_due_on: date | None = None


class Sponsorship(Fact, table=True):
    """An organisation for which a clearance (its ``fact_id``) is usable."""

    __tablename__ = "sponsorships"
    __table_args__ = change_indexes("sponsorships")
    exclusive: ClassVar[Exclusive | None] = Exclusive(("clearance_id",), only=("kind", "primary"))

    person_id: UUID = Field(foreign_key="people.id", index=True)
    clearance_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    kind: SponsorshipKind = Field(sa_type=stored_enum(SponsorshipKind))
