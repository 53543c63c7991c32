"""Suspensions of accounts and of organisations; each is a fact, whose ``reason`` the officer gave."""

from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.temporal import Exclusive, Fact, change_indexes


class AccountSuspension(Fact, table=True):
    """While it holds, the person signs in nowhere and may use no app.

    ``lift_asked_by`` is the officer who wants it lifted, and waits for another one to agree.
    """

    __tablename__ = "account_suspensions"
    __table_args__ = change_indexes("account_suspensions")
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("person_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id", index=True)
    """Whose security officer did it: their colleagues see it and can lift it."""
    lift_asked_by: UUID | None = None
    lift_reason: str = ""


class OrganisationSuspension(Fact, table=True):
    """While it holds, nobody signs in for working in this organisation, or in one below it."""

    __tablename__ = "organisation_suspensions"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id",)),)

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
