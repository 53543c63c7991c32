"""Who may decide on a union, and what stands in its way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from profiles.access_policy.models import PolicyChange, RoleRequest, still_waits
from profiles.access_policy.models import RequestState as RoleState
from profiles.access_requests.models import AccessRequest
from profiles.access_requests.models import RequestState as AccessState
from profiles.appointments.models import Appointment, AppointmentState
from profiles.bulk_moves.models import BulkMoveMember
from profiles.clearances.models import Sponsorship
from profiles.concerns.models import Concern, ConcernState
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, NotPermitted
from profiles.imports.records import states as import_states
from profiles.imports.records.models import Import, ImportPerson, PossibleDuplicate
from profiles.loans import states as loan_states
from profiles.loans.models import Loan
from profiles.merges import moving
from profiles.merges.models import Merge, MergeRequest, MergeState
from profiles.organisations import service as organisations
from profiles.people.models import SensitiveMark
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.questions.models import Question
from profiles.retention.models import LegalHold
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, known
from profiles.transfers import states as transfer_states
from profiles.transfers.models import Transfer

NEEDS = {"second": Permission.CHANGE_RECORDS, "security": Permission.MANAGE_CLEARANCES}
"""The two who agree, and what each needs at the organisation."""


def people_of(merge: Merge) -> set[UUID]:
    return {merge.survivor_id} | ({merge.merged_id} if merge.merged_id else set())


def seen_now(session: Session, merge: Merge, now: datetime) -> str:
    return moving.digest_of(
        one for person_id in sorted(people_of(merge)) for one in moving.facts_of(session, person_id, now)
    )


def check_seen(session: Session, merge: Merge, request: MergeRequest, now: datetime) -> None:
    if seen_now(session, merge, now) != request.seen:
        raise Conflict("A record has changed since this was asked for. Refuse it, and ask again.")


def check_apart(session: Session, officer_id: UUID, people: set[UUID], now: datetime) -> None:
    if not one_with(session, officer_id, now).isdisjoint(people):
        raise NotPermitted("A colleague must decide on your own record.")


def check_free(session: Session, people: set[UUID]) -> None:
    """Raise Conflict while a move, a loan or an import would write to one of the records."""
    moves = select(Transfer.id).where(
        col(Transfer.person_id).in_(people), col(Transfer.state).not_in(transfer_states.ENDED)
    )
    if session.exec(moves.limit(1)).first() is not None:
        raise Conflict("A transfer of theirs is under way. Complete or end it first.")
    many = select(BulkMoveMember.id).where(
        col(BulkMoveMember.person_id).in_(people), col(BulkMoveMember.in_flight).is_(True)
    )
    if session.exec(many.limit(1)).first() is not None:
        raise Conflict("A bulk move has one of them. It must be over, or they must be left out of it, first.")
    loans = select(Loan.id).where(col(Loan.person_id).in_(people), col(Loan.state).not_in(loan_states.ENDED))
    if session.exec(loans.limit(1)).first() is not None:
        raise Conflict("A loan of theirs is under way. It must end first.")
    waiting = col(Appointment.state) == AppointmentState.WAITING
    appointments = select(Appointment.id).where(col(Appointment.person_id).in_(people), waiting)
    if session.exec(appointments.limit(1)).first() is not None:
        raise Conflict("An appointment of theirs waits for a second officer. Decide on it first.")
    imports = (
        select(Import.id)
        .join(ImportPerson, col(ImportPerson.import_id) == col(Import.id))
        .where(col(ImportPerson.person_id).in_(people), col(Import.state).not_in(import_states.ENDED))
    )
    if session.exec(imports.limit(1)).first() is not None:
        raise Conflict("An import that is under way is about them. Publish or withdraw it first.")


def check_settled(session: Session, people: set[UUID], now: datetime) -> None:
    """Raise Conflict while something lasts, or waits, about one of two records that a union would lose.

    HR learns who settles it, not what it is: a mark or a hold is none of theirs to know.
    """
    for model in (AccountSuspension, SensitiveMark):
        lasting = select(model.id).where(_lasts(model, people, now))
        if session.exec(lasting.limit(1)).first() is not None:
            raise Conflict("Security officers must end something about one of these people first. Ask them.")
    asked = {
        AccessRequest: col(AccessRequest.state) == AccessState.ASKED,
        Question: col(Question.answered_at).is_(None),
        LegalHold: col(LegalHold.lifted_at).is_(None),
    }
    if _is_about(session, people, asked):
        raise Conflict(
            "Data protection officers must settle something about one of these people first. Ask them."
        )
    if _is_about(session, people, {Concern: col(Concern.state) == ConcernState.RAISED}):
        raise Conflict("What one of these people says is wrong waits for an answer. Have it answered first.")
    if _is_about(session, people, {RecordChange: col(RecordChange.state) == ChangeState.WAITING}):
        raise Conflict("A change of one of these records waits for a second officer. Decide on it first.")
    access = {
        PolicyChange: still_waits(now),
        RoleRequest: and_(col(RoleRequest.state) == RoleState.OPEN, col(RoleRequest.expires_at) > now),
    }
    if _is_about(session, people, access):
        raise Conflict("A role that is to be one of these people’s waits for an answer. Answer it first.")
    duplicate = select(PossibleDuplicate.id).where(
        col(PossibleDuplicate.candidate_id).in_(people), col(PossibleDuplicate.settled_at).is_(None)
    )
    if session.exec(duplicate.limit(1)).first() is not None:
        raise Conflict("An import asks whether somebody is one of these people. Answer it first.")


def check_only_ours(session: Session, people: set[UUID], organisation_id: UUID, now: datetime) -> None:
    """Raise Conflict unless whoever employs or sponsors one of them is the organisation, or is below it.

    Others would be neither asked nor told.
    """
    known_now = organisations.tree(session, now)
    for model in (Employment, Posting, Sponsorship):
        places = select(model.organisation_id).where(_lasts(model, people, now)).distinct()
        if any(organisation_id not in known_now.ancestors_of(one) for one in session.exec(places)):
            raise Conflict("These two records cannot be united here. Ask whoever runs Lanyard who can do so.")


def _lasts(model: type[Fact], people: set[UUID], now: datetime) -> ColumnElement[bool]:
    return and_(
        known(model, now),
        col(model.person_id).in_(people),  # type: ignore[attr-defined]
        or_(col(model.valid_to).is_(None), col(model.valid_to) > now),
    )


def _is_about(session: Session, people: set[UUID], which: Mapping[Any, ColumnElement[bool]]) -> bool:
    """Whether any of these tables has such a row about one of them."""
    return any(
        session.exec(select(table.id).where(col(table.person_id).in_(people), rows).limit(1)).first()
        is not None
        for table, rows in which.items()
    )


def is_live(session: Session, which: ColumnElement[bool]) -> bool:
    is_open = col(Merge.state).in_((MergeState.PROPOSED, MergeState.MERGED))
    return session.exec(select(Merge.id).where(which, is_open).limit(1)).first() is not None
