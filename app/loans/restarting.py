"""A loan that has begun did so on another day: the host says so, another officer, of home, agrees or not."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.listed_names import known_name
from app.loans.blueprint import blueprint
from app.loans.deciding import to_loan
from app.loans.forms import BeganForm
from app.loans.presenting import LoanView
from app.loans.views import officers_view
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.loans import restarting
from profiles.loans.models import LoanSide
from profiles.roles.permissions import Permission, requires

PATH = "/loans/<uuid:loan_id>/start"


@blueprint.get(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def restart(loan_id: UUID) -> Response:
    """Ask for the day."""
    return _ask(_asking(loan_id), _form())


@blueprint.post(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_restart(loan_id: UUID) -> Response:
    """Ask another officer, of home, whether they agree to the day."""
    view, form = _asking(loan_id), _form()
    if not form.validate_on_submit() or form.start_date.data is None:
        return _ask(view, form, 422)
    try:
        restarting.ask(
            request_session(),
            request_time(),
            loan_id=loan_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            timetable=transfer_timetable(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(_asking(loan_id), form, 422)
    flash(_("It waits for an answer. Until then the record stays as it is."), "success")
    return to_loan(loan_id)


@blueprint.get(f"{PATH}/answer")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def answer_start(loan_id: UUID) -> str:
    """What is said, beside what is recorded, and the answers that the reader may give."""
    view = _answering(loan_id)
    session, now, loan = request_session(), request_time(), view.loan
    try:
        restarting.check_may_agree(session, loan, signed_in_person(), permissions(), now)
        why_not = ""
    except NotPermitted as refused:
        why_not = refused.message
    return render_template(
        "loans/answer_start.html",
        view=view,
        asked_by=known_name(session, loan.restart_by, now) if loan.restart_by else "",
        why_not=why_not,
        shown=restarting.shown(loan),
    )


@blueprint.post(f"{PATH}/answer")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_start_answer(loan_id: UUID) -> Response:
    """Correct the record, or leave it as it is."""
    _answering(loan_id)
    agreed = request.form.get("agreed") == "yes"
    restarting.answer(
        request_session(),
        request_time(),
        loan_id=loan_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        agreed=agreed,
        seen=request.form.get("shown", ""),
        timetable=transfer_timetable(),
    )
    words = _("The record says the other day now.") if agreed else _("The day stays as it is recorded.")
    flash(words, "success")
    return to_loan(loan_id)


def _form() -> BeganForm:
    return BeganForm(transfer_timetable().backdate_days)


def _asking(loan_id: UUID) -> LoanView:
    view, _sides = officers_view(loan_id)
    reader = request_session(), view.loan, signed_in_person(), permissions(), request_time()
    if restarting.may_answer(*reader):
        raise Conflict(_("It waits for an answer already. Take back what was said before first."))
    if not restarting.may_ask(*reader):
        raise NotFound(_("Nothing can be said of the first day of this loan here."))
    return view


def _answering(loan_id: UUID) -> LoanView:
    view, _sides = officers_view(loan_id)
    if view.loan.restart_on is None:
        raise Conflict(_("Nothing waits to be decided here."))
    if not restarting.may_answer(
        request_session(), view.loan, signed_in_person(), permissions(), request_time()
    ):
        raise NotFound(_("Nothing can be said of the first day of this loan here."))
    return view


def _ask(view: LoanView, form: BeganForm, status: int = 200) -> Response:
    side = restarting.asking_side(request_session(), view.loan, request_time())
    page = render_template("loans/restart.html", view=view, form=form, by_home=side is LoanSide.HOME)
    return Response(page, status, mimetype="text/html")
