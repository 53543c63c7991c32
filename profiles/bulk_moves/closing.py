"""An organisation whose people have all gone ends: its successor gets what is not a person's.

Its e-mail domains and its apps, with their agreements, clients and rules, become the successor's; roles that
were held there end. What is somebody's own (the account, its links and passkeys) is tied to no organisation.
"""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.bulk_moves.facts import source_of
from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.steps import audit
from profiles.employments.in_use import is_in_use
from profiles.errors import Conflict, Invalid
from profiles.organisations import successions
from profiles.organisations.models import EmailDomain, OrganisationDetail
from profiles.roles.models import RoleAssignment
from profiles.temporal import AnyFact, Provenance, civil_date, end, end_of_day, history, record


def close_when_empty(session: Session, move: BulkMove, now: datetime) -> bool:
    """End the old organisation with today, once nobody works there, and nothing is below it any more.

    Whether it was; it is looked at again later if not.
    """
    move.looked_at = now
    session.add(move)
    session.flush()
    closed = move.exporting_organisation_id
    if is_in_use(session, closed, now, now):
        return False
    at = end_of_day(civil_date(now))
    successor = move.importing_organisation_id
    provenance = Provenance(move.confirmed_by, source_of(move), "the organisation has ended")
    for domain in _lasting(session, EmailDomain, closed, at, now):
        end(session, domain, at, now, provenance)
        record(
            session,
            EmailDomain(organisation_id=successor, domain=domain.domain, **provenance.stamp(now, at)),
        )
    for role in _lasting(session, RoleAssignment, closed, at, now):
        end(session, role, at, now, provenance)
    for detail in _lasting(session, OrganisationDetail, closed, at, now):
        end(session, detail, at, now, provenance)
    for app_id in session.exec(select(App.id).where(col(App.organisation_id) == closed)).all():
        audit(session, Event.APP_HANDED_OVER, move, move.confirmed_by, now, app=str(app_id))
    session.execute(
        update(App)
        .where(col(App.organisation_id) == closed)
        .values(organisation_id=successor)
        .execution_options(synchronize_session="fetch")
    )
    _remember_successor(session, move, provenance, now)
    move.exporter_ended_at = at
    session.flush()
    audit(session, Event.ORGANISATION_ENDED, move, move.confirmed_by, now, successor=str(successor))
    return True


def _remember_successor(session: Session, move: BulkMove, provenance: Provenance, now: datetime) -> None:
    """Once, though a second move brings whom the first set apart and both end the organisation.

    Where the old organisation had taken over from the new one it stays at that: of the two ways one is
    remembered, and the trail has the other.
    """
    officer = move.confirmed_by
    with suppress(Conflict, Invalid):
        successions.succeed(
            session,
            now,
            provenance,
            Initiator.person(officer) if officer else Initiator.system("time"),
            predecessor_id=move.exporting_organisation_id,
            successor_id=move.importing_organisation_id,
            since=move.starts_at,
        )


def _lasting(
    session: Session, model: type[AnyFact], organisation_id: UUID, at: datetime, now: datetime
) -> list[AnyFact]:
    found = history(session, model, now, organisation_id=organisation_id)
    return [one for one in found if one.valid_to is None or one.valid_to > at]
