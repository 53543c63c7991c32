"""Roles that people hold in Lanyard."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.columns import stored_enum
from profiles.temporal import Exclusive, Fact


class Role(StrEnum):
    """A role in Lanyard. Being an employee needs none.

    A line manager is named by the record, or by HR for a move: nobody is given that role, deputies hold it.
    """

    HR_OFFICER = "hr_officer"
    VACANCY_HOLDER = "vacancy_holder"
    SECURITY_OFFICER = "security_officer"
    APP_OWNER = "app_owner"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    AUDITOR = "auditor"
    PAYROLL_OFFICER = "payroll_officer"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator"
    PLATFORM_ADMINISTRATOR = "platform_administrator"
    LINE_MANAGER = "line_manager"


class RoleAssignment(Fact, table=True):
    """A role held at one organisation, with or without its subtree; the platform's own roles have none.

    Who is ``deputy_of`` an officer holds it for some time, and while the officer does. ``operator_id`` is the
    shared service through which it is held, by somebody who acts for several organisations.
    """

    __tablename__ = "role_assignments"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (
        Exclusive(
            ("person_id", "role", "organisation_id", "deputy_of"),
            refusal="They hold this role there at that time already. End that first.",
            always_held=False,
        ),
    )

    person_id: UUID = Field(foreign_key="people.id", index=True)
    role: Role = Field(sa_type=stored_enum(Role))
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id")
    include_subtree: bool = False
    deputy_of: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    operator_id: UUID | None = Field(default=None, foreign_key="organisations.id")
