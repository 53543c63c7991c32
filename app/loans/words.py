"""What loans are called in pages: states, acts, gates, who does what."""

from collections.abc import Mapping

from app.translation import gettext as _
from profiles.loans.acting import Act, Waiting
from profiles.loans.gates import Gate
from profiles.loans.models import AgreementOutcome, LoanKind, LoanState, Payer


def state_words() -> Mapping[LoanState, str]:
    """Each state as people call it."""
    return {
        LoanState.DRAFT: _("Draft"),
        LoanState.EMPLOYEE_SUBMITTED: _("Waits for home"),
        LoanState.HOME_APPROVED: _("Waits for the host"),
        LoanState.HOST_APPROVED: _("Waits for signature"),
        LoanState.AGREEMENT_SIGNED: _("Signed"),
        LoanState.SCHEDULED: _("Scheduled"),
        LoanState.ON_LOAN: _("On loan"),
        LoanState.EXTENSION_PENDING: _("Extension proposed"),
        LoanState.RETURN_DUE: _("Return due"),
        LoanState.ENDED_EARLY: _("Ends early"),
        LoanState.CONVERTING: _("Is to stay"),
        LoanState.OVERDUE: _("Return overdue"),
        LoanState.RETURNED: _("Returned"),
        LoanState.CONVERTED: _("Has moved"),
        LoanState.ON_HOLD: _("On hold"),
        LoanState.DECLINED: _("Declined"),
        LoanState.WITHDRAWN: _("Withdrawn"),
        LoanState.CANCELLED: _("Cancelled"),
        LoanState.EXPIRED: _("Expired"),
    }


def act_words() -> Mapping[Act, str]:
    """Each act as what is done."""
    return {
        Act.SUBMIT: _("Read the draft and send it on"),
        Act.APPROVE: _("Approve or decline"),
        Act.DESCRIBE_POST: _("Describe the post"),
        Act.RECORD_OUTSIDE: _("Record what the other body has signed"),
        Act.AGREE_CLEARANCE: _("Agree that the clearance is shared"),
        Act.SIGN: _("Sign the agreement"),
        Act.CHANGE_DATES: _("Change the dates"),
        Act.SETTLE_CLEARANCE: _("See to the clearance that the post needs, or change the loan"),
        Act.REVIEW_HOLD: _("On hold: look at it again"),
        Act.CONFIRM_RETURN: _("Confirm that they are back"),
        Act.AGREE_TO_END: _("Agree that the loan ends early"),
        Act.AGREE_START: _("Agree or not that it began on another day"),
    }


def doer_words(one: Waiting, name: str, organisation: str) -> str:
    """Who does it; ``organisation`` is that of its side."""
    if one.side is None:
        return name
    if one.act is Act.AGREE_CLEARANCE:
        return _("A security officer of %(organisation)s", organisation=organisation)
    if one.act is Act.SETTLE_CLEARANCE:
        return _("HR or a security officer of %(organisation)s", organisation=organisation)
    return _("HR of %(organisation)s", organisation=organisation)


def gate_words() -> Mapping[Gate, str]:
    """What keeps a signed loan from being scheduled."""
    return {
        Gate.START: _("The start date has passed, so HR of the home organisation change the dates."),
        Gate.EMPLOYMENT: _(
            "The employment ends before the last day, so HR of the home organisation change it."
        ),
        Gate.ORGANISATION: _("The host does not exist for the whole of the loan."),
        Gate.TRANSFER: _("The employee is being moved to another organisation."),
        Gate.POST: _(
            "Another post on loan at the host is recorded in that time. It ends, or is corrected, first."
        ),
        Gate.ACCOUNT: _("The account is suspended. A security officer lifts the suspension first."),
        Gate.CLEARANCE: _(
            "A security officer of the home organisation has not agreed to share the clearance yet."
        ),
        Gate.REQUIRED: _(
            "The post at the host needs a clearance that cannot be used there. A security officer records "
            "it, or HR of the home organisation change the loan so that the host describes another post."
        ),
    }


def payer_words() -> Mapping[Payer, str]:
    """Who bears the cost."""
    return {
        Payer.HOME: _("The home organisation, without a recharge"),
        Payer.HOST: _("The host, recharged by the home organisation"),
    }


def kind_words() -> Mapping[LoanKind, str]:
    """Loan or secondment."""
    return {LoanKind.LOAN: _("Loan"), LoanKind.SECONDMENT: _("Secondment")}


def outcome_words() -> Mapping[AgreementOutcome, str]:
    """What became of an agreement."""
    return {
        AgreementOutcome.OPEN: _("Waits"),
        AgreementOutcome.SIGNED: _("Signed by all"),
        AgreementOutcome.REFUSED: _("Refused"),
        AgreementOutcome.LAPSED: _("Not in force"),
    }
