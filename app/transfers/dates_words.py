"""Whether the dates of a move stand without an answer, and from when, in words."""

from datetime import datetime

from sqlmodel import Session

from app.display_formats import civil_date
from app.translation import gettext as _
from profiles.transfers import policy_date
from profiles.transfers.models import Transfer, TransferState
from profiles.transfers.timetable import Timetable


def about_dates(session: Session, transfer: Transfer, timetable: Timetable) -> str:
    """A sentence for everybody who reads who is to act; empty where the dates wait for nobody's answer."""
    if isinstance(transfer.date_settled_at, datetime):
        return _(
            "The dates stand since %(date)s: the old department did not answer about them. It still says "
            "whether anything else stands against the move.",
            date=civil_date(transfer.date_settled_at),
        )
    if transfer.is_backdated and transfer.agree_by and transfer.state is TransferState.IN_PROGRESS:
        return _(
            "The start date has passed. Both departments approve it by %(date)s. After that the new "
            "department offers dates again.",
            date=civil_date(transfer.agree_by),
        )
    day = policy_date.find_day(session, transfer, timetable)
    if day is not None:
        return _(
            "If the old department does not answer about the dates, they stand from %(date)s on.",
            date=civil_date(day),
        )
    if not policy_date.is_notice_too_short(session, transfer, timetable):
        return ""
    return _(
        "The last day comes so soon after the dates were offered that they never stand without an answer: "
        "the old department has to agree to them."
    )
