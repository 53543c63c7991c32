"""By when payroll has what it needs of who comes by a bulk move, and has seen their first pay.

They are worked out whenever they are asked for, from the cut-off day that holds then and when it was said.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.payroll_details import STATES
from profiles.temporal import civil_date
from profiles.transfers import cut_offs
from profiles.transfers.timetable import Timetable


@dataclass(frozen=True)
class PayrollDates:
    """``taken_up_pay`` is for the first pay of those of whom payroll has what it needs already."""

    cut_off: date
    first_pay: date
    taken_up_pay: date


def payroll_dates(session: Session, move: BulkMove, timetable: Timetable, now: datetime) -> PayrollDates:
    """By the first cut-off that was still to come when its day was said, as of a transfer.

    Which day it was before is not kept. Whom payroll had taken up is paid as if this one had held always,
    unless that was over. Once the first pay had come by any day, another one forgives nothing.
    """
    place, start = move.importing_organisation_id, move.start_date
    holds = cut_offs.timetable_at(session, timetable, place, now)
    said_on = cut_offs.said_on(session, place, now)
    latest = replace(holds, cut_off_day=1).first_pay(start)
    begins = start if said_on is None or said_on > latest else max(start, said_on)
    always, first_pay = holds.first_pay(start), holds.first_pay(begins)
    return PayrollDates(holds.cut_off(begins), first_pay, first_pay if always < begins else always)


def asked_among(
    session: Session, places: Collection[UUID], timetable: Timetable, now: datetime
) -> Collection[UUID]:
    """The moves to these organisations of which payroll is asked what it has: until the first pay is due."""
    query = select(BulkMove).where(
        col(BulkMove.state).in_(STATES), col(BulkMove.importing_organisation_id).in_(places)
    )
    return [
        move.id
        for move in session.exec(query)
        if civil_date(now) <= payroll_dates(session, move, timetable, now).first_pay
    ]


def expecting(session: Session) -> Collection[UUID]:
    """The organisations to which people come by bulk moves whose payroll is not done with them."""
    query = select(BulkMove.importing_organisation_id).where(col(BulkMove.state).in_(STATES))
    return session.exec(query.distinct()).all()
