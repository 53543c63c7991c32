"""What the hours saved are worked out from, as somebody of the centre said and when."""

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
