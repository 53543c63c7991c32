"""Beginning a loan: home HR with somebody of their own, or the employee. The host learns of it later."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.audit.catalogue import Event
from profiles.employments.breaks import pauses
from profiles.employments.models import Posting, PostingKind
from profiles.employments.service import current_postings, moves_with_many
from profiles.errors import Conflict, Invalid, NotFound
from profiles.loans import facts, gates, limits, missing_officers, notices, policy, reading, states, steps
from profiles.loans.limits import STANDARD, LoanLimits
from profiles.loans.models import (
    AgreementOutcome,
    Loan,
    LoanAgreement,
    LoanSide,
    LoanState,
    Payer,
)
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.organisations import service as organisations
from profiles.organisations.move_rules import rules_between
from profiles.people.service import take_turns
from profiles.roles.service import Permissions
from profiles.temporal import end_of_day, known, start_of_day

LONGEST_PURPOSE = 500
_NOT_KEPT = {
    *("id", "number", "outcome", "signed_at", "proposed_at", "outside_reference", "outside_contact"),
}
"""Of an agreement that is put to all again."""


@dataclass(frozen=True)
class Wish:
    """What a loan is to be. The last day is worked at the host; the next morning is at home again."""

    host_organisation_id: UUID
    start_date: date
    last_day: date
    payer: Payer
    purpose: str


def plan_loan(
    session: Session, now: datetime, *, person_id: UUID, by: UUID, wish: Wish, rules: LoanLimits = STANDARD
) -> tuple[Loan, LoanAgreement]:
    """The loan as ``draft`` would begin it: checked whole, nothing written.

    Raises Invalid naming the field, or Conflict when the person is on loan or being moved already.
    """
    posting = home_posting(session, person_id, now)
    _check(session, now, posting.organisation_id, wish, rules)
    kinds = [
        organisations.get(session, one, now).kind
        for one in (posting.organisation_id, wish.host_organisation_id)
    ]
    loan = Loan(
        person_id=person_id,
        employment_id=posting.employment_id,
        home_organisation_id=posting.organisation_id,
        host_organisation_id=wish.host_organisation_id,
        kind=limits.kind_between(kinds),
        regime=rules_between(session, posting.organisation_id, wish.host_organisation_id).regime,
        state=LoanState.DRAFT,
        purpose=wish.purpose.strip(),
        start_date=wish.start_date,
        last_day=wish.last_day,
        begins_at=start_of_day(wish.start_date),
        ends_at=end_of_day(wish.last_day),
        prepared_by=by,
        created_at=now,
    )
    _check_person(session, loan, now)
    agreement = LoanAgreement(
        loan_id=loan.id,
        number=1,
        outcome=AgreementOutcome.OPEN,
        start_date=wish.start_date,
        last_day=wish.last_day,
        payer=wish.payer,
        proposed_by=by,
        proposed_at=now,
    )
    return loan, agreement


def draft(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    wish: Wish,
    rules: LoanLimits = STANDARD,
) -> Loan:
    """An officer of the home organisation drafts it; the employee reads it and sends it on.

    Raises NotFound to whoever does not prepare for the home organisation, and what ``plan_loan`` raises.
    """
    home_of(session, now, person_id=person_id, officer_id=officer_id, permissions=permissions)
    loan = _write(session, now, person_id, officer_id, wish, rules)
    notices.tell(session, Notice.DRAFTED, loan, now)
    return loan


def ask(
    session: Session, now: datetime, *, person_id: UUID, wish: Wish, rules: LoanLimits = STANDARD
) -> Loan:
    """The employee asks for a loan themselves, and so sends it to HR of the home organisation at once."""
    loan = _write(session, now, person_id, person_id, wish, rules)
    return submit(session, now, loan_id=loan.id, person_id=person_id)


def submit(session: Session, now: datetime, *, loan_id: UUID, person_id: UUID) -> Loan:
    """The employee agrees with the draft and sends it on. Raises NotFound to everybody else."""
    loan = reading.get_own(session, loan_id, person_id)
    if loan.state is not LoanState.DRAFT:
        raise Conflict("You have sent this on already.")
    steps.move_to(session, loan, LoanState.EMPLOYEE_SUBMITTED, now, person_id)
    audit(session, Event.LOAN_SUBMITTED, loan, person_id, now)
    agreement = reading.get_open(session, loan.id)
    notices.tell(session, Notice.SUBMITTED, loan, now, but=[agreement.proposed_by])
    return loan


def revise(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    wish: Wish,
    rules: LoanLimits = STANDARD,
) -> Loan:
    """Home HR give it other dates, another payer or purpose before it begins; all agree from the beginning.

    Raises NotFound, NotPermitted, Conflict once it has begun, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_prepare(loan, LoanSide.HOME, officer_id, permissions)
    check_not_begun(loan, now)
    if loan.state is LoanState.ON_HOLD:
        raise Conflict("This loan is on hold: it goes on first, or ends.")
    if wish.host_organisation_id != loan.host_organisation_id:
        raise Invalid("A loan to another organisation is drafted anew.", field="host_organisation_id")
    _check(session, now, loan.home_organisation_id, wish, rules)
    ends = gates.employment_ends_at(session, loan, now)
    if ends is not None and ends < end_of_day(wish.last_day):
        raise Invalid("The employment ends before that day.", field="last_day")
    begin_again(session, loan, now, officer_id, reason="Changed by HR of the home organisation.")
    agreement = reading.get_open(session, loan.id)
    loan.purpose, loan.prepared_by = wish.purpose.strip(), officer_id
    loan.start_date, loan.last_day = wish.start_date, wish.last_day
    loan.begins_at, loan.ends_at = start_of_day(wish.start_date), end_of_day(wish.last_day)
    agreement.start_date, agreement.last_day = wish.start_date, wish.last_day
    agreement.payer, agreement.proposed_by = wish.payer, officer_id
    session.add_all([loan, agreement])
    session.flush()
    notices.tell(session, Notice.CHANGED, loan, now)
    return loan


def begin_again(session: Session, loan: Loan, now: datetime, by: UUID | None, *, reason: str) -> None:
    """Back to a draft: nothing that was approved or signed holds, and nothing is recorded any more."""
    if loan.state is LoanState.SCHEDULED:
        facts.retract(session, loan, now, by)
    before = reading.newest(session, loan.id)
    number = max(one.number for one in reading.agreements_of(session, loan.id)) + 1
    lapse_agreements(session, loan)
    steps.move_to(session, loan, LoanState.DRAFT, now, by, side=LoanSide.HOME if by else None, reason=reason)
    loan.clearance_agreed_by, loan.agreed_clearances = None, []
    kept = before.model_dump(exclude=_NOT_KEPT)
    session.add(LoanAgreement(**kept, number=number, outcome=AgreementOutcome.OPEN, proposed_at=now))
    session.flush()
    audit(session, Event.LOAN_CHANGED, loan, by, now, LoanSide.HOME if by else None)


def lapse_agreements(session: Session, loan: Loan, *, only_open: bool = False) -> None:
    """What is open, or also what was signed, holds no more."""
    for one in reading.agreements_of(session, loan.id):
        if one.outcome is AgreementOutcome.OPEN or (one.outcome is AgreementOutcome.SIGNED and not only_open):
            one.outcome = AgreementOutcome.LAPSED
            session.add(one)
    session.flush()


def check_not_begun(loan: Loan, now: datetime) -> None:
    """Raise Conflict once the loan has begun, also when no worker has said so yet."""
    begun = loan.state is LoanState.SCHEDULED and loan.begins_at <= now
    if loan.state not in states.BEFORE_START or begun:
        raise Conflict("This loan has begun or ended already.")


def home_of(
    session: Session, now: datetime, *, person_id: UUID, officer_id: UUID, permissions: Permissions
) -> UUID:
    """The home organisation of somebody whom this officer may lend.

    Raises NotFound to whoever prepares for none of their organisations, Conflict for somebody with several
    posts.
    """
    posts = _home_postings(session, person_id, now)
    if not any(policy.may_draft(person_id, officer_id, one.organisation_id, permissions) for one in posts):
        raise NotFound("There is no such person in your organisation.")
    return home_posting(session, person_id, now).organisation_id


def home_posting(session: Session, person_id: UUID, now: datetime) -> Posting:
    """The one home posting from which somebody is lent. Raises Conflict where there is none, or several."""
    home = _home_postings(session, person_id, now)
    if len(home) != 1:
        raise Conflict("Only somebody with exactly one post of their own goes on loan.")
    return home[0]


def _home_postings(session: Session, person_id: UUID, now: datetime) -> list[Posting]:
    return [one for one in current_postings(session, person_id, now) if one.kind is PostingKind.HOME]


def _write(session: Session, now: datetime, person_id: UUID, by: UUID, wish: Wish, rules: LoanLimits) -> Loan:
    # Of a loan and a career break that begin in one instant the second sees the first.
    take_turns(session, [person_id])
    loan, agreement = plan_loan(session, now, person_id=person_id, by=by, wish=wish, rules=rules)
    session.add(loan)
    session.flush()
    session.add(agreement)
    session.flush()
    side = LoanSide.HOME if by != person_id else None
    audit(session, Event.LOAN_DRAFTED, loan, by, now, side)
    missing_officers.tell(session, loan, agreement, now)
    return loan


def _check(session: Session, now: datetime, home_id: UUID, wish: Wish, rules: LoanLimits) -> None:
    if wish.host_organisation_id == home_id:
        raise Invalid("Choose another organisation than their own.", field="host_organisation_id")
    if wish.host_organisation_id not in organisations.tree(session, now).organisations:
        raise Invalid("Choose the organisation that they go to.", field="host_organisation_id")
    regime = rules_between(session, home_id, wish.host_organisation_id).regime
    limits.check_start(wish.start_date, now)
    limits.check_length(wish.start_date, wish.last_day, wish.payer, limits.limits_in(regime, rules))
    if not wish.purpose.strip():
        raise Invalid("Say what the loan is for.", field="purpose")
    if len(wish.purpose.strip()) > LONGEST_PURPOSE:
        raise Invalid(f"Use {LONGEST_PURPOSE} characters or fewer.", field="purpose")


def _check_person(session: Session, loan: Loan, now: datetime) -> None:
    lent = select(Loan.id).where(col(Loan.person_id) == loan.person_id, col(Loan.in_flight).is_(True))
    away = select(Posting.id).where(
        known(Posting, now),
        col(Posting.person_id) == loan.person_id,
        col(Posting.kind) == PostingKind.HOST,
        or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) > loan.begins_at),
        col(Posting.valid_from) < loan.ends_at,
    )
    if session.exec(lent).first() is not None or session.exec(away).first() is not None:
        raise Conflict("This person is on loan already, or is about to be. One loan ends before the next.")
    if gates.is_moving(session, loan) or moves_with_many(session, loan.person_id):
        raise Conflict("This person is being moved to another organisation, so they cannot go on loan.")
    if pauses(session, loan.person_id, now):
        raise Conflict("This person is on a career break, or about to be. The return is recorded first.")
    if not gates.employed_through(session, loan, now):
        raise Invalid("The employment ends before that day.", field="last_day")
