"""Whom an officer may help to sign in: people of their organisations, and those who are about to join."""

from dataclasses import dataclass
from uuid import UUID

from app.access import permissions
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.breaks import places_of
from profiles.errors import NotFound, NotPermitted
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission
from profiles.transfers import service as transfers
from profiles.transfers import steps
from profiles.transfers.models import TransferState


@dataclass(frozen=True)
class Helped:
    """Somebody whom the officer may help, and for which of the officer's organisations."""

    person_id: UUID
    name: str
    organisation_id: UUID

    @property
    def is_self(self) -> bool:
        """Whether it is the officer, or whom they stand in for: a colleague must help them."""
        return permissions().are_of(self.person_id)


def get_helped(person_id: UUID, permission: Permission) -> Helped:
    """Somebody who works in, or is about to join, an organisation that the officer acts for.

    Raises NotFound for everybody else.
    """
    session, now, mine = request_session(), request_time(), permissions().organisations(permission)
    where = places_of(session, person_id, now)
    where += [
        one.importing_organisation_id
        for one in transfers.of_person(session, person_id)
        if one.state in (TransferState.SCHEDULED, TransferState.LEFT) or steps.has_left(session, one)
    ]
    found = next((one for one in where if one in mine), None)
    if found is None:
        raise NotFound(_("There is no such person in your organisation."))
    return Helped(person_id, display_name(name_of(session, person_id, now)), found)


def check_not_self(whom: Helped) -> None:
    """Raise NotPermitted to an officer who would help themselves."""
    if whom.is_self:
        raise NotPermitted(_("A colleague must help you with this."))
