"""A loan under way: proposing that it lasts longer, ending it early, and confirming the return."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app, flash, render_template
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.deciding import deciding_view, to_loan
from app.loans.drafting import rules
from app.loans.forms import EndForm, ExtensionForm
from app.loans.presenting import LoanView, preview_items, subtree_of
from app.loans.turning import settle
from app.loans.views import sided_view, view_for
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import ending, extending, policy, states
from profiles.loans.models import Loan, LoanSide, LoanState, Payer
from profiles.loans.preview import preview_end
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date, end_of_day


@blueprint.get("/loans/<uuid:loan_id>/extend")
@requires(Permission.PREPARE_TRANSFER)
def extend(loan_id: UUID) -> Response:
    """Ask until when, and who pays."""
    view, side = _preparing_view(loan_id)
    return _show_extension(view, side, ExtensionForm())


@blueprint.post("/loans/<uuid:loan_id>/extend")
@requires(Permission.PREPARE_TRANSFER)
def submit_extension(loan_id: UUID) -> Response:
    """Propose it; both organisations and the employee agree, or the loan ends on its day."""
    view, side = _preparing_view(loan_id)
    form = ExtensionForm()
    if not form.validate_on_submit() or form.last_day.data is None:
        return _show_extension(view, side, form, 422)
    try:
        extending.propose(
            request_session(),
            request_time(),
            loan_id=loan_id,
            side=side,
            officer_id=signed_in_person(),
            permissions=permissions(),
            last_day=form.last_day.data,
            payer=Payer(form.payer.data),
            rules=rules(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_extension(_preparing_view(loan_id)[0], side, form, 422)
    flash(
        _("The extension is proposed. It waits for both organisations and for %(name)s.", name=view.name),
        "success",
    )
    return to_loan(loan_id)


@blueprint.get("/loans/<uuid:loan_id>/end")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def end(loan_id: UUID) -> Response:
    """Ask for the last day and the reason, beside what ends with it."""
    view, side = deciding_view(loan_id)
    return _show_end(view, side, EndForm())


@blueprint.post("/loans/<uuid:loan_id>/end")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_end(loan_id: UUID) -> Response:
    """End it with that day."""
    view, side = deciding_view(loan_id)
    form = EndForm()
    if not form.validate_on_submit() or form.last_day.data is None:
        return _show_end(view, side, form, 422)
    session, now = request_session(), request_time()
    try:
        loan = ending.end_early(
            session,
            now,
            loan_id=loan_id,
            side=side,
            officer_id=signed_in_person(),
            permissions=permissions(),
            last_day=form.last_day.data,
            reason=form.reason.data or "",
            alone_up_to=current_app.config["SECOND_OFFICER_ABOVE"],
            backdate_days=transfer_timetable().backdate_days,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_end(deciding_view(loan_id)[0], side, form, 422)
    if ending.is_asked(loan, now):
        flash(_("It waits for another officer of your organisation. Nothing ends before."), "success")
        return to_loan(loan_id)
    settle(session, loan, now)
    flash(ended_words(loan, now), "success")
    return to_loan(loan_id)


def ended_words(loan: Loan, now: datetime) -> str:
    """What has come of an early end."""
    if loan.ends_at <= now:
        return _("The loan has ended, and with it access at the host. Access at home is back.")
    return _("The loan ends early. Access at the host ends by itself with its last day.")


@blueprint.get("/loans/<uuid:loan_id>/return")
@requires(Permission.APPROVE_TRANSFER)
def confirm_return(loan_id: UUID) -> str:
    """Ask whether they are back, or will be."""
    return render_template("loans/return.html", view=_returning(loan_id))


@blueprint.post("/loans/<uuid:loan_id>/return")
@requires(Permission.APPROVE_TRANSFER)
def submit_return(loan_id: UUID) -> Response:
    """They are back, or will be on the day after the last one."""
    view = _returning(loan_id)
    ending.confirm_return(
        request_session(),
        request_time(),
        loan_id=loan_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("You have confirmed the return of %(name)s.", name=view.name), "success")
    return to_loan(loan_id)


def _preparing_view(loan_id: UUID) -> tuple[LoanView, LoanSide]:
    view, side = sided_view(loan_id)
    policy.check_may_prepare(view.loan, side, signed_in_person(), permissions())
    if view.loan.state not in (LoanState.ON_LOAN, LoanState.RETURN_DUE):
        raise Conflict(_("This loan cannot be extended now."))
    return view, side


def _returning(loan_id: UUID) -> LoanView:
    view = view_for(loan_id, LoanSide.HOME)
    policy.check_may_decide(view.loan, LoanSide.HOME, signed_in_person(), permissions())
    waits = (LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE)
    if view.loan.state not in waits or view.loan.return_confirmed_by is not None:
        raise Conflict(_("The return of this loan does not wait for you now."))
    return view


def _show_extension(view: LoanView, side: LoanSide, form: ExtensionForm, status: int = 200) -> Response:
    page = render_template("loans/extend.html", view=view, side=side, form=form)
    return Response(page, status, mimetype="text/html")


def _show_end(view: LoanView, side: LoanSide, form: EndForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    if view.loan.state not in states.AT_HOST or view.loan.ends_at <= now:
        raise Conflict(_("This loan is not under way, so it does not end early."))
    tonight = end_of_day(civil_date(now))
    changes = preview_end(session, view.loan, tonight, now, subtree_of(session, view.loan, side, now))
    page = render_template(
        "loans/end.html",
        view=view,
        side=side,
        form=form,
        earliest=max(
            ending.earliest_last_day(now, transfer_timetable().backdate_days),
            view.loan.start_date - timedelta(days=1),
        ),
        changes=preview_items(changes, view, side),
        waits=not policy.ends_alone(session, view.loan, side, signed_in_person(), permissions(), now)
        and ending.wakes(session, view.loan, tonight, now) > current_app.config["SECOND_OFFICER_ABOVE"],
    )
    return Response(page, status, mimetype="text/html")
