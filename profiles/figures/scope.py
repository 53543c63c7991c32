"""Whose moves are counted, and over which days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select, true
from sqlmodel import and_, col

from profiles.appointments.models import Appointment
from profiles.bulk_moves.models import BulkMove
from profiles.errors import Invalid
from profiles.loans.models import Loan
from profiles.temporal import end_of_day, start_of_day
from profiles.transfers.models import Transfer

LONGEST = timedelta(days=3 * 366)
"""The longest period that is looked at in one go."""


@dataclass(frozen=True)
class Scope:
    """The organisations whose moves are counted; None for all of them."""

    organisation_ids: Collection[UUID] | None

    def either(self) -> ColumnElement[bool]:
        """The moves to or from one of them."""
        return or_(self.exporting(), self.importing())

    def exporting(self) -> ColumnElement[bool]:
        """The moves away from one of them."""
        return self._within(col(Transfer.exporting_organisation_id))

    def importing(self) -> ColumnElement[bool]:
        """The moves to one of them."""
        return self._within(col(Transfer.importing_organisation_id))

    def has(self, transfer_id: Any) -> ColumnElement[bool]:
        """Whether a column names a move to or from one of them."""
        if self.organisation_ids is None:
            return true()
        theirs: ColumnElement[bool] = transfer_id.in_(select(col(Transfer.id)).where(self.either()))
        return theirs

    def loans(self) -> ColumnElement[bool]:
        """The loans that one of them knows of: a host hears of a loan when home has approved it."""
        return or_(self.homes(), self.hosts())

    def homes(self) -> ColumnElement[bool]:
        """The loans of people of one of them."""
        return self._within(col(Loan.home_organisation_id))

    def hosts(self) -> ColumnElement[bool]:
        """The loans to one of them, of which it has been told."""
        return and_(self._within(col(Loan.host_organisation_id)), col(Loan.host_informed).is_(True))

    def bulk_moves(self) -> ColumnElement[bool]:
        """The bulk moves out of or into one of them."""
        return or_(self.bulk_exporting(), self.bulk_importing())

    def bulk_exporting(self) -> ColumnElement[bool]:
        """The bulk moves out of one of them."""
        return self._within(col(BulkMove.exporting_organisation_id))

    def bulk_importing(self) -> ColumnElement[bool]:
        """The bulk moves into one of them."""
        return self._within(col(BulkMove.importing_organisation_id))

    def appointments(self) -> ColumnElement[bool]:
        """The appointments of people who come back to one of them."""
        return self._within(col(Appointment.organisation_id))

    def _within(self, column: Any) -> ColumnElement[bool]:
        return true() if self.organisation_ids is None else column.in_(sorted(self.organisation_ids))


@dataclass(frozen=True)
class Period:
    """Civil days from ``first`` through ``last``."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid("The last day must not be before the first.", field="last")
        if self.last - self.first > LONGEST:
            raise Invalid("Ask for three years at most.", field="last")

    @property
    def begins_at(self) -> datetime:
        """The instant at which it begins."""
        return start_of_day(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant at which it has ended."""
        return end_of_day(self.last)

    def holds(self, moment: Any) -> ColumnElement[bool]:
        """Whether a moment in the database lies in it."""
        return and_(moment >= self.begins_at, moment < self.ends_at)

    def months(self) -> list[date]:
        """The first day of each calendar month of which it holds a day."""
        found = [self.first.replace(day=1)]
        while (following := _next_month(found[-1])) <= self.last:
            found.append(following)
        return found

    def month_of(self, moment: Any) -> ColumnElement[int]:
        """Which of ``months``, from 0 on, a moment in the period belongs to, by London's days."""
        months = self.months()
        ends = [(moment < start_of_day(one), index) for index, one in enumerate(months[1:])]
        return case(*ends, else_=len(months) - 1) if ends else case((true(), 0), else_=0)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
