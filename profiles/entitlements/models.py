"""Roles given by hand."""

from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from profiles.temporal import Exclusive, Fact, change_indexes


class Entitlement(Fact, table=True):
    """A role of an app given to one person by hand; the reason is the fact's, the expiry its ``valid_to``."""

    __tablename__ = "entitlements"
    __table_args__ = change_indexes("entitlements")
    exclusive: ClassVar[tuple[Exclusive, ...]] = (
        Exclusive(
            ("person_id", "app_id", "role_name"),
            refusal="The role is given by hand at that time already.",
            always_held=False,
        ),
    )

    person_id: UUID = Field(foreign_key="people.id", index=True)
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    role_name: str
    approved_by: UUID = Field(foreign_key="people.id")
