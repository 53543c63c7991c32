"""An organisation whose people have all gone ends: its successor gets what is not a person's.

Its e-mail domains and its apps, with their agreements, clients and rules, become the successor's; roles that
were held there end. What is somebody's own (the account, its links and passkeys) is tied to no organisation.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.audit.catalogue import Event
from profiles.bulk_moves.facts import source_of
from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.steps import audit
from profiles.employments.models import Employment, Posting
from profiles.organisations.models import EmailDomain, OrganisationDetail, Succession
from profiles.organisations.successions import find as find_succession
from profiles.roles.models import RoleAssignment
from profiles.temporal import AnyFact, Provenance, civil_date, end, end_of_day, history, known, record


def close_when_empty(session: Session, move: BulkMove, now: datetime) -> bool:
    """End the old organisation with today, once nobody works there, and nothing is below it any more.

    Whether it was; it is looked at again later if not.
    """
    move.looked_at = now
    session.add(move)
    session.flush()
    closed = move.exporting_organisation_id
    if _is_in_use(session, move, now):
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
    _remember_successor(session, move)
    move.exporter_ended_at = at
    session.flush()
    audit(session, Event.ORGANISATION_ENDED, move, move.confirmed_by, now, successor=str(successor))
    return True


def _remember_successor(session: Session, move: BulkMove) -> None:
    """Once, though a second move brings whom the first set apart and both end the organisation."""
    closed, successor = move.exporting_organisation_id, move.importing_organisation_id
    if find_succession(session, closed, successor) is None:
        session.add(Succession(predecessor_id=closed, successor_id=successor, since=move.starts_at))


def _is_in_use(session: Session, move: BulkMove, now: datetime) -> bool:
    place = move.exporting_organisation_id
    for model in (Employment, Posting):
        here = select(model.id).where(
            known(model, now),
            col(model.organisation_id) == place,
            or_(col(model.valid_to).is_(None), col(model.valid_to) > now),
        )
        if session.exec(here.limit(1)).first() is not None:
            return True
    below = select(OrganisationDetail.id).where(
        known(OrganisationDetail, now),
        col(OrganisationDetail.parent_id) == place,
        or_(col(OrganisationDetail.valid_to).is_(None), col(OrganisationDetail.valid_to) > now),
    )
    return session.exec(below.limit(1)).first() is not None


def _lasting(
    session: Session, model: type[AnyFact], organisation_id: UUID, at: datetime, now: datetime
) -> list[AnyFact]:
    found = history(session, model, now, organisation_id=organisation_id)
    return [one for one in found if one.valid_to is None or one.valid_to > at]
