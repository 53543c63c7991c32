"""How figures are said: numbers as exactly as the reader may know them, states, steps and reasons."""

from collections.abc import Mapping

from app.display_formats import money
from app.translation import gettext as _
from profiles.figures.bulk_durations import BulkStage
from profiles.figures.counts import Count, Share
from profiles.figures.durations import Stage, Step
from profiles.figures.in_flight import Reason, Why
from profiles.figures.late_bulk_moves import BulkReason
from profiles.figures.late_loans import LoanReason
from profiles.figures.loan_durations import LoanStage
from profiles.figures.savings import Way
from profiles.transfers.models import TaskKind

NOT_KNOWN = "–"
MINUS = "\N{MINUS SIGN}"


def number(count: Count) -> str:
    """How many."""
    return _("Fewer than %(num)d", num=count.value) if count.fewer else f"{count.value:,}"


def percent(share: Share | None) -> str:
    """The share, at most so much where its part is not counted out."""
    if share is None:
        return NOT_KNOWN
    said = f"{share.percent:.2f}".rstrip("0").rstrip(".")
    return _("Less than %(share)s%%", share=said) if share.part.fewer else f"{said}%"


def others_percent(share: Share | None) -> str:
    """The share of all the others."""
    if share is None:
        return NOT_KNOWN
    said = f"{100 - share.percent:.2f}".rstrip("0").rstrip(".")
    return _("More than %(share)s%%", share=said) if share.part.fewer else f"{said}%"


def days(taken: float | None) -> str:
    """Days with one decimal."""
    return NOT_KNOWN if taken is None else _signed(f"{taken:.1f}")


def between(least_and_most: tuple[int, int] | None) -> str:
    """From the least to the most."""
    if least_and_most is None:
        return NOT_KNOWN
    least, most = (_signed(f"{one:,}") for one in least_and_most)
    return _("%(least)s to %(most)s", least=least, most=most)


def pounds_between(pence: tuple[int, int] | None) -> str:
    """The same of money, in whole pounds."""
    if pence is None:
        return NOT_KNOWN
    least, most = (_signed(money(round(one, -2))) for one in pence)
    return _("%(least)s to %(most)s", least=least, most=most)


def _signed(number: str) -> str:
    """With the sign that is read as minus; a hyphen is read as nothing."""
    return number.replace("-", MINUS)


def reasons() -> Mapping[Reason, str]:
    """Who is late with what."""
    return {
        Why.DATES_PASSED: _("New department: other dates, the start date has passed"),
        Why.APPROVAL: _("HR: approve"),
        Why.BLOCKED: _("Mend what blocks it"),
        Why.HOLD: _("Look again at a hold"),
        TaskKind.EMPLOYEE_DETAILS: _("Employee: confirm their details"),
        TaskKind.TERMS: _("Employee: accept the terms"),
        TaskKind.SIGN_IN: _("Employee: name a way to sign in"),
        TaskKind.BPSS: _("New department: BPSS check"),
        TaskKind.LINE_MANAGER: _("Old line manager: confirm"),
        TaskKind.RELEASE: _("Old department: release leave and absence"),
        TaskKind.CLEARANCE: _("Old security officer: release the clearance"),
        TaskKind.CLEARANCE_READY: _("New security officer: clearance for the post"),
        TaskKind.FIRST_DAY: _("New line manager: name and arrange the first day"),
        TaskKind.PAYROLL_DETAILS: _("Payroll: take up what pay depends on"),
        TaskKind.FIRST_PAY: _("Payroll: confirm the first pay"),
    }


def loan_reasons() -> Mapping[LoanReason, str]:
    """The same of loans."""
    return {
        LoanReason.DATES: _("Home: other dates, the start date has passed"),
        LoanReason.SUBMIT: _("Employee: read the draft and send it on"),
        LoanReason.HOME: _("Home: approve the loan or its extension"),
        LoanReason.HOST: _("Host: answer, by describing the post or approving"),
        LoanReason.OUTSIDE: _("Body outside: answer, or home records what it has signed"),
        LoanReason.SIGN: _("Employee: sign the agreement"),
        LoanReason.CLEARANCE: _("Home’s security officer: agree that the clearance is shared"),
        LoanReason.REQUIRED: _("Home: the clearance that the post at the host needs"),
        LoanReason.SETTLE: _("Home: settle what keeps a signed loan from beginning"),
        LoanReason.HOLD: _("Look again at a hold"),
        LoanReason.BEGIN: _("Lanyard: begin the loan, its first day has come"),
        LoanReason.RETURN: _("Home: confirm that they are back, the last day has passed"),
        LoanReason.EARLY_END: _("Home: agree that the loan ends early"),
        LoanReason.FIRST_DAY: _("Home: answer whether the loan began on another day"),
    }


def bulk_reasons() -> Mapping[BulkReason, str]:
    """The same of bulk moves."""
    return {
        BulkReason.OLD_AGREES: _("Old department: agree to the list"),
        BulkReason.NEW_AGREES: _("New department: agree to the list"),
        BulkReason.DATE_PASSED: _("HR: another start date, this one has passed before both agreed"),
        BulkReason.CONFIRM: _("HR: confirm the move"),
        BulkReason.PEOPLE: _("HR: people are not ready, less than a week before the start date"),
        BulkReason.LANYARD: _("Lanyard: its own part, for more than a day"),
        BulkReason.PAYROLL: _("Payroll: confirm the first pays"),
        BulkReason.FIRST_DAY: _("HR: answer whether somebody began on another day"),
    }


def ways() -> Mapping[Way, str]:
    """How somebody began in another place without beginning anew."""
    return {
        Way.TRANSFER: _("Joined by a move"),
        Way.BULK_MOVE: _("Joined by a bulk move"),
        Way.LOAN: _("Began on loan at a host"),
        Way.RETURN: _("Came back to the account that they had"),
    }


def steps() -> Mapping[Step, str]:
    """What is timed, and since when."""
    tasks: dict[Step, str] = {
        TaskKind.EMPLOYEE_DETAILS: _("Employee confirms their details"),
        TaskKind.TERMS: _("Employee accepts the terms"),
        TaskKind.SIGN_IN: _("Employee names a way to sign in"),
        TaskKind.BPSS: _("New department’s BPSS check"),
        TaskKind.LINE_MANAGER: _("Old line manager confirms"),
        TaskKind.RELEASE: _("Old department releases leave and absence"),
        TaskKind.CLEARANCE: _("Old security officer decides on the clearance"),
        TaskKind.CLEARANCE_READY: _("New security officer: clearance is there"),
        TaskKind.FIRST_DAY: _("New line manager arranges the first day"),
        TaskKind.PAYROLL_DETAILS: _("Payroll takes up what pay depends on, once agreed"),
        TaskKind.FIRST_PAY: _("Payroll confirms the first pay, from the start date"),
    }
    return {
        Stage.AGREEING: _("From the offer until both have agreed"),
        Stage.AHEAD: _("From there to the start date"),
        Stage.PAYING: _("From the start date until all pay is right"),
        Stage.STANDING_STILL: _("On hold or blocked, each time"),
        **tasks,
    }


def loan_steps() -> Mapping[LoanStage, str]:
    """What is timed of a loan."""
    return {
        LoanStage.SUBMITTING: _("Employee reads the draft and sends it on"),
        LoanStage.APPROVING: _("Home approves"),
        LoanStage.HOSTING: _("Host describes the post and approves"),
        LoanStage.SIGNING: _("Employee signs"),
        LoanStage.SETTLING: _("From the last signature until nothing keeps it from beginning"),
        LoanStage.AGREEING: _("All of these: from the draft until it is agreed and recorded"),
        LoanStage.AHEAD: _("From there to the first day"),
        LoanStage.STANDING_STILL: _("On hold, each time"),
        LoanStage.EXTENDING: _("An extension, from its proposal until it is settled"),
        LoanStage.LENT: _("From the first day at the host until home has confirmed the return"),
        LoanStage.RETURNING: _("From the last day until home has confirmed the return"),
    }


def bulk_steps() -> Mapping[BulkStage, str]:
    """What is timed of a bulk move."""
    return {
        BulkStage.AGREEING: _("From the list, or another start date, until both have agreed"),
        BulkStage.LOOKING: _("Lanyard looks at the records"),
        BulkStage.CONFIRMING: _("HR confirm the move"),
        BulkStage.RECORDING: _("Lanyard records each move"),
        BulkStage.AHEAD: _("From there to the start date"),
        BulkStage.MOVING: _("From the start date until everybody has moved"),
        BulkStage.PAYING: _("From the start date until all first pays are right"),
    }
