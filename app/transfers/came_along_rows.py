"""What came along of pension and leave, in words for payroll's pages of a move, alone or with many."""

from app.display_formats import civil_date
from app.portable_profile.words import schemes
from app.translation import gettext as _
from profiles.leave.models import LeaveBalance
from profiles.pay.models import PensionMembership


def came_along_rows(pension: PensionMembership | None, leave: LeaveBalance | None) -> list[tuple[str, str]]:
    """Item by item; what nothing is recorded of says so."""
    none = _("Nothing is recorded")
    return [
        (_("Pension"), schemes()[pension.scheme] if pension else none),
        (_("Pension member number"), (pension.member_number or none) if pension else none),
        (_("Leave"), _leave(leave) if leave else none),
    ]


def in_days(hundredths: int) -> str:
    """Hundredths of a working day as days."""
    return f"{hundredths / 100:g}"


def _leave(leave: LeaveBalance) -> str:
    return _(
        "%(left)s days left of the year from %(day)s: %(entitled)s a year, %(carried)s carried over, "
        "%(taken)s taken",
        left=in_days(leave.remaining_hundredths),
        day=civil_date(leave.leave_year_from),
        entitled=in_days(leave.entitlement_hundredths),
        carried=in_days(leave.carried_over_hundredths),
        taken=in_days(leave.taken_hundredths),
    )
