"""How first days went, and what the hours saved are worked out from, as the centre said and when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


class SavingAssumption(SQLModel, table=True):
    """What holds for moves whose start date is ``begins_on`` or later, until another one begins.

    A move that begins anew costs between ``least_minutes`` and ``most_minutes`` of everybody's work; a task
    done here costs ``task_minutes``. ``hour_pence`` is what an hour costs, None while nobody has said so.
    What was said last for a day counts.
    """

    __tablename__ = "saving_assumptions"
    __table_args__ = (
        CheckConstraint("0 <= least_minutes AND least_minutes <= most_minutes", name="saving_range"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    begins_on: date = Field(index=True)
    least_minutes: int
    most_minutes: int
    task_minutes: int
    hour_pence: int | None = None
    source: str
    recorded_by: UUID = Field(foreign_key="people.id")
    recorded_at: datetime


class FirstDayLook(SQLModel):
    """How somebody's first day at their apps went, looked at once the week after the start date is over.

    ``tried_on`` is the first day, from the start date on, on which they signed in or tried an app; None
    where they did neither in that week. ``refused`` counts the apps that turned them away at the first
    attempt on that day and ought not to have; ``kept_out`` says that they could not sign in on it, and
    ``helped`` that their record or their way in was mended by then. ``old_uses`` counts the apps that were
    used from the last day's end on although nothing recorded bears it.
    """

    tried_on: date | None = None
    refused: int = 0
    kept_out: bool = False
    helped: bool = False
    old_uses: int = 0
    looked_at: datetime


class TransferFirstDay(FirstDayLook, table=True):
    """That of somebody who joined by a transfer."""

    __tablename__ = "transfer_first_days"

    transfer_id: UUID = Field(foreign_key="transfers.id", primary_key=True)


class BulkMoveFirstDay(FirstDayLook, table=True):
    """That of somebody whom a bulk move moved."""

    __tablename__ = "bulk_move_first_days"

    member_id: UUID = Field(foreign_key="bulk_move_members.id", primary_key=True)


class LoanFirstDay(FirstDayLook, table=True):
    """That of somebody who began at the host of a loan."""

    __tablename__ = "loan_first_days"

    loan_id: UUID = Field(foreign_key="loans.id", primary_key=True)


class AppointmentFirstDay(FirstDayLook, table=True):
    """That of somebody who came back by an appointment."""

    __tablename__ = "appointment_first_days"

    appointment_id: UUID = Field(foreign_key="appointments.id", primary_key=True)
