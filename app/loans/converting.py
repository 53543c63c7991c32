"""Somebody on loan is to stay: the host's terms, a look at them, and the transfer that begins."""

from typing import TypedDict
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.forms import StayForm
from app.loans.presenting import LoanView
from app.loans.views import view_for
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.transfers.missing_officers import missing_lines
from app.transfers.presenting import find_preview, preview_items
from app.transfers.presenting import view_of as transfer_view_of
from app.translation import gettext as _
from profiles.errors import Invalid
from profiles.loans.converting import convert, get_convertible, plan_conversion
from profiles.loans.models import LoanSide
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers.models import Side


class Asked(TypedDict):
    """Which loan, and who asks."""

    loan_id: UUID
    officer_id: UUID
    permissions: Permissions


@blueprint.get("/loans/<uuid:loan_id>/stay")
@requires(Permission.PREPARE_TRANSFER)
def stay(loan_id: UUID) -> Response:
    """Ask for the terms."""
    view = _view(loan_id)
    return _ask(view, _form(view))


@blueprint.post("/loans/<uuid:loan_id>/stay")
@requires(Permission.PREPARE_TRANSFER)
def submit_terms(loan_id: UUID) -> Response:
    """With good terms show them and what the move would change, or begin it."""
    view = _view(loan_id)
    form = _form(view)
    if "change" in request.form:
        return _ask(view, form)
    if not form.validate_on_submit():
        return _ask(view, form, 422)
    session, now = request_session(), request_time()
    try:
        if "prepare" in request.form:
            timetable = transfer_timetable()
            transfer = convert(session, now, **_asked(loan_id), terms=form.terms(), timetable=timetable)
            flash(
                _("The move of %(name)s is prepared. The loan goes on meanwhile.", name=view.name), "success"
            )
            return redirect(url_for("transfers.transfer", transfer_id=transfer.id), 303)
        planned = plan_conversion(session, now, **_asked(loan_id), terms=form.terms())
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(_view(loan_id), form, 422)
    move = transfer_view_of(session, planned, now)
    preview = find_preview(session, planned, now, Side.IMPORTING)
    page = render_template(
        "loans/stay_check.html",
        view=view,
        move=move,
        missing=missing_lines(session, move, now),
        carried=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name in form and name != "csrf_token"
        ],
        changes=preview_items(preview, move, Side.IMPORTING) if preview else [],
        needs_clearance=preview.needs_clearance if preview else (),
    )
    return Response(page, 200, mimetype="text/html")


def _asked(loan_id: UUID) -> Asked:
    return {"loan_id": loan_id, "officer_id": signed_in_person(), "permissions": permissions()}


def _view(loan_id: UUID) -> LoanView:
    view = view_for(loan_id, LoanSide.HOST)
    get_convertible(request_session(), request_time(), **_asked(loan_id))
    return view


def _form(view: LoanView) -> StayForm:
    return StayForm(
        organisations.grades_of(request_session(), view.loan.host_organisation_id, request_time())
    )


def _ask(view: LoanView, form: StayForm, status: int = 200) -> Response:
    page = render_template("loans/stay.html", view=view, form=form)
    return Response(page, status, mimetype="text/html")
