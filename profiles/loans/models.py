"""A loan, its agreements with their approvals, and its history."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel, text

from profiles.clearances.levels import ClearanceLevel
from profiles.columns import new_id, stored_enum
from profiles.organisations.move_rules import Regime
from profiles.transfers.models import ReminderStage


class LoanState(StrEnum):
    """Where a loan stands (``states.py`` says what may follow what)."""

    DRAFT = "draft"
    EMPLOYEE_SUBMITTED = "employee_submitted"
    HOME_APPROVED = "home_approved"
    HOST_APPROVED = "host_approved"
    AGREEMENT_SIGNED = "agreement_signed"
    SCHEDULED = "scheduled"
    ON_LOAN = "on_loan"
    EXTENSION_PENDING = "extension_pending"
    RETURN_DUE = "return_due"
    ENDED_EARLY = "ended_early"
    CONVERTING = "converting"
    OVERDUE = "overdue"
    RETURNED = "returned"
    CONVERTED = "converted"
    ON_HOLD = "on_hold"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class LoanSide(StrEnum):
    """Which organisation of a loan somebody acts for: the employer, or where the work is done."""

    HOME = "home"
    HOST = "host"


class LoanKind(StrEnum):
    """A loan stays within the Civil Service; a secondment is to or from outside."""

    LOAN = "loan"
    SECONDMENT = "secondment"


class Payer(StrEnum):
    """Who bears the cost. The employee stays on the home payroll either way."""

    HOME = "home"
    HOST = "host"
    """The host is recharged."""


class AgreementOutcome(StrEnum):
    """What became of an agreement that was put to the three parties."""

    OPEN = "open"
    SIGNED = "signed"
    REFUSED = "refused"
    LAPSED = "lapsed"
    """The loan ended, or was drafted anew, before all had signed."""


class Loan(SQLModel, table=True):
    """A loan. Host access begins at ``begins_at`` and ends at ``ends_at``, whatever the state.

    ``regime`` names the rules that it follows, by the kinds of the two organisations.

    The host learns of it (``host_informed``) when the home organisation has approved.

    While it is on hold, ``resumes_to`` says where it goes on; ``hold_side`` alone reads ``hold_reason``, and
    is None where the record itself stopped it. ``version`` grows with each change, so that two officers who
    act at once cannot both win.
    """

    __tablename__ = "loans"
    __table_args__ = (
        CheckConstraint("home_organisation_id <> host_organisation_id", name="loan_of_two_organisations"),
        Index(
            "ix_loans_one_in_flight",
            "person_id",
            unique=True,
            sqlite_where=text("in_flight"),
            postgresql_where=text("in_flight"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID
    home_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    host_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    kind: LoanKind = Field(sa_type=stored_enum(LoanKind))
    regime: Regime = Field(default=Regime.CIVIL_SERVICE, sa_type=stored_enum(Regime))
    state: LoanState = Field(sa_type=stored_enum(LoanState), index=True)
    in_flight: bool = True
    host_informed: bool = False
    purpose: str
    start_date: date
    last_day: date
    begins_at: datetime = Field(index=True)
    ends_at: datetime = Field(index=True)
    prepared_by: UUID = Field(foreign_key="people.id")
    clearance_agreed_by: UUID | None = Field(default=None, foreign_key="people.id")
    agreed_clearances: list[str] = Field(default_factory=list, sa_type=JSON)
    """The clearances (their ``fact_id``) that the security officer agreed to share, and no others."""
    return_confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    transfer_id: UUID | None = Field(default=None, foreign_key="transfers.id")
    resumes_to: LoanState | None = Field(default=None, sa_type=stored_enum(LoanState))
    hold_side: LoanSide | None = Field(default=None, sa_type=stored_enum(LoanSide))
    hold_owner_id: UUID | None = Field(default=None, foreign_key="people.id")
    hold_reason: str = ""
    review_on: date | None = None
    end_asked_by: UUID | None = None
    """The officer of home who asks for them back before the end; another one agrees."""
    end_asked_at: datetime | None = None
    end_asked_day: date | None = None
    end_asked_reason: str = ""
    restart_on: date | None = None
    """The day on which it began in truth, as ``restart_by`` says until that is answered or taken back."""
    restart_by: UUID | None = Field(default=None, foreign_key="people.id")
    restart_due_on: date | None = Field(default=None, index=True)
    reminded_at: datetime | None = None
    created_at: datetime
    version: int = 1


class LoanAgreement(SQLModel, table=True):
    """What the three parties agree: the first of a loan, and one for each extension.

    The post at the host is described by its HR (``described_by``), with the line manager there and the
    clearance that it needs. ``signed_at`` is the employee's signature;
    the organisations sign by their approvals. Of a body outside for which nobody acts here the reference of
    what it has signed, and whom to ask there, are kept instead.
    """

    __tablename__ = "loan_agreements"
    __table_args__ = (
        UniqueConstraint("loan_id", "number"),
        Index(
            "ix_loan_agreements_open",
            "loan_id",
            unique=True,
            sqlite_where=text("outcome = 'open'"),
            postgresql_where=text("outcome = 'open'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    loan_id: UUID = Field(foreign_key="loans.id", index=True)
    number: int
    outcome: AgreementOutcome = Field(sa_type=stored_enum(AgreementOutcome))
    start_date: date
    last_day: date
    payer: Payer = Field(sa_type=stored_enum(Payer))
    local_grade: str = ""
    job_title: str = ""
    profession: str = ""
    unit: str = ""
    location: str = ""
    line_manager_id: UUID | None = Field(default=None, foreign_key="people.id")
    required_level: ClearanceLevel | None = Field(default=None, sa_type=stored_enum(ClearanceLevel))
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    described_by: UUID | None = Field(default=None, foreign_key="people.id")
    outside_reference: str = ""
    outside_contact: str = ""
    signed_at: datetime | None = None


class LoanApproval(SQLModel, table=True):
    """An organisation's approval of one agreement, by an officer who prepared nothing of it."""

    __tablename__ = "loan_approvals"
    __table_args__ = (
        UniqueConstraint("agreement_id", "side"),
        UniqueConstraint("agreement_id", "officer_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agreement_id: UUID = Field(foreign_key="loan_agreements.id", index=True)
    side: LoanSide = Field(sa_type=stored_enum(LoanSide))
    officer_id: UUID = Field(foreign_key="people.id")
    operator_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    """The shared service through which the officer acted."""
    approved_at: datetime


class LoanReminder(SQLModel, table=True):
    """That people were told once of something due on one day; ``side`` is empty for the employee."""

    __tablename__ = "loan_reminders"
    __table_args__ = (UniqueConstraint("loan_id", "act", "side", "due_on", "stage"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    loan_id: UUID = Field(foreign_key="loans.id", index=True)
    act: str
    side: str
    due_on: date
    stage: ReminderStage = Field(sa_type=stored_enum(ReminderStage))
    sent_at: datetime


class LoanStep(SQLModel, table=True):
    """A change of state, who made it and why; ``by`` is None where time or the record did.

    ``side`` is the organisation for which an officer acted. ``reason_for`` is the one side that may read the
    reason, None where all who see the loan may.
    """

    __tablename__ = "loan_steps"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    loan_id: UUID = Field(foreign_key="loans.id", index=True)
    from_state: LoanState = Field(sa_type=stored_enum(LoanState))
    to_state: LoanState = Field(sa_type=stored_enum(LoanState))
    at: datetime
    by: UUID | None = Field(default=None, foreign_key="people.id")
    side: LoanSide | None = Field(default=None, sa_type=stored_enum(LoanSide))
    reason: str = ""
    reason_for: LoanSide | None = Field(default=None, sa_type=stored_enum(LoanSide))
