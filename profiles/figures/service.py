"""All figures of a period, told as exactly as their reader may know them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session

from profiles.errors import NotFound
from profiles.figures import in_flight, outcomes, savings
from profiles.figures.assumptions import Assumed, assumed, on_day
from profiles.figures.bulk import BulkFigures, bulk_figures
from profiles.figures.counts import Count, Discretion, Share
from profiles.figures.durations import Step, durations
from profiles.figures.in_flight import Reason
from profiles.figures.late import Late, told_late
from profiles.figures.late_loans import LoanReason, late_loans
from profiles.figures.loan_durations import LoanStage, loan_durations
from profiles.figures.savings import Way
from profiles.figures.scope import Period, Scope
from profiles.figures.timing import Duration
from profiles.loans.models import LoanState
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.models import TransferState

MINUTES_OF_AN_HOUR = 60
Key = TypeVar("Key", bound=StrEnum)


@dataclass(frozen=True)
class Now:
    """What is on its way at the moment, and what of it is late. ``late`` counts each move once."""

    moves: Mapping[TransferState, Count]
    late: Count
    late_by_reason: Mapping[Reason, Count]
    loans: Mapping[LoanState, Count]
    late_loans: Late[LoanState, LoanReason]


@dataclass(frozen=True)
class FirstDays:
    """Who of those who began had the right access at the first attempt on their first day.

    ``begun`` are those who joined by a transfer or a bulk move, came back by an appointment, or began at the
    host of a loan, by now. ``wrong`` is of who tried; the others say why, and may overlap. ``unknown`` are
    the begun whose week is not over, ``idle`` those who tried nothing in it.
    """

    begun: Count
    wrong: Share | None
    unknown: Count
    idle: Count
    refused: Count
    kept_out: Count
    helped: Count
    old_uses: Count


@dataclass(frozen=True)
class Month:
    """One calendar month of the period, as far as it lies in it; hours and pence are (least, most).

    ``begun`` are those whom the hours saved count. ``wrong_first_days`` is of who tried.
    """

    first: date
    joined: Count
    begun: Count
    wrong_first_days: Share | None
    wrong_pay: Share | None
    hours: tuple[int, int] | None
    pence: tuple[int, int] | None


@dataclass(frozen=True)
class Figures:
    """Everything that the dashboard shows."""

    period: Period
    exact: bool
    now: Now
    joined: Count
    left: Count
    late_or_incomplete: Share | None
    endings: Mapping[TransferState, Count]
    durations: Mapping[Step, Duration]
    loan_durations: Mapping[LoanStage, Duration]
    bulk: BulkFigures
    first_days: FirstDays
    wrong_pay: Share | None
    begun: Mapping[Way, Count]
    all_begun: Count
    tasks: Count
    months: list[Month]
    assumed: list[Assumed]

    @property
    def hours(self) -> tuple[int, int] | None:
        """The hours saved in the whole period, least and most; None where too few began to say.

        A month in which too few began adds nothing.
        """
        return None if self.all_begun.fewer else _sum([one.hours for one in self.months])

    @property
    def pence(self) -> tuple[int, int] | None:
        """What they cost; None where nobody said what an hour costs in one of the months."""
        told = [one.pence for one in self.months if one.hours is not None]
        return None if self.hours is None or None in told else _sum(told)


@dataclass(frozen=True)
class Reader:
    """Whose figures somebody may see. ``organisation_ids`` is None for those of all organisations."""

    organisation_ids: Collection[UUID] | None
    exact: bool

    @property
    def scope(self) -> Scope:
        """The same for the database."""
        return Scope(self.organisation_ids)


def reader_of(permissions: Permissions, organisation_id: UUID | None = None) -> Reader:
    """What somebody may see, of one organisation or all that they may. Raises NotFound for another's.

    Numbers are exact where they may open each of the moves that are counted.
    """
    everywhere = Permission.SEE_FIGURES in permissions.platform
    mine = permissions.organisations(Permission.SEE_FIGURES)
    if organisation_id is not None and not everywhere and organisation_id not in mine:
        raise NotFound("There is no such organisation among those whose figures you may see.")
    if organisation_id is None and everywhere:
        return Reader(None, exact=False)
    asked = mine if organisation_id is None else frozenset({organisation_id})
    return Reader(asked, exact=asked <= permissions.organisations(Permission.SEE_TRANSFERS))


def figures_of(session: Session, reader: Reader, period: Period, now: datetime) -> Figures:
    """All figures, each worked out by the database at once for all moves."""
    scope, told = reader.scope, Discretion(reader.exact)
    known = assumed(session)
    arrived = outcomes.arrived(session, scope, period)
    pays = outcomes.first_pays(session, scope, period)
    days = outcomes.first_days(session, scope, period, now)
    saved = savings.saved(session, scope, period, now)
    begun = {way: sum(one.people.get(way, 0) for one in saved) for way in Way}
    joined = sum(arrived)
    late = outcomes.late_or_incomplete(session, scope, period, civil_date(now))
    return Figures(
        period=period,
        exact=reader.exact,
        now=_now(session, scope, told, now),
        joined=told.count(joined),
        left=told.count(outcomes.left(session, scope, period)),
        late_or_incomplete=told.share(late, joined),
        endings=_counts(outcomes.endings(session, scope, period), told),
        durations=durations(session, scope, period, told),
        loan_durations=loan_durations(session, scope, period, told),
        bulk=bulk_figures(session, scope, period, told, now),
        first_days=_first_days(days, outcomes.old_uses(session, scope, period, now), told),
        wrong_pay=told.share(sum(wrong for _n, wrong in pays), sum(number for number, _w in pays)),
        begun=_counts(begun, told),
        all_begun=told.count(sum(begun.values())),
        tasks=told.count(sum(one.tasks for one in saved)),
        months=[
            _month(
                first,
                told.count(came),
                told.share(day.wrong, day.tried),
                told.share(wrong, number),
                (told.count(sum(one.people.values())), told.count(one.tasks)),
                on_day(known, max(first, period.first)),
            )
            for first, came, day, (number, wrong), one in zip(
                period.months(), arrived, days, pays, saved, strict=True
            )
        ],
        assumed=[one for one in known if one.begins_on is None or one.begins_on <= period.last],
    )


def _now(session: Session, scope: Scope, told: Discretion, now: datetime) -> Now:
    by_reason, late = in_flight.late_moves(session, scope, now)
    return Now(
        moves=_counts(in_flight.moves_by_state(session, scope), told, in_flight.ON_THE_WAY),
        late=told.count(late),
        late_by_reason=_counts(by_reason, told),
        loans=_counts(in_flight.loans_by_state(session, scope), told),
        late_loans=told_late(late_loans(session, scope, now), LoanReason, told),
    )


def _first_days(days: Collection[outcomes.FirstDays], old_uses: int, told: Discretion) -> FirstDays:
    found = sum(days, start=outcomes.NO_FIRST_DAYS)
    return FirstDays(
        begun=told.count(found.joined),
        wrong=told.share(found.wrong, found.tried),
        unknown=told.count(found.joined - found.known),
        idle=told.count(found.known - found.tried),
        refused=told.count(found.refused),
        kept_out=told.count(found.kept_out),
        helped=told.count(found.helped),
        old_uses=told.count(old_uses),
    )


def _month(
    first: date,
    joined: Count,
    wrong_first_days: Share | None,
    wrong_pay: Share | None,
    saving: tuple[Count, Count],
    by: Assumed,
) -> Month:
    begun, tasks = saving
    hours = None if begun.fewer else _saved(begun.value, tasks.value, by)
    pence = (
        None
        if hours is None or by.hour_pence is None
        else (hours[0] * by.hour_pence, hours[1] * by.hour_pence)
    )
    return Month(first, joined, begun, wrong_first_days, wrong_pay, hours, pence)


def _saved(begun: int, tasks: int, by: Assumed) -> tuple[int, int]:
    """Hours that beginning anew would have cost, less what the tasks here did; from the numbers as told."""
    least, most = (
        (begun * one - tasks * by.task_minutes) / MINUTES_OF_AN_HOUR
        for one in (by.least_minutes, by.most_minutes)
    )
    return round(least), round(most)


def _counts(found: Mapping[Key, int], told: Discretion, always: Collection[Key] = ()) -> dict[Key, Count]:
    return {key: told.count(found.get(key, 0)) for key in dict.fromkeys((*always, *found))}


def _sum(pairs: Collection[tuple[int, int] | None]) -> tuple[int, int] | None:
    told = [one for one in pairs if one is not None]
    return (sum(one[0] for one in told), sum(one[1] for one in told)) if told else None
