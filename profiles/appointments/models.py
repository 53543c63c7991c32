"""An employment that is to begin on an account that there is already, until two officers agreed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel, text

from profiles.clearances.levels import ClearanceLevel
from profiles.columns import new_id, stored_enum
from profiles.employments.models import ContractType
from profiles.pay.models import FULL_TIME
from profiles.transfers.clearance_answers import SETTLES_NOTHING, Answer
from profiles.transfers.models import TaskKind


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    WAITING = "waiting"
    """For a second officer."""
    AGREED = "agreed"
    """The employment is recorded from its first day on."""
    REFUSED = "refused"
    CANCELLED = "cancelled"
    """Before the second officer decided, or after it and before the first day; by itself where nobody did."""


class Appointment(SQLModel, table=True):
    """What an organisation offers somebody who accepted its invitation and is employed nowhere.

    ``last_day`` is that of an employment for a time: everything that it records ends with it. ``accepted_at``
    is when the person agreed with the terms; nobody approves it before.

    ``first_pay_right`` is what payroll said first of the first pay, at ``pay_said_at``, and ``wrong_items``
    what it said last was wrong.

    Of the clearance that ``required_level`` asks for, ``clearance_said`` is what a security officer said
    last, with what is done meanwhile and until when where somebody may start before it is there.

    ``invitation_id`` is of the invitation, which is forgotten before this. ``reason`` is why it was refused
    or cancelled. ``version`` grows with each change. That it waits, those who decide were reminded at
    ``reminded_at``, and who sees to it was told at ``escalated_at``.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index(
            "ix_appointments_one_waiting",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    invitation_id: UUID
    state: AppointmentState = Field(
        default=AppointmentState.WAITING, sa_type=stored_enum(AppointmentState), index=True
    )
    start_date: date
    begins_at: datetime
    last_day: date | None = None
    employment_number: str
    contract_type: ContractType = Field(sa_type=stored_enum(ContractType))
    continuous_service_from: date
    local_grade: str
    job_title: str
    profession: str = ""
    unit: str = ""
    location: str = ""
    work_address: str
    salary_pence: int
    fte_thousandths: int = FULL_TIME
    pay_location: str = ""
    required_level: ClearanceLevel | None = Field(default=None, sa_type=stored_enum(ClearanceLevel))
    clearance_said: Answer | None = Field(default=None, sa_type=stored_enum(Answer))
    clearance_said_by: UUID | None = Field(default=None, foreign_key="people.id")
    clearance_said_at: datetime | None = None
    dispensed_until: date | None = None
    mitigations: str = ""
    bpss_checked_on: date
    line_manager_id: UUID | None = Field(default=None, foreign_key="people.id")
    prepared_by: UUID = Field(foreign_key="people.id")
    created_at: datetime
    accepted_at: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    first_pay_right: bool | None = None
    pay_said_at: datetime | None = Field(default=None, index=True)
    wrong_items: str = ""
    reason: str = ""
    version: int = 1

    @property
    def vetted_by(self) -> UUID | None:
        """The security officer on whose word an approval would rest."""
        settles = self.clearance_said is not None and self.clearance_said not in SETTLES_NOTHING
        return self.clearance_said_by if settles else None


class AppointmentTask(SQLModel, table=True):
    """What is done once it is agreed: the first day, and payroll's part; of the kinds of a transfer.

    ``owner_id`` is the line manager who arranges the first day. Who is to act was reminded at
    ``reminded_at``, and who sees to it told at ``escalated_at``, of the day that stands.
    """

    __tablename__ = "appointment_tasks"
    __table_args__ = (UniqueConstraint("appointment_id", "kind"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointments.id")
    kind: TaskKind = Field(sa_type=stored_enum(TaskKind))
    owner_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    due_on: date
    done_at: datetime | None = None
    done_by: UUID | None = Field(default=None, foreign_key="people.id")
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
