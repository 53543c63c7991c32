"""What waits for an officer in lists of its own, by kind: how much there is, how much is late, and where.

Only what the reader may decide on counts: not what they began, nor what is about them or whom they stand in
for. Each kind is counted by a statement, however much of it there is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlmodel import Session, col

from app.my_profile.counting_work import Row, apart, count, row
from app.my_profile.work_on_bulk_moves import lists_to_agree_to, of_recorded_moves
from app.translation import gettext as _
from identity.disowning.models import DisownedSession
from identity.federation.models import UpstreamProvider
from identity.recovery.models import Recovery, RecoveryState
from profiles.access_policy.deciding import APART, count_waiting
from profiles.access_policy.models import PolicyChange, PolicyKind, still_waits
from profiles.access_requests.models import AccessRequest
from profiles.access_requests.models import RequestState as AccessState
from profiles.access_requests.withholding import own_withholdings
from profiles.apps.models import AgreementProposal, App
from profiles.clearances.models import ClearanceLimitProposal
from profiles.concerns import service as concerns
from profiles.disclosure.models import ReleaseWithholding
from profiles.employments.breaks import is_overdue
from profiles.employments.models import CareerBreak
from profiles.imports.records import conflicts, waiting_people
from profiles.imports.records.service import count_to_decide
from profiles.merges.models import Merge, MergeRequest
from profiles.merges.models import RequestState as MergeState
from profiles.outbox.models import WriteOff
from profiles.portable_profile.models import ChangeState, RecordChange
from profiles.portable_profile.vetting import VETTED
from profiles.questions.models import Question
from profiles.retention.models import Deletion, DeletionState
from profiles.roles.ended import with_ended
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.sign_in.models import SignInPolicyProposal
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, civil_date

OF_WHAT_IS_LEFT = frozenset({Permission.DECIDE_RETENTION, Permission.HANDLE_SECURITY_REPORTS})
"""What is decided for organisations that have ended too, by who answers for what is left of them."""


@dataclass(frozen=True)
class _Kind:
    """Rows of a table that wait for whoever holds a permission at ``place``, and is none of ``about``.

    ``or_at`` is another place at which it may be held.
    """

    what: str
    endpoint: str
    permission: Permission
    table: Any
    place: Any
    about: tuple[Any, ...]
    waits: ColumnElement[bool]
    due: Any = None
    or_at: Any = None


def rows_of_work(session: Session, permissions: Permissions, now: datetime) -> list[Row]:
    """A row for each kind of which something waits, what is late first."""
    rows = [one for one in _rows(session, permissions, now) if one["number"]]
    return sorted(rows, key=lambda one: not one["late"])


def _rows(session: Session, permissions: Permissions, now: datetime) -> Iterator[Row]:
    answering = with_ended(session, permissions, now)
    yield from _of_imports(session, answering, now)
    for kind in _kinds(session, permissions, now):
        held = answering if kind.permission in OF_WHAT_IS_LEFT else permissions
        places = held.organisations(kind.permission)
        if not places:
            continue
        theirs = [one.in_(places) for one in (kind.place, kind.or_at) if one is not None]
        waits = and_(kind.waits, or_(*theirs), *apart(kind.about, permissions.parties))
        number = count(session, kind.table, waits)
        late = 0
        if kind.due is not None:
            late = count(session, kind.table, and_(waits, kind.due < civil_date(now)))
        yield row(kind.what, kind.endpoint, number, late)
    yield row(_("Unions and separations of records"), "people.union_requests", _unions(session, permissions))
    for what, endpoint, apart_kind in (
        (_("Roles in Lanyard to confirm"), "organisations.waiting_roles", PolicyKind.ROLE),
        (
            _("Suspensions of organisations to lift"),
            "organisations.suspended_organisations",
            PolicyKind.REINSTATEMENT,
        ),
    ):
        yield row(what, endpoint, count_waiting(session, apart_kind, permissions, now))
    wrong = concerns.count_waiting(session, permissions, civil_date(now))
    yield row(_("What people say is wrong"), "people.concerns", *wrong)
    yield row(_("Bulk moves to agree to"), "bulk_moves.bulk_moves", lists_to_agree_to(session, permissions))
    yield from of_recorded_moves(session, permissions, now)


def _of_imports(session: Session, permissions: Permissions, now: datetime) -> Iterator[Row]:
    mine = permissions.organisations(Permission.IMPORT_RECORDS)
    if not mine and not permissions.anywhere(Permission.MANAGE_CLEARANCES):
        return
    yield row(_("Imports to publish or approve"), "imports.imports", count_to_decide(session, permissions))
    own = permissions.parties
    number = conflicts.count_open(session, permissions, now, but_of=own)
    yield row(_("Fields on which two systems disagree"), "imports.conflicts", number)
    if mine:
        number = waiting_people.count_waiting(session, mine, now, but_of=own)
        yield row(_("People who may be recorded already"), "imports.duplicates", number)


def _kinds(session: Session, permissions: Permissions, now: datetime) -> Iterator[_Kind]:
    yield from _of_records()
    yield _without_return(now)
    yield from _of_access(now)
    yield from _of_data_protection(own_withholdings(session, permissions.parties))
    yield from _of_signing_in(now)


def _of_records() -> Iterator[_Kind]:
    change, limit = RecordChange, ClearanceLimitProposal
    about = (change.proposed_by, change.person_id)
    for what, endpoint, permission, is_theirs in (
        (
            _("Changes of records"),
            "people.changes",
            Permission.CHANGE_RECORDS,
            col(change.kind).not_in(VETTED),
        ),
        (
            _("Changes of clearances"),
            "people.clearance_changes",
            Permission.MANAGE_CLEARANCES,
            col(change.kind).in_(VETTED),
        ),
    ):
        waits = and_(col(change.state) == ChangeState.WAITING, is_theirs)
        yield _Kind(what, endpoint, permission, change, col(change.organisation_id), about, waits)
    yield _Kind(
        _("How long clearances are used"),
        "people.clearance_limits",
        Permission.MANAGE_CLEARANCES,
        limit,
        col(limit.organisation_id),
        (limit.proposed_by,),
        col(limit.closed_at).is_(None),
    )


def _without_return(now: datetime) -> _Kind:
    """Career breaks past the day on which somebody was expected back."""
    one = CareerBreak
    waits = and_(as_of(one, now, now), is_overdue(now))
    return _Kind(
        _("Career breaks past their expected end"),
        "people.breaks",
        Permission.CHANGE_RECORDS,
        one,
        col(one.organisation_id),
        (one.person_id,),
        waits,
        col(one.return_on),
    )


def _of_access(now: datetime) -> Iterator[_Kind]:
    change, proposal = PolicyChange, AgreementProposal
    yield _Kind(
        _("Changes of who may use an app"),
        "apps.changes",
        Permission.APPROVE_ACCESS,
        change,
        col(change.organisation_id),
        (change.proposed_by, change.person_id),
        and_(still_waits(now), col(change.kind).not_in(APART)),
    )
    yield _Kind(
        _("Agreements to confirm"),
        "apps.agreements",
        Permission.CONFIRM_AGREEMENTS,
        proposal,
        _organisation_of_app(proposal),
        (proposal.proposed_by,),
        col(proposal.closed_at).is_(None),
    )
    yield _Kind(
        _("Messages to apps to write off"),
        "apps.agreements",
        Permission.CONFIRM_AGREEMENTS,
        WriteOff,
        _organisation_of_app(WriteOff),
        (WriteOff.proposed_by,),
        col(WriteOff.closed_at).is_(None),
    )


def _organisation_of_app(table: Any) -> Any:
    return select(col(App.organisation_id)).where(col(App.id) == col(table.app_id)).scalar_subquery()


def _of_data_protection(own: Collection[UUID]) -> Iterator[_Kind]:
    request, question, withheld, deletion = AccessRequest, Question, ReleaseWithholding, Deletion
    yield _Kind(
        _("Requests for what is held about somebody"),
        "data_protection.access_requests",
        Permission.REVIEW_ACCESS_REQUESTS,
        request,
        col(request.organisation_id),
        (request.person_id,),
        col(request.state) == AccessState.ASKED,
        col(request.due_on),
    )
    yield _Kind(
        _("Questions about what apps were told"),
        "data_protection.questions",
        Permission.ANSWER_QUESTIONS,
        question,
        col(question.organisation_id),
        (question.person_id,),
        col(question.answered_at).is_(None),
        col(question.answer_by),
    )
    yield _Kind(
        _("Decisions to withhold entries of the release log"),
        "data_protection.withholdings",
        Permission.REVIEW_ACCESS_REQUESTS,
        withheld,
        col(withheld.organisation_id),
        (withheld.proposed_by,),
        and_(
            col(withheld.agreed_at).is_(None), col(withheld.ended_at).is_(None), col(withheld.id).not_in(own)
        ),
        or_at=_organisation_of_app(withheld),
    )
    yield _Kind(
        _("Deletions of what is due"),
        "data_protection.retention",
        Permission.DECIDE_RETENTION,
        deletion,
        col(deletion.organisation_id),
        (deletion.proposed_by,),
        col(deletion.state) == DeletionState.WAITING,
    )


def _of_signing_in(now: datetime) -> Iterator[_Kind]:
    recovery, report = Recovery, DisownedSession
    policy, provider = SignInPolicyProposal, UpstreamProvider
    yield _Kind(
        _("Recoveries of accounts to confirm"),
        "recovery.recoveries",
        Permission.CONFIRM_RECOVERY,
        recovery,
        col(recovery.organisation_id),
        (recovery.requested_by, recovery.person_id),
        and_(col(recovery.state) == RecoveryState.REQUESTED, col(recovery.expires_at) > now),
    )
    yield _Kind(
        _("Sign-ins reported as somebody else’s"),
        "security_reports.reports",
        Permission.HANDLE_SECURITY_REPORTS,
        report,
        col(report.organisation_id),
        (report.person_id,),
        col(report.closed_at).is_(None),
    )
    suspended = AccountSuspension
    yield _Kind(
        _("Suspensions of accounts to lift"),
        "people.suspended",
        Permission.SUSPEND_ACCOUNTS,
        suspended,
        col(suspended.organisation_id),
        (suspended.lift_asked_by, suspended.person_id),
        and_(as_of(suspended, now, now), col(suspended.lift_asked_by).is_not(None)),
    )
    yield _Kind(
        _("How people sign in: policies to confirm"),
        "organisations.sign_in_policies",
        Permission.MANAGE_SIGN_IN,
        policy,
        col(policy.organisation_id),
        (policy.proposed_by,),
        col(policy.closed_at).is_(None),
    )
    yield _Kind(
        _("Sign-in providers to confirm"),
        "organisations.sign_in_providers",
        Permission.MANAGE_SIGN_IN,
        provider,
        col(provider.organisation_id),
        (provider.proposed_by,),
        and_(
            col(provider.tested_at).is_not(None),
            col(provider.confirmed_at).is_(None),
            col(provider.ended_at).is_(None),
        ),
    )


def _unions(session: Session, permissions: Permissions) -> int:
    """Requests that lack the agreement which the reader may give."""
    asked = MergeRequest
    lacks = or_(
        *(
            and_(column.is_(None), col(asked.organisation_id).in_(permissions.organisations(permission)))
            for column, permission in (
                (col(asked.second_by), Permission.CHANGE_RECORDS),
                (col(asked.security_by), Permission.MANAGE_CLEARANCES),
            )
        )
    )
    is_of_reader = exists().where(
        col(Merge.id) == col(asked.merge_id), col(Merge.merged_id).in_(permissions.parties)
    )
    about = (asked.proposed_by, asked.second_by, asked.security_by, asked.person_id)
    waits = (col(asked.state) == MergeState.WAITING, lacks, ~is_of_reader)
    return count(session, asked, and_(*waits, *apart(about, permissions.parties)))
