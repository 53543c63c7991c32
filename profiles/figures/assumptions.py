"""Says what the hours saved rest on, from which day, and where it is from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotPermitted
from profiles.figures.models import SavingAssumption
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

LONGEST_MINUTES = 60 * 1000
DEAREST_HOUR = 1_000_00
LONGEST_SOURCE = 500


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a move; ``begins_on`` is None for what holds before anybody has said anything."""

    least_minutes: int
    most_minutes: int
    task_minutes: int
    hour_pence: int | None
    source: str
    begins_on: date | None = None


STANDARD = Assumed(
    least_minutes=7 * 60 + 24,
    most_minutes=14 * (7 * 60 + 24),
    task_minutes=15,
    hour_pence=None,
    source="At least one working day of 7 hours 24 minutes, and a quarter of an hour a task: conventions of "
    "this service. At most 14 working days: about 420,000 a year for 30,000 moves (PublicTechnology, 2023).",
)
"""What holds until the centre says otherwise."""


def assumed(session: Session) -> list[Assumed]:
    """All that holds or held, oldest first; each from its day until the next one's."""
    query = select(SavingAssumption).order_by(
        col(SavingAssumption.begins_on), col(SavingAssumption.recorded_at), col(SavingAssumption.id)
    )
    by_day = {
        one.begins_on: Assumed(
            one.least_minutes, one.most_minutes, one.task_minutes, one.hour_pence, one.source, one.begins_on
        )
        for one in session.exec(query)
    }
    return [STANDARD, *by_day.values()]


def on_day(known: Sequence[Assumed], day: date) -> Assumed:
    """What holds for a move whose start date is this day."""
    return [one for one in known if one.begins_on is None or one.begins_on <= day][-1]


def assume(
    session: Session, now: datetime, *, officer_id: UUID, permissions: Permissions, wanted: Assumed
) -> SavingAssumption:
    """Say what holds from a day on. Raises NotPermitted, and Invalid naming the field.

    It changes nobody's access and no record, so one person says so; the audit trail keeps who.
    """
    if Permission.SET_ASSUMPTIONS not in permissions.platform:
        raise NotPermitted("You may not say what the figures assume.")
    _check(wanted)
    if wanted.begins_on is None:
        raise Invalid("Say from which day on it holds.", field="begins_on")
    said = SavingAssumption(
        begins_on=wanted.begins_on,
        least_minutes=wanted.least_minutes,
        most_minutes=wanted.most_minutes,
        task_minutes=wanted.task_minutes,
        hour_pence=wanted.hour_pence,
        source=wanted.source.strip(),
        recorded_by=officer_id,
        recorded_at=now,
    )
    session.add(said)
    session.flush()
    append(
        session,
        Event.SAVING_ASSUMED,
        Initiator.person(officer_id),
        now,
        details={
            "begins_on": said.begins_on.isoformat(),
            "least_minutes": said.least_minutes,
            "most_minutes": said.most_minutes,
            "task_minutes": said.task_minutes,
            "hour_pence": said.hour_pence,
        },
    )
    return said


def _check(wanted: Assumed) -> None:
    for field in ("least_minutes", "most_minutes", "task_minutes"):
        if not 0 <= getattr(wanted, field) <= LONGEST_MINUTES:
            raise Invalid("Enter hours from 0 to 1,000.", field=field)
    if wanted.most_minutes < wanted.least_minutes:
        raise Invalid("The most must not be less than the least.", field="most_minutes")
    if wanted.hour_pence is not None and not 0 < wanted.hour_pence <= DEAREST_HOUR:
        raise Invalid("Enter pounds from 0.01 to 1,000.", field="hour_pence")
    if not wanted.source.strip():
        raise Invalid("Say where the numbers are from.", field="source")
    if len(wanted.source) > LONGEST_SOURCE:
        raise Invalid(f"Say it in {LONGEST_SOURCE} characters at most.", field="source")
