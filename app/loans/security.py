"""What a security officer of the home organisation says of a loan: whether the clearance is shared."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.display_formats import civil_date
from app.loans.blueprint import blueprint
from app.loans.forms import SharingForm
from app.loans.presenting import LoanView, view_of, views_of, waiting_rows
from app.loans.turning import settle
from app.portable_profile.words import statuses
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import acting, clearance, policy, reading, signing, steps
from profiles.loans.acting import Act, Waiting
from profiles.loans.models import LoanState
from profiles.roles.permissions import Permission, requires


@blueprint.get("/loan-tasks")
@requires(Permission.MANAGE_CLEARANCES)
def own_tasks() -> str:
    """The loans that wait for the reader as security officer, and what is late."""
    session, now = request_session(), request_time()
    found = acting.waiting_for_security(session, signed_in_person(), permissions(), now)
    return render_template("loans/own_tasks.html", rows=security_rows(session, found, now))


def security_rows(session: Session, found: Sequence[Waiting], now: datetime) -> list[dict[str, object]]:
    """A row for each thing that waits for a security officer, with where it is done."""
    views = views_of(session, [one.loan for one in found], now)
    return [
        row | _how_to_do(session, one)
        for row, one in zip(waiting_rows(found, views, now), found, strict=True)
    ]


def _how_to_do(session: Session, one: Waiting) -> dict[str, object]:
    if one.act is not Act.SETTLE_CLEARANCE:
        return {"href": url_for("loans.clearance_of", loan_id=one.loan.id)}
    level = reading.newest(session, one.loan.id).required_level
    return {
        "what": _("See to the clearance that the post needs: %(level)s", level=level),
        "href": url_for("people.record_as_of", person_id=one.loan.person_id),
    }


@blueprint.get("/loans/<uuid:loan_id>/clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def clearance_of(loan_id: UUID) -> Response:
    """The clearances that would be shared, and whether they are."""
    return _show(_view(loan_id), SharingForm())


@blueprint.post("/loans/<uuid:loan_id>/clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def decide_clearance(loan_id: UUID) -> Response:
    """Agree, or decline the loan."""
    view, form = _view(loan_id), SharingForm()
    if not form.validate_on_submit():
        return _show(view, form, 422)
    session, now = request_session(), request_time()
    by = {"loan_id": loan_id, "officer_id": signed_in_person()}
    if form.agreed.data == "yes":
        shown = request.form.get("shown", "")
        loan = signing.agree_clearance(session, now, permissions=permissions(), shown=shown, **by)
        settle(session, loan, now)
        flash(_("You have agreed that the clearance of %(name)s is shared.", name=view.name), "success")
        return redirect(url_for("loans.own_tasks"), 303)
    try:
        signing.refuse_clearance(session, now, permissions=permissions(), reason=form.reason.data or "", **by)
    except Invalid as refused:
        show_refusal(form, refused)
        return _show(view, form, 422)
    if view.loan.in_flight:
        flash(_("The extension is refused. The loan ends on its last day."), "success")
    else:
        flash(_("The loan of %(name)s is declined.", name=view.name), "success")
    return redirect(url_for("loans.own_tasks"), 303)


def _view(loan_id: UUID) -> LoanView:
    session, now = request_session(), request_time()
    loan = steps.get(session, loan_id)
    policy.check_may_decide_clearance(loan, signed_in_person(), permissions())
    waits = (
        LoanState.HOME_APPROVED,
        LoanState.HOST_APPROVED,
        LoanState.AGREEMENT_SIGNED,
        LoanState.EXTENSION_PENDING,
    )
    if loan.state not in waits or not clearance.is_open(session, loan, now):
        raise Conflict(_("This loan does not wait for a security officer now."))
    return view_of(session, loan, now)


def _show(view: LoanView, form: SharingForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    rows = [
        (one.level.value, statuses()[one.status], civil_date(one.expires_on) if one.expires_on else "–")
        for one in clearance.asked_for(session, view.loan, now)
    ]
    page = render_template(
        "loans/clearance.html",
        view=view,
        agreement=reading.newest(session, view.loan.id),
        shown=clearance.shown(session, view.loan, now),
        form=form,
        rows=rows,
    )
    return Response(page, status, mimetype="text/html")
