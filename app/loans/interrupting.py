"""Holding a loan before it begins, and letting it go on, each on a page of its own."""

from uuid import UUID

from flask import flash, render_template
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.deciding import deciding_view, to_loan
from app.loans.presenting import LoanView, standstill_lines
from app.loans.views import officers_view
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.transfers.interrupting_forms import HoldForm
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import drafting, interruptions, policy
from profiles.loans.models import LoanSide, LoanState
from profiles.roles.permissions import Permission, requires


@blueprint.get("/loans/<uuid:loan_id>/hold")
@requires(Permission.APPROVE_TRANSFER)
def hold(loan_id: UUID) -> Response:
    """Ask why, and when somebody looks at it again."""
    view, side = deciding_view(loan_id)
    drafting.check_not_begun(view.loan, request_time())
    return _show_hold(view, side, HoldForm())


@blueprint.post("/loans/<uuid:loan_id>/hold")
@requires(Permission.APPROVE_TRANSFER)
def submit_hold(loan_id: UUID) -> Response:
    """Put it on hold for one side."""
    view, side = deciding_view(loan_id)
    form = HoldForm()
    if not form.validate_on_submit() or form.review_on.data is None:
        return _show_hold(view, side, form, 422)
    try:
        interruptions.hold(
            request_session(),
            request_time(),
            loan_id=loan_id,
            side=side,
            officer_id=signed_in_person(),
            permissions=permissions(),
            reason=form.reason.data or "",
            review_on=form.review_on.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_hold(deciding_view(loan_id)[0], side, form, 422)
    flash(_("The loan is on hold. Nothing changes for %(name)s meanwhile.", name=view.name), "success")
    return to_loan(loan_id)


@blueprint.get("/loans/<uuid:loan_id>/resume")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def resume(loan_id: UUID) -> str:
    """Ask whether it goes on."""
    view, sides = officers_view(loan_id)
    if view.loan.state is not LoanState.ON_HOLD:
        raise Conflict(_("This loan is not on hold."))
    side = view.loan.hold_side or LoanSide.HOME
    policy.check_may_decide(view.loan, side, signed_in_person(), permissions())
    lines = standstill_lines(request_session(), view, sides, request_time())
    return render_template("loans/resume.html", view=view, lines=lines)


@blueprint.post("/loans/<uuid:loan_id>/resume")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_resumption(loan_id: UUID) -> Response:
    """Let it go on where it was, or from the beginning where its start date has passed."""
    interruptions.resume(
        request_session(),
        request_time(),
        loan_id=loan_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("The loan goes on."), "success")
    return to_loan(loan_id)


def _show_hold(view: LoanView, side: LoanSide, form: HoldForm, status: int = 200) -> Response:
    page = render_template("loans/hold.html", view=view, side=side, form=form)
    return Response(page, status, mimetype="text/html")
