"""By when each part of a transfer is done; all durations are settings."""

from dataclasses import dataclass
from datetime import date, timedelta

from profiles.transfers.models import TaskKind, Transfer


@dataclass(frozen=True)
class Timetable:
    """How long each part of a transfer may take, in civil days.

    What comes before approval is due ``task_days`` after it is asked for, never later than the last day. What
    payroll has by its ``cut_off_day`` of a month is in that month's pay. What was wrong in it is asked about
    again after ``chase_days``. Who is to act is reminded ``reminder_days`` before, and what is late by more
    than ``escalation_days`` is escalated. The dates need no answer ``policy_days`` after they were offered,
    with short notice once half of it is over and never before ``policy_working_days`` are. A start date may
    have passed by ``backdate_days`` when it is offered as one that has.
    """

    task_days: int = 14
    cut_off_day: int = 15
    chase_days: int = 7
    reminder_days: int = 3
    escalation_days: int = 2
    policy_days: int = 28
    policy_working_days: int = 5
    backdate_days: int = 14

    def due_on(self, kind: TaskKind, transfer: Transfer, today: date) -> date:
        """By when a task that is asked for today is done."""
        if kind is TaskKind.FIRST_DAY:
            return max(transfer.start_date - timedelta(days=1), today)
        last_day = max(transfer.last_day, today)
        if kind is TaskKind.RELEASE:
            return last_day
        if kind is TaskKind.PAYROLL_DETAILS:
            return self.cut_off(max(transfer.start_date, transfer.dates_offered_on))
        if kind is TaskKind.FIRST_PAY:
            return self.first_pay(max(transfer.start_date, transfer.dates_offered_on))
        return min(last_day, today + timedelta(days=self.task_days))

    def policy_date(self, offered_on: date, last_day: date) -> date | None:
        """From when on dates need no answer; None where the notice is too short for that."""
        half = offered_on + (last_day - offered_on) // 2
        soonest = min(offered_on + timedelta(days=self.policy_days), half)
        day = max(soonest, _after_working_days(offered_on, self.policy_working_days))
        return day if day <= last_day else None

    def first_pay(self, start_date: date) -> date:
        """By when payroll has seen the first pay: the end of the month of the cut-off day."""
        return _end_of_month(self.cut_off(start_date))

    def cut_off(self, start_date: date) -> date:
        """The last day on which payroll can take somebody up who starts then: the first after the start."""
        this_month = start_date.replace(day=self.cut_off_day)
        if start_date <= this_month:
            return this_month
        return (_end_of_month(start_date) + timedelta(days=1)).replace(day=self.cut_off_day)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _after_working_days(day: date, number: int) -> date:
    """The day so many Mondays to Fridays later; bank holidays count, which differ by nation."""
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < _SATURDAY
    return day


_SATURDAY = 5
STANDARD = Timetable()
