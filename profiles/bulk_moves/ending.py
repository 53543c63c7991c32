"""An organisation without people, apps and others below it ends with a day, which can be corrected."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import App, AppDelegation
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.bulk_moves.closing import Remaining, lasting, remaining
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.models import EmailDomain, OrganisationDetail, TeamContact
from profiles.organisations.service import hold_tree
from profiles.roles.models import RoleAssignment
from profiles.temporal import (
    Provenance,
    civil_date,
    end,
    end_of_day,
    history,
    is_recorded_day,
    replace,
)

_NOT_BEFORE: Mapping[Remaining, str] = {
    Remaining.PEOPLE: "People work there after that day, or an organisation is below it.",
    Remaining.MOVES: "A transfer or a loan to it, or from it, is under way, or a bulk move to it.",
    Remaining.APPOINTMENTS: "An appointment there waits for a second officer.",
    Remaining.CHANGES: "A change of somebody's record waits for a second officer there.",
    Remaining.QUESTIONS: "A question of somebody about their data waits there.",
    Remaining.ACCESS_REQUESTS: "Somebody has asked it for everything that it holds about them.",
    Remaining.IMPORTS: "An import is under way there.",
}


def end_organisation(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    last_day: date,
) -> None:
    """Let an organisation be there through a day, which may be past, and take its domains and roles with it.

    Of one that has an end it is another day; what ended with the old one does not come back by itself. Where
    people or apps move on to a successor, a bulk move ends it.

    Raises Invalid, naming the field, for a day before its first or that is its last already; Conflict while
    something remains there after that day (see ``closing.Remaining``), or an app is its own.
    """
    hold_tree(session)
    details = history(session, OrganisationDetail, now, organisation_id=organisation_id)
    if not details:
        raise NotFound("There is no such organisation.")
    if not is_recorded_day(last_day) or last_day < civil_date(details[0].valid_from):
        raise Invalid("The last day must be on or after its first day.", field="last_day")
    at = end_of_day(last_day)
    if details[-1].valid_to == at:
        raise Invalid("That is its last day already.", field="last_day")
    if left := remaining(session, organisation_id, now, since=at):
        raise Conflict(" ".join(_NOT_BEFORE[one] for one in left))
    if session.exec(select(App.id).where(col(App.organisation_id) == organisation_id).limit(1)).first():
        raise Conflict("It has apps. End it by a bulk move to its successor, which takes them over.")
    for domain in lasting(session, EmailDomain, organisation_id, at, now):
        end(session, domain, at, now, provenance)
    opening: tuple[type[Any], ...] = (RoleAssignment, AppDelegation, TeamContact)
    for model in opening:
        for fact in lasting(session, model, organisation_id, at, now):
            end(session, fact, max(at, now), now, provenance)
    last = details[-1]
    if last.valid_to is not None and last.valid_to < at:
        replace(session, last, now, provenance, valid_to=at)
    for detail in lasting(session, OrganisationDetail, organisation_id, at, now):
        end(session, detail, at, now, provenance)
    append(
        session,
        Event.ORGANISATION_ENDED,
        initiator,
        now,
        organisation_id=organisation_id,
        details={"last_day": last_day.isoformat(), "reason": provenance.reason},
    )
