"""When payroll must have what it needs, what it says of a first pay, and what it is told after a start."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel, text

from profiles.columns import new_id, stored_enum
from profiles.transfers.models import PayItem, Side


class PayCheck(SQLModel, table=True):
    """What payroll said of one item, right or wrong; what it says later stands beside it."""

    __tablename__ = "pay_checks"
    __table_args__ = (Index("ix_pay_checks_said", "at", "item"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    item: PayItem = Field(sa_type=stored_enum(PayItem))
    right: bool
    at: datetime
    by: UUID = Field(foreign_key="people.id")


class PayCorrection(SQLModel, table=True):
    """What the record says of the first day since it was corrected; payroll of ``side`` takes it up.

    The exporting side is told the start date alone. Of hours nobody was told before they were a term.
    """

    __tablename__ = "pay_corrections"
    __table_args__ = (
        Index(
            "ix_pay_corrections_open",
            "transfer_id",
            "side",
            unique=True,
            sqlite_where=text("taken_up_at IS NULL"),
            postgresql_where=text("taken_up_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    transfer_id: UUID = Field(foreign_key="transfers.id", index=True)
    side: Side = Field(sa_type=stored_enum(Side))
    start_date: date
    local_grade: str | None = None
    salary_pence: int | None = None
    fte_thousandths: int | None = None
    noticed_at: datetime
    taken_up_at: datetime | None = None
    taken_up_by: UUID | None = Field(default=None, foreign_key="people.id")


class PayrollCutOff(SQLModel, table=True):
    """The day of the month by which an organisation's payroll must have what it needs, as payroll said it."""

    __tablename__ = "payroll_cut_offs"
    __table_args__ = (CheckConstraint("day BETWEEN 1 AND 28", name="payroll_cut_off_day"),)

    organisation_id: UUID = Field(foreign_key="organisations.id", primary_key=True)
    day: int
    set_by: UUID = Field(foreign_key="people.id")
    set_at: datetime
