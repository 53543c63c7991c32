"""What is handed on of one person to payroll, in words for a page and as cells of a file."""

from app.display_formats import civil_date, money
from app.portable_profile.words import allowance_kinds, contracts, share
from app.transfers.came_along_rows import came_along_rows, in_days
from app.translation import gettext as _
from profiles.bulk_moves.handed_on import HandedOn
from profiles.temporal import civil_date as day_of

COLUMNS = (
    "name",
    "number",
    "start_date",
    "continuous_service_from",
    "contract",
    "grade",
    "hours_percent",
    "salary",
    "pay_location",
    "allowances",
    "pension",
    "pension_member_number",
    "leave_year_from",
    "leave_entitlement_days",
    "leave_carried_over_days",
    "leave_taken_days",
    "has_details",
    "missing",
)


def handed_on_rows(one: HandedOn) -> list[tuple[str, str]]:
    """What payroll reads of somebody, item by item."""
    pay = one.pay
    none = _("Nothing is recorded")
    kinds = allowance_kinds()
    paid_beside = [
        _("%(kind)s: %(amount)s", kind=kinds[each.kind], amount=money(each.amount_pence, each.currency))
        for each in one.allowances
    ]
    return [
        (_("Employment number"), one.employment.number),
        (_("Start date"), civil_date(one.employment.valid_from)),
        (_("Continuous service since"), civil_date(one.employment.continuous_service_from)),
        (_("Contract"), contracts()[one.employment.contract_type]),
        (_("Grade"), one.post.local_grade if one.post else none),
        (_("Hours"), share(pay.fte_thousandths) if pay else none),
        (_("Yearly salary, full-time"), money(pay.salary_pence, pay.currency) if pay else none),
        (_("Pay location"), (pay.location or _("None")) if pay else none),
        (_("Allowances, a year"), "; ".join(paid_beside) or _("None")),
        *came_along_rows(one.pension, one.leave),
    ]


def handed_on_cells(one: HandedOn) -> list[str]:
    """The same as cells of a file, between the number and what payroll says."""
    pay, pension, leave = one.pay, one.pension, one.leave
    return [
        day_of(one.employment.valid_from).isoformat(),
        one.employment.continuous_service_from.isoformat(),
        one.employment.contract_type.value,
        one.post.local_grade if one.post else "",
        f"{pay.fte_thousandths / 10:g}" if pay else "",
        f"{pay.salary_pence / 100:.2f}" if pay else "",
        pay.location if pay else "",
        "; ".join(f"{each.kind.value} {each.amount_pence / 100:.2f}" for each in one.allowances),
        pension.scheme.value if pension else "",
        pension.member_number if pension else "",
        leave.leave_year_from.isoformat() if leave else "",
        *(
            (
                in_days(leave.entitlement_hundredths),
                in_days(leave.carried_over_hundredths),
                in_days(leave.taken_hundredths),
            )
            if leave
            else ("", "", "")
        ),
    ]
