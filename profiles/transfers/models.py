"""A transfer, its tasks, approvals and history, and the code or the invitation by which it begins."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel, text

from profiles.clearances.levels import ClearanceLevel
from profiles.columns import new_id, stored_enum
from profiles.employments.models import ContractType
from profiles.organisations.move_rules import Regime


class TransferState(StrEnum):
    """Where a permanent transfer stands (``states.py`` says what may follow what)."""

    DRAFT = "draft"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    LEFT = "left"
    JOINED = "joined"
    RECONCILING = "reconciling"
    COMPLETED = "completed"
    ON_HOLD = "on_hold"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    OBJECTED = "objected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Side(StrEnum):
    """Which organisation of a transfer somebody acts for."""

    EXPORTING = "exporting"
    IMPORTING = "importing"


class TaskKind(StrEnum):
    """What must be done before a transfer can be scheduled, and after it."""

    EMPLOYEE_DETAILS = "employee_details"
    BPSS = "bpss"
    TERMS = "terms"
    SIGN_IN = "sign_in"
    LINE_MANAGER = "line_manager"
    RELEASE = "release"
    CLEARANCE = "clearance"
    CLEARANCE_READY = "clearance_ready"
    FIRST_DAY = "first_day"
    PAYROLL_DETAILS = "payroll_details"
    FIRST_PAY = "first_pay"


class PayItem(StrEnum):
    """What payroll looks at after the start date."""

    FIRST_PAY = "first_pay"
    LEAVE = "leave"
    PENSION = "pension"


class ReminderStage(StrEnum):
    """Before something is due, and once it is late."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


class TransferCode(SQLModel, table=True):
    """A code that the employee gives to the importing department; kept as a hash, spent once.

    ``employment_id`` is the one that moves, of somebody who has several.
    """

    __tablename__ = "transfer_codes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    code_hash: str = Field(unique=True)
    employment_id: UUID | None = None
    created_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
    spent_by_organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")


class InvitationState(StrEnum):
    """Where an invitation stands; one that is over by time alone keeps the state in which it was left."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    USED = "used"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    WITHDRAWN = "withdrawn"


class MoveInvitation(SQLModel, table=True):
    """The importing organisation asks whoever reads an address to join it; the link rests as a hash.

    ``address`` is where the mail went, and says nothing of whose account answers: ``person_id`` is who did,
    and ``employment_id`` the one that moves, where they have several.
    ``expires_at`` is by when the invitation is answered and, once it is, by when the move is prepared.
    """

    __tablename__ = "move_invitations"
    __table_args__ = (
        Index(
            "ix_move_invitations_one_open",
            "organisation_id",
            "address",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_move_invitations_mailed", "address", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    address: str
    token_hash: str = Field(unique=True)
    job_title: str
    unit: str = ""
    location: str = ""
    start_date: date | None = None
    state: InvitationState = Field(default=InvitationState.OPEN, sa_type=stored_enum(InvitationState))
    invited_by: UUID = Field(foreign_key="people.id", index=True)
    created_at: datetime
    expires_at: datetime = Field(index=True)
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    employment_id: UUID | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    reminded_at: datetime | None = None


class Transfer(SQLModel, table=True):
    """A permanent move. ``leave_at`` and ``join_at`` are the two instants at which access turns.

    ``dates_offered_on`` is when the dates that stand were offered; ``date_settled_at`` when they came to
    stand without an answer of the old department.

    ``required_level`` is the clearance that the new post needs; ``dispensed_by`` is the security officer of
    the new department who lets somebody start before it, through ``dispensed_until``. ``granted_on`` is when
    a level that the old department sponsors was granted anew (``granted_anew``), through ``granted_until``.

    ``way_in`` is the name of the credential that the employee will have on the first morning, once they said.
    ``reverses_id`` is the move that this one takes back.

    ``fte_thousandths`` and ``contract_type`` are None of moves that were agreed before these were terms: the
    hours are those of the old department, the contract is a permanent one.

    ``regime`` names the rules that it follows, by the kinds of the two organisations.

    ``agree_by`` is the last day on which both agree to dates that had passed when they were offered; None
    where they had not.

    ``restart_on`` and ``restart_last_day`` are the dates that it had in truth, as ``restart_by`` of the new
    department says until it takes that back, or the old one has answered; ``restart_due_on`` is by when.

    ``version`` grows with each change, so that two officers who act at once cannot both win.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("exporting_organisation_id <> importing_organisation_id", name="two_organisations"),
        Index(
            "ix_transfers_one_in_flight",
            "person_id",
            unique=True,
            sqlite_where=text("in_flight"),
            postgresql_where=text("in_flight"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID
    exporting_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    importing_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    reverses_id: UUID | None = Field(default=None, foreign_key="transfers.id", index=True)
    regime: Regime = Field(default=Regime.CIVIL_SERVICE, sa_type=stored_enum(Regime))
    state: TransferState = Field(sa_type=stored_enum(TransferState), index=True)
    in_flight: bool = True
    offered_on: date
    last_day: date
    start_date: date
    leave_at: datetime = Field(index=True)
    join_at: datetime = Field(index=True)
    local_grade: str
    job_title: str
    profession: str = ""
    unit: str = ""
    location: str = ""
    employment_number: str
    work_address: str
    salary_pence: int
    fte_thousandths: int | None = None
    pay_location: str = ""
    contract_type: ContractType | None = Field(default=None, sa_type=stored_enum(ContractType))
    bpss_checked_on: date | None = None
    required_level: ClearanceLevel | None = Field(default=None, sa_type=stored_enum(ClearanceLevel))
    clearance_released: bool = False
    dispensed_by: UUID | None = Field(default=None, foreign_key="people.id")
    dispensed_until: date | None = None
    mitigations: str = ""
    granted_on: date | None = None
    granted_until: date | None = None
    way_in: str = ""
    prepared_by: UUID = Field(foreign_key="people.id")
    dates_offered_on: date
    date_settled_at: datetime | None = None
    agree_by: date | None = None
    redated_by: UUID | None = Field(default=None, foreign_key="people.id")
    restart_on: date | None = None
    restart_last_day: date | None = None
    restart_by: UUID | None = Field(default=None, foreign_key="people.id")
    restart_due_on: date | None = Field(default=None, index=True)
    created_at: datetime
    version: int = 1

    @property
    def is_backdated(self) -> bool:
        """Whether its start date had passed already when it was offered, as both departments know."""
        return self.dates_offered_on > self.start_date

    def needs_other_dates(self, today: date) -> bool:
        """Whether its dates have passed, or passed too long ago, for anybody to agree to them any more."""
        if self.is_backdated:
            return self.agree_by is not None and self.agree_by < today
        return self.start_date < today


class TransferTask(SQLModel, table=True):
    """One of the parallel tasks. ``side`` is None where the employee is the owner.

    ``owner_id`` is who does it where that is one person of the side, a line manager. ``took_hours`` are whole
    hours since it was asked for (``tasks.finish`` says when that is), None where nobody did it, or had to.
    """

    __tablename__ = "transfer_tasks"
    __table_args__ = (
        UniqueConstraint("transfer_id", "kind"),
        Index(
            "ix_transfer_tasks_done",
            "done_at",
            "kind",
            "took_hours",
            sqlite_where=text("took_hours IS NOT NULL"),
            postgresql_where=text("took_hours IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    kind: TaskKind = Field(sa_type=stored_enum(TaskKind))
    side: Side | None = Field(default=None, sa_type=stored_enum(Side))
    owner_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    due_on: date
    done_at: datetime | None = None
    took_hours: int | None = None
    done_by: UUID | None = Field(default=None, foreign_key="people.id")
    outcome: str = ""


class DetailsCorrection(SQLModel, table=True):
    """What the employee says is wrong in their details, and what HR of the old department answer."""

    __tablename__ = "details_corrections"
    __table_args__ = (
        Index(
            "ix_details_corrections_open",
            "transfer_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    what: str
    asked_at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="people.id")


class TransferApproval(SQLModel, table=True):
    """An organisation's approval, by an officer who did not prepare the transfer."""

    __tablename__ = "transfer_approvals"
    __table_args__ = (
        UniqueConstraint("transfer_id", "side"),
        UniqueConstraint("transfer_id", "officer_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    side: Side = Field(sa_type=stored_enum(Side))
    officer_id: UUID = Field(foreign_key="people.id")
    operator_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    """The shared service through which the officer acted."""
    approved_at: datetime


class TransferInterruption(SQLModel, table=True):
    """A time in which a transfer stands still: on hold for one ``side``, or blocked by gates that failed.

    ``owner_id`` is who put it on hold and is asked on ``review_on``; both are None while it is blocked.
    ``reason`` is read by that side alone. ``gates`` are the names of those that failed, after a comma each.
    """

    __tablename__ = "transfer_interruptions"
    __table_args__ = (
        Index(
            "ix_transfer_interruptions_open",
            "transfer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    resumes_to: TransferState = Field(sa_type=stored_enum(TransferState))
    side: Side | None = Field(default=None, sa_type=stored_enum(Side))
    owner_id: UUID | None = Field(default=None, foreign_key="people.id")
    reason: str = ""
    gates: str = ""
    review_on: date | None = None
    reminded_at: datetime | None = None
    began_at: datetime
    ended_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")


class TransferReminder(SQLModel, table=True):
    """That people were told once of something due on one day; ``side`` is empty for the employee."""

    __tablename__ = "transfer_reminders"
    __table_args__ = (UniqueConstraint("transfer_id", "act", "side", "due_on", "stage"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    act: str
    side: str
    due_on: date
    stage: ReminderStage = Field(sa_type=stored_enum(ReminderStage))
    sent_at: datetime


class TransferStep(SQLModel, table=True):
    """A change of state, who made it and why; ``by`` is None where time itself did.

    ``reason_for`` is the one side that may read the reason, None where all who see the transfer may.
    """

    __tablename__ = "transfer_steps"
    __table_args__ = (Index("ix_transfer_steps_reached", "at", "to_state", "transfer_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    from_state: TransferState = Field(sa_type=stored_enum(TransferState))
    to_state: TransferState = Field(sa_type=stored_enum(TransferState))
    at: datetime
    by: UUID | None = Field(default=None, foreign_key="people.id")
    reason: str = ""
    reason_for: Side | None = Field(default=None, sa_type=stored_enum(Side))
