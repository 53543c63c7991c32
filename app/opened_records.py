"""Whoever opens a page about somebody marked sensitive leaves an entry in the trail: who, whom, which page.

It is written after the answer is made and before it is sent, in a transaction of its own: an answer whose
entry cannot be written is not given. Ordinary records are not noted (docs/adr/0033-opened-records.md).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, g, request
from sqlalchemy import select
from sqlmodel import Session

from app.access import permissions, requirement_of, signed_in_person
from app.request_transaction import own_transaction, reading, request_time
from identity.disowning.models import DisownedSession
from identity.recovery.models import Recovery
from profiles.access_policy.models import PolicyChange, RoleRequest
from profiles.access_requests.models import AccessRequest
from profiles.appointments.claim_models import ReturnClaim
from profiles.appointments.models import Appointment
from profiles.bulk_moves.models import BulkMoveMember, BulkMovePayCorrection
from profiles.concerns.models import Concern
from profiles.disclosure.models import ReleaseWithholding
from profiles.employments.breaks import places_of
from profiles.employments.service import ever_worked_at
from profiles.entitlements.models import Entitlement
from profiles.imports.records.models import FieldConflict, PossibleDuplicate
from profiles.loans.models import Loan
from profiles.merges.models import MergeRequest
from profiles.people.openings import note_opening
from profiles.people.sensitive import find_mark
from profiles.portable_profile.models import RecordChange
from profiles.questions.models import Question
from profiles.retention.models import LegalHold
from profiles.roles.models import RoleAssignment
from profiles.temporal import Fact
from profiles.transfers.models import MoveInvitation, Transfer

PERSON = "person_id"

ABOUT: Mapping[str, Any] = {
    "transfer_id": Transfer.person_id,
    "invitation_id": MoveInvitation.person_id,
    "appointment_id": Appointment.person_id,
    "claim_id": ReturnClaim.person_id,
    "change_id": RecordChange.person_id,
    "recovery_id": Recovery.person_id,
    "report_id": DisownedSession.person_id,
    "request_id": AccessRequest.person_id,
    "question_id": Question.person_id,
    "concern_id": Concern.person_id,
    "conflict_id": FieldConflict.person_id,
    "duplicate_id": PossibleDuplicate.candidate_id,
    "loan_id": Loan.person_id,
    "member_id": BulkMoveMember.person_id,
    "hold_id": LegalHold.person_id,
    "withholding_id": ReleaseWithholding.person_id,
    "policy_change_id": PolicyChange.person_id,
    "role_request_id": RoleRequest.person_id,
    "grant_id": Entitlement.person_id,
    "union_request_id": MergeRequest.person_id,
    "role_id": RoleAssignment.person_id,
}
"""Whom a page is about that names something else in its address."""
PART_OF: Mapping[str, tuple[Any, str]] = {
    "correction_id": (BulkMovePayCorrection.member_id, "member_id"),
}
"""What is about a person by something that is, and by which name of ``ABOUT`` that goes."""

_NO_CONTENT = frozenset({301, 302, 303, 307, 308, 400, 401, 403, 404, 500, 503})
"""Answers that show nothing of a record."""


def init_app(app: Flask) -> None:
    """Look at every answer, after its own transaction has ended."""

    @app.after_request
    def _note(response: Response) -> Response:
        try:
            note(response.status_code)
        except Exception as error:
            return current_app.make_response(current_app.handle_user_exception(error))
        return response


def shows(person_id: UUID) -> None:
    """Say that the page is about somebody whom its address does not name, as a check of what was typed is."""
    g.setdefault("shown_people", set()).add(person_id)


def note(status: int) -> None:
    """Write down who opened whose record, where that person is marked sensitive and the reader another.

    It is told to each organisation where the person works now, and to the reader's where they once worked.
    """
    if status in _NO_CONTENT or "signed_in" not in g or request.endpoint is None:
        return
    now, reader, marked = request_time(), signed_in_person(), {}
    with reading() as session:
        for person_id in {_about(session), *g.get("shown_people", ())} - {None, reader}:
            if find_mark(session, person_id, now) is not None:
                told = set(places_of(session, person_id, now))
                marked[person_id] = told | (ever_worked_at(session, person_id) & _readers_own())
    if not marked:
        return
    with own_transaction() as session:
        for person_id, told in marked.items():
            note_opening(session, now, person_id, told, reader, page=request.endpoint)


def _about(session: Session) -> UUID | None:
    """Whom the page is about, by its address."""
    named = dict(request.view_args or {})
    for name, (column, whole) in PART_OF.items():
        if name in named:
            named[whole] = session.execute(select(column).where(column.class_.id == named[name])).scalar()
    if PERSON in named:
        person_id: UUID = named[PERSON]
        return person_id
    for name, column in ABOUT.items():
        if name in named:
            model = column.class_
            key = model.fact_id if issubclass(model, Fact) else model.id
            return session.execute(select(column).where(key == named[name])).scalar()
    return None


def _readers_own() -> frozenset[UUID]:
    """Where the reader holds what the page asks for."""
    requirement = requirement_of(current_app.view_functions[str(request.endpoint)])
    needed = requirement.permission if requirement else None
    return permissions().organisations(needed) if needed is not None else frozenset()
