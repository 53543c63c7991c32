"""What somebody says who was invited back and has no passkey any more, until two officers have seen them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlmodel import Column, Field, SQLModel, Uuid

from profiles.columns import new_id, stored_enum


class ClaimState(StrEnum):
    """Where a claim stands."""

    STATED = "stated"
    """By whoever opened the invitation; nobody has looked at it."""
    CHECKED = "checked"
    """One officer has met the person."""
    WAITING = "waiting"
    """So has another. The waiting time runs, or is over and the codes can be used."""
    USED = "used"
    NOT_FOUND = "not_found"
    """The codes were right, and no account is whose it was said to be."""
    CANCELLED = "cancelled"
    """By an officer of the organisation that appoints."""
    STOPPED = "stopped"
    """By the link of a mail, or a security officer of the last employer."""


class ReturnClaim(SQLModel, table=True):
    """That an account is the invited person's, with what they state of it; it goes with the invitation.

    ``person_id`` is the account that what they stated fits, looked for when the second officer has checked.
    No officer is shown it, nor whether there is one. The codes rest as hashes; both together are needed.
    """

    __tablename__ = "return_claims"
    __table_args__ = (CheckConstraint("second_officer <> first_officer", name="two_officers"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    invitation_id: UUID = Field(
        sa_column=Column(
            Uuid, ForeignKey("move_invitations.id", ondelete="CASCADE"), nullable=False, unique=True
        )
    )
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    state: ClaimState = Field(default=ClaimState.STATED, sa_type=stored_enum(ClaimState))
    given_names: str
    family_name: str
    born_on: date
    employment_number: str
    stated_at: datetime
    first_officer: UUID | None = Field(default=None, foreign_key="people.id")
    second_officer: UUID | None = Field(default=None, foreign_key="people.id")
    ready_at: datetime | None = None
    expires_at: datetime
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    first_code_hash: str | None = Field(default=None, max_length=64)
    second_code_hash: str | None = Field(default=None, max_length=64)
    ended_at: datetime | None = None
