"""States and reasons of bulk moves in words."""

from collections.abc import Mapping

from app.translation import gettext as _
from profiles.bulk_moves.closing import Remaining
from profiles.bulk_moves.grades import How
from profiles.bulk_moves.models import BulkMoveState, MemberState, PayrollDetail, Reason
from profiles.transfers.models import PayItem

S, M = BulkMoveState, MemberState


def state_words() -> Mapping[BulkMoveState, str]:
    """Where a bulk move stands."""
    return {
        S.LIST_DRAFTED: _("Waits for agreement"),
        S.BOTH_AGREED: _("Records are being looked at"),
        S.VALIDATED: _("Ready to be confirmed"),
        S.SCHEDULING: _("Moves are being recorded"),
        S.SCHEDULED: _("Recorded"),
        S.LEFT: _("Taking effect"),
        S.JOINED: _("Taken effect"),
        S.RECONCILING: _("Waits for first pays"),
        S.COMPLETED: _("Completed"),
        S.REFUSED: _("Refused"),
        S.REDATING: _("Gets another start date"),
        S.CANCELLING: _("Being taken back"),
        S.CANCELLED: _("Cancelled"),
    }


def member_words() -> Mapping[MemberState, str]:
    """What has become of a person."""
    return {
        M.LISTED: _("On the list"),
        M.READY: _("Ready to move"),
        M.SET_APART: _("Set apart"),
        M.SCHEDULED: _("Move recorded"),
        M.LEFT: _("Moving"),
        M.JOINED: _("Moved"),
        M.PAID: _("Moved, pay, leave and pension right"),
        M.PAY_WRONG: _("Moved, payroll puts something right"),
        M.CANCELLED: _("Not moved"),
    }


def pay_item_words() -> Mapping[PayItem, str]:
    """What payroll looks at."""
    return {
        PayItem.FIRST_PAY: _("first pay"),
        PayItem.LEAVE: _("leave"),
        PayItem.PENSION: _("pension"),
    }


def payroll_detail_words() -> Mapping[PayrollDetail, str]:
    """What payroll needs from elsewhere, as it stands in a sentence."""
    return {
        PayrollDetail.TAX: _("tax code and pay to date"),
        PayrollDetail.STUDENT_LOAN: _("student loan"),
        PayrollDetail.BANK: _("bank details"),
        PayrollDetail.ADVANCES: _("advances and other sums to be paid back"),
    }


def reason_words() -> Mapping[Reason, str]:
    """Why somebody is set apart, for the department that they leave."""
    return {
        Reason.NO_POST: _("What is recorded of their employments needs an ordinary transfer"),
        Reason.LEAVING: _("They leave before the start date"),
        Reason.PLANNED: _(
            "Another post is recorded for them for later: withdraw it, and the new department records it"
        ),
        Reason.ON_LOAN: _("They are on loan"),
        Reason.ON_BREAK: _("They are on a career break, or about to be: record the return first"),
        Reason.IN_TRANSFER: _("A transfer of theirs is under way"),
        Reason.IN_BULK_MOVE: _("Another bulk move has them"),
        Reason.SUSPENDED: _("Their account is suspended: ask your security officers"),
        Reason.CLEARANCE: _(
            "The clearance that their post asks for is not in use: ask your security officers"
        ),
        Reason.CONTESTED: _("Something in their record waits to be settled"),
        Reason.SIGN_IN: _("They have no way to sign in that stays theirs"),
        Reason.RECORD_CHANGED: _("Their record was changed after the move was recorded"),
        Reason.MOVED_ON: _("They have another post by now than the one that the first move gave them"),
        Reason.EXCLUDED: _("Left out by an officer"),
    }


def remaining_words() -> Mapping[Remaining, str]:
    """What the old organisation goes on for."""
    return {
        Remaining.PEOPLE: _("Somebody works or is lent there, or is to, or an organisation is below it"),
        Remaining.MOVES: _("A transfer or a loan to it, or from it, is under way, or a bulk move to it"),
        Remaining.APPOINTMENTS: _(
            "An appointment there waits for a second officer: decide on it or cancel it"
        ),
        Remaining.CHANGES: _("A change of somebody’s record waits for a second officer there"),
        Remaining.QUESTIONS: _(
            "A question about somebody’s data, or what somebody says is wrong, waits for an answer there"
        ),
        Remaining.ACCESS_REQUESTS: _("Somebody has asked it for everything that it holds about them"),
        Remaining.IMPORTS: _("An import is under way: publish or withdraw it"),
    }


def how_words() -> Mapping[How, str]:
    """How a grade is found in the new department."""
    return {
        How.SAME: _("The same in both"),
        How.MAPPED: _("The label there for that grade"),
        How.CARRIED: _("Carried over"),
        How.BEFORE: _("The label that they had there"),
    }
