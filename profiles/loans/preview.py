"""What a loan, its extension or its end does to access: the same decision, on the facts to come."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import PostingKind
from profiles.entitlements.facts import PersonFacts, PostingFact
from profiles.entitlements.preview import AccessChange
from profiles.entitlements.service import facts_of, preview, surroundings_of
from profiles.loans import facts, reading, states
from profiles.loans.models import AgreementOutcome, Loan, LoanAgreement, LoanState
from profiles.temporal import INSTANT
from profiles.transfers.preview import facts_after

_RECORDED = (
    frozenset({LoanState.SCHEDULED})
    | states.AT_HOST
    | {
        LoanState.OVERDUE,
        LoanState.RETURNED,
        LoanState.CONVERTED,
    }
)


def preview_loan(
    session: Session, loan: Loan, now: datetime, organisation_ids: Collection[UUID] | None = None
) -> list[AccessChange]:
    """What changes between the last moment before the loan and its first, at these organisations' apps.

    None for all of them, which is for the employee. Of a loan that was ended before it began, nothing.
    """
    if loan.state not in _RECORDED and loan.state not in states.ENDED:
        return preview_planned(session, loan, reading.newest(session, loan.id), now, organisation_ids)
    if loan.state not in _RECORDED:
        return []
    recorded = facts_of(session, loan.person_id, now)
    return _compare(session, recorded, recorded, _before(loan, now), loan.begins_at, now, organisation_ids)


def has_begun(loan: Loan, now: datetime) -> bool:
    """Whether access has turned by the loan, once at least."""
    return loan.state in _RECORDED and loan.begins_at <= now


def turned_at(
    session: Session, loan: Loan, at: datetime, now: datetime, organisation_ids: Collection[UUID]
) -> list[AccessChange]:
    """What turned at an instant of a loan that is recorded: its beginning or its end."""
    recorded = facts_of(session, loan.person_id, now)
    return _compare(session, recorded, recorded, at - INSTANT, at, now, organisation_ids)


def preview_planned(
    session: Session,
    loan: Loan,
    agreement: LoanAgreement,
    now: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> list[AccessChange]:
    """The same for a loan that is not scheduled, or not written, yet."""
    before = facts_of(session, loan.person_id, now)
    around = surroundings_of(session, {loan.host_organisation_id}, now)
    after = facts_after(before, facts.plan(session, loan, agreement, now, None), around)
    return _compare(session, before, after, _before(loan, now), loan.begins_at, now, organisation_ids)


def preview_extension(
    session: Session,
    loan: Loan,
    agreement: LoanAgreement,
    now: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> list[AccessChange]:
    """What is otherwise at the old end, because the loan goes on to the end of the new agreement."""
    before = facts_of(session, loan.person_id, now)
    if agreement.outcome is not AgreementOutcome.OPEN:
        return []
    after = replace(
        before,
        postings=tuple(
            replace(one, valid_to=None) if _is_host(one, loan) else one for one in before.postings
        ),
    )
    return _compare(session, before, after, loan.ends_at, loan.ends_at, now, organisation_ids)


def preview_end(
    session: Session,
    loan: Loan,
    ends_at: datetime,
    now: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> list[AccessChange]:
    """What ends at the host and returns at home, were the loan to end at ``ends_at``, now at the earliest."""
    before = facts_of(session, loan.person_id, now)
    after = replace(
        before,
        postings=tuple(
            replace(one, valid_to=ends_at) if _is_host(one, loan) else one for one in before.postings
        ),
    )
    turns_at = max(ends_at, now)
    at_before = max(loan.begins_at, min(now, turns_at - INSTANT))
    return _compare(session, before, after, at_before, turns_at, now, organisation_ids)


def _before(loan: Loan, now: datetime) -> datetime:
    return min(now, loan.begins_at - INSTANT)


def _is_host(posting: PostingFact, loan: Loan) -> bool:
    return posting.kind is PostingKind.HOST and posting.employment_id == loan.employment_id


def _compare(
    session: Session,
    before: PersonFacts,
    after: PersonFacts,
    at_before: datetime,
    at_after: datetime,
    now: datetime,
    organisation_ids: Collection[UUID] | None,
) -> list[AccessChange]:
    return preview(
        session, before, after, at_before, at_after, known_at=now, organisation_ids=organisation_ids
    )
