"""Whether the apps know of a loan that has begun, or ended: a receipt for each whose access turned.

When it begins access at home may sleep, when it ends access at the host ends. Each side shows its own
apps to an auditor.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app.csv_files import csv_file
from app.loans.blueprint import blueprint
from app.loans.presenting import LoanView, subtree_of
from app.loans.views import officers_view
from app.request_transaction import request_session, request_time
from app.told_apps import COLUMNS, ToldApp, csv_lines, outcome_words, told_apps
from profiles.loans.models import LoanSide
from profiles.loans.preview import has_begun, turned_at
from profiles.loans.reading import agreed_beginning
from profiles.roles.permissions import Permission, requires


@dataclass(frozen=True)
class Turning:
    """An instant at which access turned by a loan, and the apps of the reader at which it did."""

    at: datetime
    ends: bool
    told: list[ToldApp]


@blueprint.get("/loans/<uuid:loan_id>/receipts")
@requires(Permission.SEE_RECEIPTS)
def receipts(loan_id: UUID) -> str:
    """The receipts of a loan, at the apps of the organisations that the reader acts for."""
    view, sides = officers_view(loan_id)
    return render_template(
        "loans/told_apps.html",
        view=view,
        turnings=_turnings(view, sides),
        words=outcome_words(),
        csv_href=url_for("loans.receipts_csv", loan_id=loan_id),
    )


@blueprint.get("/loans/<uuid:loan_id>/receipts.csv")
@requires(Permission.SEE_RECEIPTS)
def receipts_csv(loan_id: UUID) -> Response:
    """The same as CSV: a line for each message, or for each app that was sent none. It names nobody."""
    view, sides = officers_view(loan_id)
    lines = [
        line
        for turning in _turnings(view, sides)
        for line in csv_lines(str(loan_id), turning.told, request_time())
    ]
    return csv_file(("loan", *COLUMNS), lines, f"receipts-{loan_id}.csv")


def _turnings(view: LoanView, sides: frozenset[LoanSide]) -> list[Turning]:
    """The end first, when it has come. Of a first day that was corrected, what was told at the agreed one."""
    session, now, loan = request_session(), request_time(), view.loan
    if not has_begun(loan, now):
        return []
    theirs = {place for side in sides for place in subtree_of(session, loan, side, now)}
    made = []
    told_since = min(loan.begins_at, agreed_beginning(session, loan))
    for at, since, until, ends in (
        (loan.ends_at, loan.ends_at, None, True),
        (loan.begins_at, told_since, loan.ends_at, False),
    ):
        if at <= now:
            changes = turned_at(session, loan, at, now, theirs)
            made.append(Turning(at, ends, told_apps(session, now, loan.person_id, changes, since, until)))
    return made
