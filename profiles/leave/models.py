"""Balances of leave and summaries of absence. Days are integers: hundredths of a working day."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.temporal import Exclusive, Fact


class LeaveBalance(Fact, table=True):
    """Annual leave as an employer states it for the leave year that begins on ``leave_year_from``."""

    __tablename__ = "leave_balances"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    leave_year_from: date
    entitlement_hundredths: int
    carried_over_hundredths: int = 0
    taken_hundredths: int = 0

    @property
    def remaining_hundredths(self) -> int:
        """What is left to take; below nothing when too much was taken."""
        return self.entitlement_hundredths + self.carried_over_hundredths - self.taken_hundredths


class AbsenceSummary(Fact, table=True):
    """How often and how long somebody was absent, sick, between two civil days, both included; never why."""

    __tablename__ = "absence_summaries"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    period_from: date
    period_to: date
    absent_hundredths: int
    occasions: int
