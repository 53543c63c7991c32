"""A clearance, its sponsorships and caveats, what happened to it, and who started without one."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from profiles.clearances.levels import ClearanceLevel
from profiles.columns import new_id, stored_enum
from profiles.temporal import Exclusive, Fact, change_indexes


class ClearanceStatus(StrEnum):
    """Where a clearance stands with authority and sponsors; ``states`` says what may follow."""

    REQUESTED = "requested"
    BPSS_CONFIRMED = "bpss_confirmed"
    IN_VETTING = "in_vetting"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    ACTIVE = "active"
    RENEWAL_IN_PROGRESS = "renewal_in_progress"
    TRANSFER_REQUESTED = "transfer_requested"
    EXPORTER_RELEASED = "exporter_released"
    EXPORTER_REFUSED = "exporter_refused"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    REINSTATEMENT_REQUESTED = "reinstatement_requested"
    WITHDRAWN = "withdrawn"


class SponsorshipKind(StrEnum):
    """One organisation is the primary sponsor; others may share."""

    PRIMARY = "primary"
    SHARED = "shared"


class CaveatKind(StrEnum):
    """What a caveat does to a clearance."""

    ADDITION = "addition"
    """Something that a level never implies, such as STRAP; it limits nothing."""
    ORGANISATION = "organisation"
    """The clearance may be used in one organisation only."""
    CONDITION = "condition"
    """Something that is not met yet: the clearance may not be used until this caveat ends."""


class ClearanceEventKind(StrEnum):
    """What happened to a clearance beside its status: aftercare, and decisions on its time."""

    EXTENDED = "extended"
    REVIEWED = "reviewed"
    APPRAISAL = "appraisal"
    INCIDENT = "incident"
    CHANGE_OF_CIRCUMSTANCES = "change_of_circumstances"


class Clearance(Fact, table=True):
    """A clearance of one level, usable through the civil day ``expires_on``; review by ``review_due_on``.

    One that is still being decided has neither ``decided_on`` nor ``expires_on``. An extension moves
    ``expires_on``, and ``extended_from`` keeps the day on which it would have expired without.
    """

    __tablename__ = "clearances"
    __table_args__ = change_indexes("clearances")
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id", "level")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    level: ClearanceLevel = Field(sa_type=stored_enum(ClearanceLevel))
    status: ClearanceStatus = Field(sa_type=stored_enum(ClearanceStatus))
    decided_on: date | None = None
    expires_on: date | None = None
    extended_from: date | None = None
    review_due_on: date | None = None


class Sponsorship(Fact, table=True):
    """An organisation for which a clearance (its ``fact_id``) is usable."""

    __tablename__ = "sponsorships"
    __table_args__ = (
        *change_indexes("sponsorships"),
        Index("ix_sponsorships_organisation_id_valid_to", "organisation_id", "valid_to"),
    )
    exclusive: ClassVar[tuple[Exclusive, ...]] = (
        Exclusive(("clearance_id",), only=("kind", "primary")),
        Exclusive(
            ("clearance_id", "organisation_id"),
            only=("kind", "shared"),
            refusal="The clearance is shared with that organisation at that time already.",
            always_held=False,
        ),
    )

    person_id: UUID = Field(foreign_key="people.id", index=True)
    clearance_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: SponsorshipKind = Field(sa_type=stored_enum(SponsorshipKind))


class ClearanceCaveat(Fact, table=True):
    """A named addition to, or limit of, a clearance (its ``fact_id``); never shown to an app."""

    __tablename__ = "clearance_caveats"
    __table_args__ = change_indexes("clearance_caveats")
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("clearance_id", "name")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    clearance_id: UUID = Field(index=True)
    name: str
    kind: CaveatKind = Field(sa_type=stored_enum(CaveatKind))
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")


class ClearanceEvent(Fact, table=True):
    """Something that happened to a clearance (its ``fact_id``) at ``valid_from``; ``reference`` is theirs."""

    __tablename__ = "clearance_events"

    person_id: UUID = Field(foreign_key="people.id", index=True)
    clearance_id: UUID = Field(index=True)
    kind: ClearanceEventKind = Field(sa_type=stored_enum(ClearanceEventKind))
    reference: str = ""


class Dispensation(Fact, table=True):
    """Leave to start in an organisation before a clearance of this level is there; it opens no app."""

    __tablename__ = "dispensations"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id", "organisation_id", "level")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    level: ClearanceLevel = Field(sa_type=stored_enum(ClearanceLevel))
    mitigations: str
    approved_by: UUID = Field(foreign_key="people.id")


class ClearanceLimit(Fact, table=True):
    """An organisation uses clearances of a level for fewer years after the decision than the level lasts."""

    __tablename__ = "clearance_limits"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "level")),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    level: ClearanceLevel = Field(sa_type=stored_enum(ClearanceLevel))
    years: int


class ClearanceLimitProposal(SQLModel, table=True):
    """A limit that one security officer asks for, and another confirms; ``years`` is None to have none.

    An organisation has one of a level that is open.
    """

    __tablename__ = "clearance_limit_proposals"
    __table_args__ = (
        Index(
            "uq_clearance_limit_proposals_open",
            "organisation_id",
            "level",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    level: ClearanceLevel = Field(sa_type=stored_enum(ClearanceLevel))
    years: int | None = None
    reason: str
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    closed_at: datetime | None = None
    """When it was confirmed or withdrawn."""
