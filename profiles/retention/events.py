"""What is not a fact and is over: transfers, loans, releases, requests, changes, imports and holds."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, and_, cast, exists, func, null, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from profiles.access_policy.models import OPEN_FOR, PolicyChange, PolicyState, RoleRequest
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.appointments.models import Appointment, AppointmentTask
from profiles.apps.models import App
from profiles.bulk_moves import states as bulk_states
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveMember,
    BulkMovePayCorrection,
    BulkMoveState,
    BulkMoveStep,
)
from profiles.concerns.models import Concern
from profiles.disclosure.models import Disclosure, ReleaseWithholding
from profiles.figures.models import AppointmentFirstDay, BulkMoveFirstDay, LoanFirstDay, TransferFirstDay
from profiles.imports.records.models import (
    FieldConflict,
    Import,
    ImportFile,
    ImportOrganisation,
    ImportPerson,
    PossibleDuplicate,
)
from profiles.loans import states as loan_states
from profiles.loans.models import Loan, LoanAgreement, LoanApproval, LoanReminder, LoanStep
from profiles.merges.models import Merge, MergedFact, MergeRequest, MergeState
from profiles.people.models import BirthDate, PersonName
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.questions.models import Question
from profiles.retention.facts import FACTS
from profiles.retention.models import LegalHold
from profiles.retention.records import FindOver, Part, Retained
from profiles.retention.rules import Limit, RetainedKind
from profiles.transfers import states
from profiles.transfers.models import (
    DetailsCorrection,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferReminder,
    TransferState,
    TransferStep,
    TransferTask,
)
from profiles.transfers.payroll_models import PayCheck, PayCorrection


def rows_over(model: Any, *conditions: Callable[[Limit], Any], person: Any = None) -> FindOver:
    """Finds the rows of a model of which all conditions hold."""

    def over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
        return select(
            col(model.id).label("key"),
            (col(model.person_id) if person is None else person).label("person_id"),
            col(model.organisation_id).label("organisation_id"),
        ).where(*(condition(limit) for condition in conditions))

    return over


def _changes_over(model: Any, waiting: StrEnum) -> FindOver:
    return rows_over(
        model,
        lambda limit: col(model.state) != waiting,
        lambda limit: func.coalesce(col(model.decided_at), col(model.proposed_at)) <= limit.at,
    )


def _policy_changes_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """Decided or, where nobody did for as long as it waits, over with that."""
    one = PolicyChange
    decided = func.coalesce(col(one.decided_at), col(one.proposed_at)) <= limit.at
    unanswered = col(one.proposed_at) <= limit.at - OPEN_FOR
    waits = col(one.state) == PolicyState.WAITING
    is_over = or_(and_(waits, unanswered), and_(~waits, decided))
    return rows_over(one, lambda _limit: is_over)(limit, now)


def _refused_unions_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """A union that was refused is over with the request for it; what became of one that was made stays."""
    return (
        select(
            col(Merge.id).label("key"),
            col(Merge.survivor_id).label("person_id"),
            col(MergeRequest.organisation_id).label("organisation_id"),
        )
        .join(MergeRequest, col(MergeRequest.merge_id) == col(Merge.id))
        .where(col(Merge.state) == MergeState.REFUSED, col(MergeRequest.ended_at) <= limit.at)
    )


def _other_of_union(key: Any) -> list[tuple[Any, ColumnElement[bool]]]:
    return [(col(Merge.merged_id), col(Merge.id) == key)]


def _is_of_no_refused_union(_limit: Limit) -> ColumnElement[bool]:
    refused = and_(col(Merge.id) == col(MergeRequest.merge_id), col(Merge.state) == MergeState.REFUSED)
    return ~exists().where(refused)


_Back = aliased(Transfer)


def _transfers_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """The importing organisation began it; one period holds for both. A move back goes before the first."""
    return select(
        col(Transfer.id).label("key"),
        col(Transfer.person_id).label("person_id"),
        col(Transfer.importing_organisation_id).label("organisation_id"),
    ).where(
        col(Transfer.state).in_(states.ENDED),
        col(Transfer.created_at) <= limit.at,
        or_(col(Transfer.state) != TransferState.COMPLETED, col(Transfer.join_at) <= limit.at),
        ~exists().where(col(TransferStep.transfer_id) == col(Transfer.id), col(TransferStep.at) > limit.at),
        ~exists().where(col(Loan.transfer_id) == col(Transfer.id)),
        ~exists().where(col(_Back.reverses_id) == col(Transfer.id)),
    )


def _loans_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """The employer keeps it. A loan that became a move goes before the transfer that it names."""
    return select(
        col(Loan.id).label("key"),
        col(Loan.person_id).label("person_id"),
        col(Loan.home_organisation_id).label("organisation_id"),
    ).where(
        col(Loan.state).in_(loan_states.ENDED),
        col(Loan.created_at) <= limit.at,
        ~exists().where(col(LoanStep.loan_id) == col(Loan.id), col(LoanStep.at) > limit.at),
    )


def _bulk_members_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """Both organisations agreed to it; the importing one keeps what became of each person."""
    return (
        select(
            col(BulkMoveMember.id).label("key"),
            col(BulkMoveMember.person_id).label("person_id"),
            col(BulkMove.importing_organisation_id).label("organisation_id"),
        )
        .join(BulkMove, col(BulkMove.id) == col(BulkMoveMember.bulk_move_id))
        .where(
            col(BulkMove.state).in_(bulk_states.ENDED),
            col(BulkMove.created_at) <= limit.at,
            or_(col(BulkMove.state) != BulkMoveState.COMPLETED, col(BulkMove.starts_at) <= limit.at),
            ~exists().where(
                col(BulkMoveStep.bulk_move_id) == col(BulkMove.id), col(BulkMoveStep.at) > limit.at
            ),
        )
    )


def _releases_over(limit: Limit, now: datetime) -> Select[Any, Any, Any]:
    """A question that waits, or was asked or answered since, keeps the entry that it is about."""
    return (
        select(
            col(Disclosure.id).label("key"),
            col(Disclosure.person_id).label("person_id"),
            col(App.organisation_id).label("organisation_id"),
        )
        .join(App, col(App.id) == col(Disclosure.app_id))
        .where(
            col(Disclosure.released_at) <= limit.at,
            ~exists().where(
                col(Question.disclosure_id) == col(Disclosure.id),
                or_(col(Question.answered_at).is_(None), col(Question.answered_at) > limit.at),
            ),
        )
    )


def _people_of_import(key: Any) -> list[tuple[Any, ColumnElement[bool]]]:
    """Whom it would touch, also if it was refused or withdrawn; once published, of whom it says anything."""
    load_id = select(col(Import.load_id)).where(col(Import.id) == key).scalar_subquery()
    recorded: dict[Any, None] = dict.fromkeys((PersonName, BirthDate, *(one.model for one in FACTS)))
    return [
        (col(ImportPerson.person_id), col(ImportPerson.import_id) == key),
        *((col(model.person_id), col(model.load_id) == load_id) for model in recorded),
    ]


_OF_A_TRANSFER = tuple(
    Part(model, "transfer_id")
    for model in (
        TransferTask,
        TransferApproval,
        TransferStep,
        TransferInterruption,
        TransferReminder,
        TransferFirstDay,
        DetailsCorrection,
        PayCheck,
        PayCorrection,
    )
)
_NOBODY = cast(null(), Uuid())

EVENTS: tuple[Retained, ...] = (
    Retained(
        RetainedKind.TRANSFER,
        Loan,
        _loans_over,
        parts=(
            Part(LoanApproval, "agreement_id", through=(LoanAgreement, "loan_id")),
            Part(LoanAgreement, "loan_id"),
            Part(LoanStep, "loan_id"),
            Part(LoanReminder, "loan_id"),
            Part(LoanFirstDay, "loan_id"),
        ),
    ),
    Retained(RetainedKind.TRANSFER, Transfer, _transfers_over, parts=_OF_A_TRANSFER),
    Retained(
        RetainedKind.TRANSFER,
        BulkMoveMember,
        _bulk_members_over,
        parts=(Part(BulkMovePayCorrection, "member_id"), Part(BulkMoveFirstDay, "member_id")),
    ),
    Retained(RetainedKind.CHANGE, RecordChange, _changes_over(RecordChange, ChangeState.WAITING)),
    Retained(RetainedKind.CHANGE, PolicyChange, _policy_changes_over),
    Retained(
        RetainedKind.CHANGE,
        RoleRequest,
        rows_over(
            RoleRequest,
            lambda limit: (
                func.coalesce(col(RoleRequest.answered_at), col(RoleRequest.expires_at)) <= limit.at
            ),
        ),
    ),
    Retained(
        RetainedKind.CHANGE,
        Appointment,
        rows_over(Appointment, lambda limit: col(Appointment.decided_at) <= limit.at),
        parts=(Part(AppointmentTask, "appointment_id"), Part(AppointmentFirstDay, "appointment_id")),
    ),
    Retained(
        RetainedKind.CHANGE,
        MergeRequest,
        rows_over(
            MergeRequest, lambda limit: col(MergeRequest.ended_at) <= limit.at, _is_of_no_refused_union
        ),
    ),
    Retained(
        RetainedKind.CHANGE,
        Merge,
        _refused_unions_over,
        parts=(Part(MergeRequest, "merge_id"), Part(MergedFact, "merge_id")),
        people=_other_of_union,
    ),
    Retained(
        RetainedKind.IMPORT,
        Import,
        rows_over(Import, lambda limit: col(Import.ended_at) <= limit.at, person=_NOBODY),
        parts=(
            Part(ImportFile, "import_id"),
            Part(ImportPerson, "import_id"),
            Part(ImportOrganisation, "import_id"),
        ),
        people=_people_of_import,
    ),
    Retained(
        RetainedKind.IMPORT,
        FieldConflict,
        rows_over(FieldConflict, lambda limit: col(FieldConflict.settled_at) <= limit.at),
    ),
    Retained(
        RetainedKind.IMPORT,
        PossibleDuplicate,
        rows_over(
            PossibleDuplicate,
            lambda limit: col(PossibleDuplicate.settled_at) <= limit.at,
            person=col(PossibleDuplicate.candidate_id),
        ),
    ),
    Retained(
        RetainedKind.RELEASE,
        ReleaseWithholding,
        rows_over(ReleaseWithholding, lambda limit: col(ReleaseWithholding.until) < limit.day),
    ),
    Retained(RetainedKind.RELEASE, Disclosure, _releases_over, parts=(Part(Question, "disclosure_id"),)),
    Retained(
        RetainedKind.REQUEST,
        AccessRequest,
        rows_over(
            AccessRequest,
            lambda limit: col(AccessRequest.state).not_in((RequestState.ASKED, RequestState.READY)),
            lambda limit: and_(
                col(AccessRequest.asked_at) <= limit.at,
                or_(col(AccessRequest.decided_at).is_(None), col(AccessRequest.decided_at) <= limit.at),
                or_(col(AccessRequest.expires_at).is_(None), col(AccessRequest.expires_at) <= limit.at),
            ),
        ),
    ),
    Retained(
        RetainedKind.REQUEST,
        Concern,
        rows_over(Concern, lambda limit: col(Concern.decided_at) <= limit.at),
    ),
    Retained(
        RetainedKind.HOLD,
        LegalHold,
        rows_over(LegalHold, lambda limit: col(LegalHold.lifted_at) <= limit.at),
    ),
)
