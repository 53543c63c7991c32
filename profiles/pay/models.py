"""What grades and people are paid, and pensions.

Money is integer pence; part-time is thousandths of full time.
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.columns import stored_enum
from profiles.temporal import Exclusive, Fact


class PayReason(StrEnum):
    """Why a salary began."""

    APPOINTMENT = "appointment"
    AWARD = "award"
    PROMOTION = "promotion"
    TRANSFER = "transfer"
    CORRECTION = "correction"
    RETURN = "return"
    """From a career break."""
    MARK_TIME = "mark_time"


class AllowanceKind(StrEnum):
    """What is paid beside a salary."""

    TEMPORARY_RESPONSIBILITY = "temporary_responsibility"
    SPECIALIST = "specialist"
    RECRUITMENT_AND_RETENTION = "recruitment_and_retention"
    LOCATION = "location"
    ON_CALL = "on_call"


class PensionScheme(StrEnum):
    """A Civil Service pension scheme."""

    CLASSIC = "classic"
    PREMIUM = "premium"
    CLASSIC_PLUS = "classic_plus"
    NUVOS = "nuvos"
    ALPHA = "alpha"
    PARTNERSHIP = "partnership"


class PayScale(Fact, table=True):
    """Between what an organisation pays a grade of its own, or a rank, full-time a year, at a pay location.

    ``local_grade`` is its own label, ``location`` is called as pay records call it. Empty is everywhere that
    has no scale of its own for the grade. A spot rate begins and ends at one amount.
    """

    __tablename__ = "pay_scales"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "local_grade", "location")),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    local_grade: str
    location: str = ""
    name: str = ""
    minimum_pence: int
    maximum_pence: int
    currency: str = "GBP"


FULL_TIME = 1000
"""Of a full-time equivalent, in thousandths."""


class PayRecord(Fact, table=True):
    """What one employer pays from ``valid_from``; ``salary_pence`` is the full-time annual salary.

    A salary on mark time is held as it is, above its scale, through the civil day ``mark_time_until``.
    """

    __tablename__ = "pay_records"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    salary_pence: int
    currency: str = "GBP"
    scale: str = ""
    scale_minimum_pence: int | None = None
    scale_maximum_pence: int | None = None
    location: str = ""
    fte_thousandths: int = FULL_TIME
    pay_reason: PayReason = Field(sa_type=stored_enum(PayReason))
    mark_time_until: date | None = None


class PayAllowance(Fact, table=True):
    """What one employer pays beside the salary: ``amount_pence`` is a year's, full-time."""

    __tablename__ = "pay_allowances"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id", "kind")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: AllowanceKind = Field(sa_type=stored_enum(AllowanceKind))
    amount_pence: int
    currency: str = "GBP"


class PensionMembership(Fact, table=True):
    """The scheme to which an employer pays; ``member_number`` is the scheme's own."""

    __tablename__ = "pension_memberships"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    scheme: PensionScheme = Field(sa_type=stored_enum(PensionScheme))
    member_number: str = ""
