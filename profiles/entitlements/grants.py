"""Roles given by hand, by two people, for a time."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.service import roles_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.entitlements.models import Entitlement
from profiles.errors import Invalid, NotPermitted
from profiles.temporal import Provenance, record


def grant(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    app_id: UUID,
    role_name: str,
    approved_by: UUID,
    valid_from: datetime,
    valid_to: datetime,
) -> Entitlement:
    """Give a role until ``valid_to``; the grant's reason is the provenance's.

    Raises NotPermitted when the person or whoever records it approves it, Invalid, naming the field, for a
    role that the app does not know, a missing reason, or an end before the beginning.
    """
    if approved_by in (person_id, provenance.recorded_by):
        raise NotPermitted("Somebody else must approve this: neither the person nor who prepared it.")
    if role_name not in {role.name for role in roles_of(session, app_id)}:
        raise Invalid(f"The app has no role called {role_name!r}.", field="role_name")
    if not provenance.reason.strip():
        raise Invalid("Say why the role is given.", field="reason")
    granted = record(
        session,
        Entitlement(
            person_id=person_id,
            app_id=app_id,
            role_name=role_name,
            approved_by=approved_by,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )
    append(
        session,
        Event.ENTITLEMENT_GRANTED,
        initiator,
        now,
        person_id=person_id,
        app_id=app_id,
        details={"role": role_name, "approved_by": str(approved_by)},
    )
    return granted
