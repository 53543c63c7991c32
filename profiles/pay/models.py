"""A pay record. Money is integer pence with a currency; part-time is thousandths of full time."""

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


class PayRecord(Fact, table=True):
    """What one employer pays from ``valid_from``; ``salary_pence`` is the full-time annual salary."""

    __tablename__ = "pay_records"
    exclusive: ClassVar[Exclusive | None] = Exclusive(("employment_id",))

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    salary_pence: int
    currency: str = "GBP"
    scale_minimum_pence: int | None = None
    scale_maximum_pence: int | None = None
    fte_thousandths: int = 1000
    pay_reason: PayReason = Field(sa_type=stored_enum(PayReason))
