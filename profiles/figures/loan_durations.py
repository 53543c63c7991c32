"""How long the steps of a loan take."""

from enum import StrEnum

from sqlmodel import Session, col

from profiles.figures.counts import Discretion
from profiles.figures.scope import Period, Scope
from profiles.figures.timing import Duration, Trail, told_durations
from profiles.loans.models import Loan, LoanState, LoanStep


class LoanStage(StrEnum):
    """The parts of the way of a loan."""

    SUBMITTING = "loan_submitting"
    APPROVING = "loan_approving"
    """At home."""
    HOSTING = "loan_hosting"
    """The host describes the post and approves, or what a body outside has signed is recorded."""
    SIGNING = "loan_signing"
    SETTLING = "loan_settling"
    """From the last signature until nothing keeps it from being recorded, a clearance mostly."""
    AGREEING = "loan_agreeing"
    """From the draft until all have signed and it is recorded."""
    AHEAD = "loan_ahead"
    """From there to the first day."""
    STANDING_STILL = "loan_standing_still"
    """Each time on hold."""
    EXTENDING = "loan_extending"
    """Each extension, from the proposal until it is agreed or comes to nothing."""
    LENT = "loan_lent"
    """From the first day at the host until home has confirmed the return."""
    RETURNING = "loan_returning"
    """From the end of the last day until then."""


_LEFT = {
    LoanStage.SUBMITTING: (LoanState.DRAFT, LoanState.EMPLOYEE_SUBMITTED),
    LoanStage.APPROVING: (LoanState.EMPLOYEE_SUBMITTED, LoanState.HOME_APPROVED),
    LoanStage.HOSTING: (LoanState.HOME_APPROVED, LoanState.HOST_APPROVED),
    LoanStage.SIGNING: (LoanState.HOST_APPROVED, LoanState.AGREEMENT_SIGNED),
    LoanStage.SETTLING: (LoanState.AGREEMENT_SIGNED, LoanState.SCHEDULED),
    LoanStage.STANDING_STILL: (LoanState.ON_HOLD, None),
    LoanStage.EXTENDING: (LoanState.EXTENSION_PENDING, None),
}


def loan_durations(
    session: Session, scope: Scope, period: Period, told: Discretion
) -> dict[LoanStage, Duration]:
    """How long each took that was finished in the period, of the loans that the organisations know of."""
    trail = Trail(Loan, LoanStep, "loan_id", scope.loans(), period)
    created_at, begins_at, ends_at = col(Loan.created_at), col(Loan.begins_at), col(Loan.ends_at)
    queries = [
        trail.left(_LEFT),
        trail.reached(LoanState.SCHEDULED, LoanStage.AGREEING, since=created_at),
        trail.reached(LoanState.SCHEDULED, LoanStage.AHEAD, until=begins_at),
        trail.reached(LoanState.RETURNED, LoanStage.LENT, since=begins_at),
        trail.reached(LoanState.RETURNED, LoanStage.RETURNING, since=ends_at),
    ]
    return told_durations(session, queries, LoanStage, told)
