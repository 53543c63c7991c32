"""How long each part of a transfer may take."""

from flask import current_app

from app.config import Settings
from profiles.transfers.timetable import Timetable


def transfer_timetable() -> Timetable:
    """How long each part of a transfer may take, by the settings."""
    timetable: Timetable = current_app.config["TRANSFER_TIMETABLE"]
    return timetable


def timetable_of(settings: Settings) -> Timetable:
    """How long each part of a transfer may take, by the settings."""
    return Timetable(
        task_days=settings.transfer_task_days,
        cut_off_day=settings.payroll_cut_off_day,
        chase_days=settings.first_pay_chase_days,
        reminder_days=settings.transfer_reminder_days,
        escalation_days=settings.transfer_escalation_days,
        policy_days=settings.transfer_policy_days,
        policy_working_days=settings.transfer_policy_working_days,
        backdate_days=settings.transfer_backdate_days,
    )
