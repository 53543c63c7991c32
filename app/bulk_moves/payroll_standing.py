"""How far payroll of the new organisation is, for HR there, who are told when it is late."""

from collections.abc import Collection
from datetime import timedelta

from app.bulk_moves.presenting import BulkMoveView
from app.display_formats import civil_date
from app.request_transaction import request_session, request_time
from app.transfers.dates_of_parts import transfer_timetable
from app.translation import gettext as _
from profiles.bulk_moves import payroll_details
from profiles.bulk_moves.payroll_dates import payroll_dates
from profiles.temporal import start_of_day
from profiles.transfers.models import Side


def payroll_rows(view: BulkMoveView, sides: Collection[Side]) -> list[tuple[str, str]]:
    """Of how many payroll has what it needs to pay them, and by when; while it is asked that."""
    session, now, move = request_session(), request_time(), view.move
    if Side.IMPORTING not in sides or move.state not in payroll_details.STATES:
        return []
    due = payroll_dates(session, move, transfer_timetable(), now)
    if now >= start_of_day(due.first_pay + timedelta(days=1)):
        return []
    has, lacks, unsaid = payroll_details.counts_of(session, move)
    said = _(
        "By %(day)s. It has what it needs of %(has)s, lacks something of %(lacks)s, and has said nothing yet "
        "of %(unsaid)s.",
        day=civil_date(due.cut_off),
        has=f"{has:,}",
        lacks=f"{lacks:,}",
        unsaid=f"{unsaid:,}",
    )
    return [(_("What payroll needs to pay them"), said)]
