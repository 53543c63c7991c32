"""Home asks for somebody back before the end of a loan: another officer of home agrees, or leaves it."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.display_formats import civil_date
from app.listed_names import known_name
from app.loans.blueprint import blueprint
from app.loans.deciding import to_loan
from app.loans.lasting import ended_words
from app.loans.presenting import preview_items, subtree_of
from app.loans.turning import settle
from app.loans.views import view_for
from app.request_transaction import request_session, request_time
from app.transfers.dates_of_parts import transfer_timetable
from app.translation import gettext as _
from profiles.errors import Conflict, NotPermitted
from profiles.loans import ending, policy
from profiles.loans.models import LoanSide
from profiles.loans.preview import preview_end
from profiles.roles.permissions import Permission, requires
from profiles.temporal import end_of_day

PATH = "/loans/<uuid:loan_id>/early-end"


@blueprint.get(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def agree_to_end(loan_id: UUID) -> str:
    """Who asks for it and why, and what ends and wakes with the day that they want."""
    session, now, me = request_session(), request_time(), signed_in_person()
    view = view_for(loan_id, LoanSide.HOME)
    loan = view.loan
    policy.check_may_decide(loan, LoanSide.HOME, me, permissions())
    if not ending.is_asked(loan, now) or loan.end_asked_day is None:
        raise Conflict(_("Nobody asks for an early end of this loan any more."))
    around = subtree_of(session, loan, LoanSide.HOME, now)
    changes = preview_end(session, loan, end_of_day(loan.end_asked_day), now, around)
    return render_template(
        "loans/agree_to_end.html",
        view=view,
        rows=[
            (_("Last day"), civil_date(loan.end_asked_day)),
            (_("Agreed last day"), civil_date(loan.last_day)),
            (_("Asked for by"), known_name(session, loan.end_asked_by, now) if loan.end_asked_by else ""),
            (_("Why"), loan.end_asked_reason),
        ],
        changes=preview_items(changes, view, LoanSide.HOME),
        is_over=end_of_day(loan.end_asked_day) <= now,
        why_not=_why_not(loan_id),
    )


@blueprint.get(f"{PATH}/agree")
@blueprint.get(f"{PATH}/leave")
@requires(Permission.APPROVE_TRANSFER)
def back_to_early_end(loan_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("loans.agree_to_end", loan_id=loan_id))


@blueprint.post(f"{PATH}/agree")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_agreement_to_end(loan_id: UUID) -> Response:
    """End it with that day."""
    session, now = request_session(), request_time()
    loan = ending.agree_to_end(
        session,
        now,
        loan_id=loan_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        version=request.form.get("shown", 0, int),
        backdate_days=transfer_timetable().backdate_days,
    )
    settle(session, loan, now)
    flash(ended_words(loan, now), "success")
    return to_loan(loan_id)


@blueprint.post(f"{PATH}/leave")
@requires(Permission.APPROVE_TRANSFER)
def leave_as_agreed(loan_id: UUID) -> Response:
    """Nothing comes of it: the loan ends when it was agreed to."""
    ending.leave_as_agreed(
        request_session(),
        request_time(),
        loan_id=loan_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("The loan ends when it was agreed to."), "success")
    return to_loan(loan_id)


def _why_not(loan_id: UUID) -> str:
    session, now = request_session(), request_time()
    loan = view_for(loan_id, LoanSide.HOME).loan
    try:
        policy.check_may_agree_to_end(session, loan, signed_in_person(), permissions(), now)
    except NotPermitted as refused:
        return refused.message
    return ""
