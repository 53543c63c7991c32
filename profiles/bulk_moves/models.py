"""A bulk move, the people on its list with what became of each, its agreements and its history."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel, text

from profiles.columns import new_id, stored_enum
from profiles.organisations.grades import CommonGrade
from profiles.organisations.move_rules import Regime
from profiles.transfers.models import ReminderStage, Side


class BulkMoveState(StrEnum):
    """Where a bulk move stands (``states.py`` says what may follow what)."""

    LIST_DRAFTED = "list_drafted"
    BOTH_AGREED = "both_agreed"
    VALIDATED = "validated"
    SCHEDULING = "scheduling"
    SCHEDULED = "scheduled"
    LEFT = "left"
    JOINED = "joined"
    RECONCILING = "reconciling"
    COMPLETED = "completed"
    REFUSED = "refused"
    REDATING = "redating"
    """It gets another start date: what is recorded for the old one is taken back, then both agree anew."""
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class MemberState(StrEnum):
    """What has become of one person on the list."""

    LISTED = "listed"
    """Nobody has looked at their record yet."""
    READY = "ready"
    SET_APART = "set_apart"
    """They do not move with the others; the reason says why."""
    SCHEDULED = "scheduled"
    LEFT = "left"
    JOINED = "joined"
    PAID = "paid"
    """Payroll has seen that first pay, leave and pension are right."""
    PAY_WRONG = "pay_wrong"
    """One of them is not yet."""
    CANCELLED = "cancelled"


MOVED = (MemberState.JOINED, MemberState.PAID, MemberState.PAY_WRONG)
"""Of whoever works in the new organisation."""
TURNED = (MemberState.LEFT, *MOVED)
"""Of whoever does not work in the old one any more."""


class PayrollDetail(StrEnum):
    """What payroll needs of somebody, from elsewhere, before it can pay them."""

    TAX = "tax"
    STUDENT_LOAN = "student_loan"
    BANK = "bank"
    ADVANCES = "advances"


class Reason(StrEnum):
    """Why somebody is set apart."""

    NO_POST = "no_post"
    """They do not have exactly one employment and one home post there, or one in the new organisation too."""
    LEAVING = "leaving"
    """Their employment ends before the start date."""
    PLANNED = "planned"
    """They are to have another post on the start date or later, and which that is now HR decide."""
    ON_LOAN = "on_loan"
    ON_BREAK = "on_break"
    """They are on a career break, or are about to be: their return is recorded first."""
    IN_TRANSFER = "in_transfer"
    IN_BULK_MOVE = "in_bulk_move"
    """Another bulk move has them."""
    SUSPENDED = "suspended"
    CLEARANCE = "clearance"
    """Their post asks for a clearance, and theirs is suspended or withdrawn."""
    CONTESTED = "contested"
    """Something in their record waits for a person to settle."""
    SIGN_IN = "sign_in"
    """They have no way to sign in that does not belong to the old organisation."""
    RECORD_CHANGED = "record_changed"
    """Their record was changed after it was planned, so that it does not fit the plan any more."""
    MOVED_ON = "moved_on"
    """They do not stand any more where the move put them that this one takes back."""
    EXCLUDED = "excluded"
    """An officer left them out."""


class BulkMove(SQLModel, table=True):
    """A move of many on one day: ``starts_at`` is the instant at which the old posts end and the new begin.

    Without ``by_list`` it is a rule: everybody of the exporting organisation, where ``include_subtree`` also
    of those below it, where given of one grade or one profession. ``ends_exporter`` closes that organisation
    once nobody works there any more; ``addresses_go_along`` keeps their work addresses. With
    ``providers_go_along`` its own sign-in providers become the importing organisation's on the day.

    ``regime`` names the rules that it follows, by the kinds of the two organisations.

    ``version`` grows with each change, so that two officers who act at once cannot both win. Until
    ``busy_until`` somebody works on it. ``looked_at`` is when its people were last looked at again.
    ``redated_by`` gave it the start date that it has, or is to have by ``new_start_date``.
    ``reverses_id`` is the move that it takes back, of those who came from where they now go.
    """

    __tablename__ = "bulk_moves"
    __table_args__ = (
        CheckConstraint("exporting_organisation_id <> importing_organisation_id", name="many_between_two"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    exporting_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    importing_organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    regime: Regime = Field(default=Regime.CIVIL_SERVICE, sa_type=stored_enum(Regime))
    state: BulkMoveState = Field(sa_type=stored_enum(BulkMoveState), index=True)
    by_list: bool
    include_subtree: bool = False
    common_grade: CommonGrade | None = Field(default=None, sa_type=stored_enum(CommonGrade))
    profession: str = ""
    start_date: date
    starts_at: datetime
    ends_exporter: bool = False
    addresses_go_along: bool = True
    providers_go_along: bool = False
    prepared_by: UUID = Field(foreign_key="people.id")
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    created_at: datetime
    busy_until: datetime | None = None
    looked_at: datetime | None = None
    exporter_ended_at: datetime | None = None
    new_start_date: date | None = None
    redated_by: UUID | None = Field(default=None, foreign_key="people.id")
    reverses_id: UUID | None = Field(default=None, foreign_key="bulk_moves.id", index=True)
    version: int = 1

    @property
    def is_of_all(self) -> bool:
        """Whether it takes everybody: nobody has picked whom."""
        return not self.by_list and self.common_grade is None and not self.profession


class BulkMoveMember(SQLModel, table=True):
    """Somebody on the list, with the one employment that moves. ``reason`` says why they are set apart.

    While ``in_flight`` no other bulk move, transfer or loan may have them. ``words`` are an officer's.
    ``leaving_out_by`` asked, for the reason of ``leaving_out_words``, that they be left out although their
    move is recorded: a second officer decides.
    What payroll said first of the first pay (``first_pay_right``, at ``pay_said_at``) stays, put right later
    or not. ``wrong_items`` are the names of what was wrong when it looked last, at ``pay_looked_at``.
    ``details_at`` is when payroll said last whether it has what it needs to pay them, and ``missing_details``
    are the names of what it has not.
    ``restart_on`` is the day on which they began in truth, as ``restart_by`` of the new organisation says
    until that is answered or taken back; ``restart_due_on`` is by when.
    """

    __tablename__ = "bulk_move_members"
    __table_args__ = (
        UniqueConstraint("bulk_move_id", "person_id"),
        Index("ix_bulk_move_members_state", "bulk_move_id", "state"),
        Index(
            "ix_bulk_move_members_one_in_flight",
            "person_id",
            unique=True,
            sqlite_where=text("in_flight"),
            postgresql_where=text("in_flight"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_move_id: UUID = Field(foreign_key="bulk_moves.id")
    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID
    organisation_id: UUID = Field(foreign_key="organisations.id")
    number: str
    state: MemberState = Field(default=MemberState.LISTED, sa_type=stored_enum(MemberState))
    reason: Reason | None = Field(default=None, sa_type=stored_enum(Reason))
    words: str = ""
    in_flight: bool = False
    new_number: str = ""
    new_employment_id: UUID | None = None
    scheduled_at: datetime | None = None
    chased_at: datetime | None = None
    leaving_out_by: UUID | None = Field(default=None, foreign_key="people.id")
    leaving_out_words: str = ""
    details_at: datetime | None = None
    missing_details: str = ""
    pay_said_at: datetime | None = None
    first_pay_right: bool | None = None
    wrong_items: str = ""
    pay_looked_at: datetime | None = None
    restart_on: date | None = None
    restart_by: UUID | None = Field(default=None, foreign_key="people.id")
    restart_due_on: date | None = Field(default=None, index=True)


class BulkMoveAgreement(SQLModel, table=True):
    """An organisation's agreement to a bulk move, by an officer who did not prepare it."""

    __tablename__ = "bulk_move_agreements"
    __table_args__ = (
        UniqueConstraint("bulk_move_id", "side"),
        UniqueConstraint("bulk_move_id", "officer_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_move_id: UUID = Field(foreign_key="bulk_moves.id", index=True)
    side: Side = Field(sa_type=stored_enum(Side))
    officer_id: UUID = Field(foreign_key="people.id")
    operator_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    """The shared service through which the officer acted."""
    agreed_at: datetime


class BulkMoveStep(SQLModel, table=True):
    """A change of state, who made it and why; ``by`` is None where time or the worker did."""

    __tablename__ = "bulk_move_steps"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_move_id: UUID = Field(foreign_key="bulk_moves.id", index=True)
    from_state: BulkMoveState = Field(sa_type=stored_enum(BulkMoveState))
    to_state: BulkMoveState = Field(sa_type=stored_enum(BulkMoveState))
    at: datetime
    by: UUID | None = Field(default=None, foreign_key="people.id")
    reason: str = ""


class BulkMoveReminder(SQLModel, table=True):
    """That officers were told once of something due on one day; ``side`` is empty where both are to act."""

    __tablename__ = "bulk_move_reminders"
    __table_args__ = (UniqueConstraint("bulk_move_id", "act", "side", "due_on", "stage"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_move_id: UUID = Field(foreign_key="bulk_moves.id", index=True)
    act: str
    side: str
    due_on: date
    stage: ReminderStage = Field(sa_type=stored_enum(ReminderStage))
    sent_at: datetime


class BulkMovePayCorrection(SQLModel, table=True):
    """That the record of somebody's first day was corrected: payroll of ``side`` takes it up.

    What was corrected is not kept again. Payroll was told what was known when the move happened, or at the
    ``noticed_at`` of the one that it took up last; right is what was known at this ``noticed_at``.
    """

    __tablename__ = "bulk_move_pay_corrections"
    __table_args__ = (
        Index(
            "ix_bulk_move_pay_corrections_open",
            "member_id",
            "side",
            unique=True,
            sqlite_where=text("taken_up_at IS NULL"),
            postgresql_where=text("taken_up_at IS NULL"),
        ),
        Index("ix_bulk_move_pay_corrections_side", "bulk_move_id", "side"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    bulk_move_id: UUID = Field(foreign_key="bulk_moves.id")
    member_id: UUID = Field(foreign_key="bulk_move_members.id", index=True)
    side: Side = Field(sa_type=stored_enum(Side))
    noticed_at: datetime
    taken_up_at: datetime | None = None
    taken_up_by: UUID | None = Field(default=None, foreign_key="people.id")
