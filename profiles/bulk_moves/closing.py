"""An organisation whose people have all gone ends: its successor gets what is not a person's.

Its e-mail domains, its sign-in providers and its apps, with their agreements, clients, rules and what waits
about them, become the successor's; roles that were held there end, and what others had left to its officers.
What is somebody's own (the account, its links and passkeys) is tied to no organisation.
"""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, SQLModel, col, select

from profiles.access_policy.models import PolicyChange, PolicyState, RequestState, RoleRequest
from profiles.apps.models import App, AppDelegation
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.bulk_moves.batches import Application
from profiles.bulk_moves.models import BulkMove, BulkMoveState
from profiles.bulk_moves.sources import source_of
from profiles.bulk_moves.states import ENDED
from profiles.bulk_moves.steps import audit
from profiles.concerns.models import Concern, ConcernState
from profiles.disclosure.models import ReleaseWithholding
from profiles.employments.in_use import is_in_use
from profiles.errors import Conflict, Invalid
from profiles.imports.records import states as import_states
from profiles.imports.records.models import Import
from profiles.loans.models import Loan
from profiles.organisations import successions
from profiles.organisations.models import EmailDomain, OrganisationDetail, TeamContact
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.questions.models import Question
from profiles.roles.models import RoleAssignment
from profiles.temporal import AnyFact, Provenance, civil_date, end, end_of_day, history, record
from profiles.transfers.models import Transfer

_SIDES_OF_TRANSFER = ("exporting_organisation_id", "importing_organisation_id")
_SIDES_OF_LOAN = ("home_organisation_id", "host_organisation_id")


class Remaining(StrEnum):
    """What an organisation does not end before."""

    PEOPLE = "people"
    """Somebody works there, is lent there, or is to; or an organisation is below it."""
    MOVES = "moves"
    """A transfer or a loan to it, or from it, is under way, or a bulk move to it."""
    APPOINTMENTS = "appointments"
    """An appointment there waits for a second officer, and the person can be offered no other meanwhile."""
    CHANGES = "changes"
    """A change of somebody's record waits for a second officer there."""
    QUESTIONS = "questions"
    """A question of somebody about their data waits for its data protection officers."""
    ACCESS_REQUESTS = "access_requests"
    """Somebody has asked it for everything that it holds about them."""
    IMPORTS = "imports"
    """An import is under way."""


def close_when_empty(session: Session, move: BulkMove, now: datetime, application: Application) -> bool:
    """End the old organisation with today, once nobody works there and nothing of it waits any more.

    Whether it was; it is looked at again later if not.
    """
    move.looked_at = now
    session.add(move)
    session.flush()
    closed = move.exporting_organisation_id
    if remaining(session, closed, now):
        return False
    at = end_of_day(civil_date(now))
    successor = move.importing_organisation_id
    provenance = Provenance(move.confirmed_by, source_of(move), "the organisation has ended")
    for domain in lasting(session, EmailDomain, closed, at, now):
        end(session, domain, at, now, provenance)
        record(
            session,
            EmailDomain(organisation_id=successor, domain=domain.domain, **provenance.stamp(now, at)),
        )
    ending: tuple[type[Any], ...] = (RoleAssignment, AppDelegation, TeamContact, OrganisationDetail)
    for model in ending:
        for fact in lasting(session, model, closed, at, now):
            end(session, fact, at, now, provenance)
    for app_id in session.exec(select(App.id).where(col(App.organisation_id) == closed)).all():
        audit(session, Event.APP_HANDED_OVER, move, move.confirmed_by, now, app=str(app_id))
    _hand_over(session, closed, successor)
    application.hand_over(session, move, now)
    _remember_successor(session, move, provenance, now)
    move.exporter_ended_at = at
    session.flush()
    audit(session, Event.ORGANISATION_ENDED, move, move.confirmed_by, now, successor=str(successor))
    return True


def remaining(session: Session, place: UUID, now: datetime, since: datetime | None = None) -> list[Remaining]:
    """What an organisation still goes on for; with ``since``, whether people work there after that."""
    found = [Remaining.PEOPLE] if is_in_use(session, place, since or now, now) else []
    # By their names: these are built on what is asked here.
    requests: Any = SQLModel.metadata.tables["access_requests"].c
    appointments: Any = SQLModel.metadata.tables["appointments"].c
    waiting: dict[Remaining, tuple[Any, ...]] = {
        Remaining.MOVES: (
            _in_flight(Transfer, _SIDES_OF_TRANSFER, place),
            _in_flight(Loan, _SIDES_OF_LOAN, place),
            select(BulkMove.id).where(
                col(BulkMove.importing_organisation_id) == place,
                col(BulkMove.state).not_in({BulkMoveState.RECONCILING, *ENDED}),
            ),
        ),
        Remaining.APPOINTMENTS: (
            select(appointments.id).where(
                appointments.organisation_id == place, appointments.state == "waiting"
            ),
        ),
        Remaining.CHANGES: (
            select(RecordChange.id).where(
                col(RecordChange.organisation_id) == place, col(RecordChange.state) == ChangeState.WAITING
            ),
        ),
        Remaining.QUESTIONS: (
            select(Question.id).where(
                col(Question.organisation_id) == place, col(Question.answered_at).is_(None)
            ),
            select(Concern.id).where(
                col(Concern.organisation_id) == place, col(Concern.state) == ConcernState.RAISED
            ),
        ),
        Remaining.ACCESS_REQUESTS: (
            select(requests.id).where(requests.organisation_id == place, requests.state == "asked"),
        ),
        Remaining.IMPORTS: (
            select(Import.id).where(
                col(Import.organisation_id) == place, col(Import.state).not_in(import_states.ENDED)
            ),
        ),
    }
    for what, queries in waiting.items():
        if any(session.execute(query.limit(1)).first() is not None for query in queries):
            found.append(what)
    return found


def _in_flight(model: type[Any], sides: tuple[str, str], organisation_id: UUID) -> Any:
    """The moves of a kind that are under way, to the organisation or from it."""
    touching = (col(getattr(model, side)) == organisation_id for side in sides)
    return select(model.id).where(col(model.in_flight).is_(True), or_(*touching))


def _hand_over(session: Session, closed: UUID, successor: UUID) -> None:
    """Apps, and what waits for officers about them, are the successor's."""
    handed: tuple[tuple[type[Any], ColumnElement[bool]], ...] = (
        (App, col(App.organisation_id) == closed),
        (RoleRequest, col(RoleRequest.state) == RequestState.OPEN),
        (
            PolicyChange,
            (col(PolicyChange.state) == PolicyState.WAITING) & col(PolicyChange.app_id).is_not(None),
        ),
        (ReleaseWithholding, col(ReleaseWithholding.ended_at).is_(None)),
    )
    for model, which in handed:
        session.execute(
            update(model)
            .where(col(model.organisation_id) == closed, which)
            .values(organisation_id=successor)
            .execution_options(synchronize_session="fetch")
        )


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


def lasting(
    session: Session, model: type[AnyFact], organisation_id: UUID, at: datetime, now: datetime
) -> list[AnyFact]:
    found = history(session, model, now, organisation_id=organisation_id)
    return [one for one in found if one.valid_to is None or one.valid_to > at]
