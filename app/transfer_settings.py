"""By when each part of a move between departments is done, and how far its dates may bend."""

from pydantic import Field
from pydantic_settings import BaseSettings


class TransferSettings(BaseSettings):
    """The part of the settings that is about the time that a transfer takes."""

    transfer_task_days: int = Field(
        default=14,
        ge=1,
        le=90,
        description="Within how many days each part of a move before its approval is done, by the last day "
        "at the latest (at once if that has passed), and the old department says whether the start of a "
        "move, or of somebody in a bulk move, was another day.",
    )
    payroll_cut_off_day: int = Field(
        default=15,
        ge=1,
        le=28,
        description="The day of the month by which payroll must have what it needs, so that the pay is "
        "right that month, where the organisation's payroll has not set its own.",
    )
    transfer_reminder_days: int = Field(
        default=3,
        ge=0,
        le=30,
        description="How many days before something in a move is due who is to act is reminded.",
    )
    transfer_escalation_days: int = Field(
        default=2,
        ge=0,
        le=30,
        description="By how many days something in a move may be late before who sees to it is told.",
    )
    transfer_policy_days: int = Field(
        default=28,
        ge=5,
        le=180,
        description="After how many days the dates of a move stand though the old department has not "
        "answered about them; sooner with less than twice that notice, once half of the notice is over. "
        "Nothing but the dates is settled so.",
    )
    transfer_policy_working_days: int = Field(
        default=5,
        ge=1,
        le=20,
        description="How many working days, Monday to Friday, the old department has at least to answer "
        "about the dates of a move with short notice before they stand.",
    )
    transfer_backdate_days: int = Field(
        default=14,
        ge=0,
        le=92,
        description="By how many days a start date may have passed that both departments agree on all the "
        "same, or that is corrected after the move has happened; within how many days after they were "
        "offered both approve such dates; that of an appointment; and since when somebody may be back from a "
        "loan. 0 allows none.",
    )
    first_pay_chase_days: int = Field(
        default=7,
        ge=1,
        le=31,
        description="After how many days payroll is asked again about a first pay, leave or pension that was "
        "wrong, and about what it lacks to pay "
        "somebody after a bulk move.",
    )
