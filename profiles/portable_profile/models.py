"""Changes of somebody's record that an officer asked for."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class Action(StrEnum):
    """What an officer does to a record."""

    CORRECT = "correct"
    """It was said wrongly: the fact says something else, over its time or another."""
    END = "end"
    """It is so no longer, from a day on."""
    ADD = "add"
    """Something is so from a day on, and what it replaces ends then."""
    STEP = "step"
    """A clearance, or an application for one, goes on to another status."""
    TAKE_BACK = "take_back"
    """What was recorded of a clearance never was so: what was believed before is so again."""
    EXTEND = "extend"
    """A clearance may be used for longer."""
    LEAVE = "leave"
    """An employment ends, for a cause, and everything with it."""
    STAY = "stay"
    """An employment that would have ended goes on: what ``LEAVE`` recorded is taken back."""
    CHANGE_POST = "change_post"
    """Somebody changes post where they work: the post, pay and an allowance together."""
    CORRECT_POST = "correct_post"
    """What ``CHANGE_POST`` recorded was said wrongly: all of it is taken back and recorded anew."""
    TAKE_BACK_POST = "take_back_post"
    """What ``CHANGE_POST`` recorded never was so: all of it is taken back."""
    BEGIN_BREAK = "begin_break"
    """An employment goes on without its post, access and pay: a career break begins."""
    EXPECT_RETURN = "expect_return"
    """Somebody on a career break is expected back on another day."""
    END_BREAK = "end_break"
    """Somebody returns from a career break: post and pay begin anew."""
    TAKE_BACK_BREAK = "take_back_break"
    """A career break that has not begun does not happen: what ``BEGIN_BREAK`` recorded is taken back."""


class LeavingCause(StrEnum):
    """Why somebody leaves. Only the employer reads which it was, and the person."""

    RESIGNED = "resigned"
    RETIRED = "retired"
    DISMISSED = "dismissed"
    DIED = "died"
    END_OF_CONTRACT = "end_of_contract"


class Departure(SQLModel):
    """What a change that ends an employment says beside the columns of the employment."""

    cause: LeavingCause


class PostChange(StrEnum):
    """How somebody changes post where they work."""

    PROMOTION = "promotion"
    TEMPORARY_PROMOTION = "temporary_promotion"
    LEVEL_MOVE = "level_move"
    LOWER_GRADE = "lower_grade"


class EdgeTerms(SQLModel):
    """What a correction says beside the columns: whether the days of the facts next to it move with it."""

    moves_neighbours: bool = False


class PostTerms(SQLModel):
    """What a change of post says beside the columns of the posting.

    ``salary_pence`` is the full-time annual salary, ``allowance_pence`` a year's temporary responsibility
    allowance. A salary that is not said stays as it is.
    """

    change: PostChange
    salary_pence: int | None = None
    scale: str = ""
    scale_minimum_pence: int | None = None
    scale_maximum_pence: int | None = None
    pay_location: str = ""
    mark_time_until: date | None = None
    allowance_pence: int | None = None


class ReturnTerms(SQLModel):
    """What a return says beside the columns of the posting: the full-time annual salary, and hours."""

    salary_pence: int
    fte_thousandths: int


class ChangeState(StrEnum):
    """What became of a change."""

    WAITING = "waiting"
    RECORDED = "recorded"
    REFUSED = "refused"


class RecordChange(SQLModel, table=True):
    """One change, by whom and why. ``version_id`` is the version that the officer saw, if there was one.

    ``content`` holds the columns that change, as JSON has them; treat it as immutable.
    """

    __tablename__ = "record_changes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    kind: str = Field(max_length=40)
    action: Action = Field(sa_type=stored_enum(Action))
    version_id: UUID | None = None
    content: dict[str, Any] = Field(sa_type=JSON)
    source: str
    reason: str
    state: ChangeState = Field(sa_type=stored_enum(ChangeState))
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
