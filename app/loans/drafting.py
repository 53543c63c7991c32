"""Home HR begin a loan of somebody of their own, or change one before it begins, with a look at it first."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.forms import LoanForm
from app.loans.missing_officers import missing_lines
from app.loans.presenting import LoanView, preview_items, subtree_of, summary_rows, view_of
from app.loans.views import view_for
from app.request_transaction import own_transaction, request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import drafting, outside, policy, reading
from profiles.loans.limits import LoanLimits
from profiles.loans.models import LoanSide
from profiles.loans.preview import preview_planned
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires


def rules() -> LoanLimits:
    """How long a loan lasts, by the settings."""
    limits: LoanLimits = current_app.config["LOAN_LIMITS"]
    return limits


def hosts(home_id: UUID) -> list[OrganisationView]:
    """Every organisation but their own, by name."""
    known = organisations.tree(request_session(), request_time()).organisations
    return [one for one in known.values() if one.id != home_id]


@blueprint.get("/people/<uuid:person_id>/loan")
@requires(Permission.PREPARE_TRANSFER)
def new(person_id: UUID) -> Response:
    """Ask where to, when and what for."""
    return _ask(person_id, LoanForm(hosts(_home_of(person_id)), may_add_body=True))


@blueprint.post("/people/<uuid:person_id>/loan")
@requires(Permission.PREPARE_TRANSFER)
def check(person_id: UUID) -> Response:
    """With good answers show them, and what changes at the home organisation's apps; or draft it."""
    home_id = _home_of(person_id)
    form = LoanForm(hosts(home_id), may_add_body=True)
    if "change" in request.form:
        return _ask(person_id, form)
    if not form.validate_on_submit():
        return _ask(person_id, form, 422)
    if form.adds_body:
        try:
            form.choose(_added(home_id, form.outside_name.data or ""))
        except (Invalid, Conflict) as refused:
            show_refusal(form, Invalid(refused.message, field="outside_name"))
            return _ask(person_id, form, 422)
    session, now, officer_id = request_session(), request_time(), signed_in_person()
    asked: dict[str, Any] = {"person_id": person_id, "wish": form.wish(), "rules": rules()}
    try:
        if "draft" in request.form:
            loan = drafting.draft(session, now, officer_id=officer_id, permissions=permissions(), **asked)
            flash(_("The loan is drafted. The employee reads it and sends it on."), "success")
            return redirect(url_for("loans.loan", loan_id=loan.id), 303)
        planned, agreement = drafting.plan_loan(session, now, by=officer_id, **asked)
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(person_id, form, 422)
    view = view_of(session, planned, now)
    changes = preview_planned(
        session, planned, agreement, now, subtree_of(session, planned, LoanSide.HOME, now)
    )
    page = render_template(
        "loans/check.html",
        person_id=person_id,
        view=view,
        summary=summary_rows(view, agreement),
        missing=missing_lines(session, view, agreement, now),
        carried=_carried(form),
        changes=preview_items(changes, view, LoanSide.HOME),
    )
    return Response(page, 200, mimetype="text/html")


@blueprint.get("/loans/<uuid:loan_id>/change")
@requires(Permission.PREPARE_TRANSFER)
def change(loan_id: UUID) -> Response:
    """Ask for other dates, another payer or another purpose."""
    view = _home_view(loan_id)
    agreement = reading.newest(request_session(), loan_id)
    form = LoanForm(_host_of(view), data=_held(view) | {"payer": agreement.payer.value})
    return _ask_change(view, form)


@blueprint.post("/loans/<uuid:loan_id>/change")
@requires(Permission.PREPARE_TRANSFER)
def submit_change(loan_id: UUID) -> Response:
    """Change it, and let all agree from the beginning."""
    view = _home_view(loan_id)
    form = LoanForm(_host_of(view))
    if not form.validate_on_submit():
        return _ask_change(view, form, 422)
    try:
        drafting.revise(
            request_session(),
            request_time(),
            loan_id=loan_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            wish=form.wish(),
            rules=rules(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask_change(_home_view(loan_id), form, 422)
    flash(_("The loan is changed. The employee reads it and sends it on again."), "success")
    return redirect(url_for("loans.loan", loan_id=loan_id), 303)


def _home_of(person_id: UUID) -> UUID:
    return drafting.home_of(
        request_session(),
        request_time(),
        person_id=person_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )


def _home_view(loan_id: UUID) -> LoanView:
    view = view_for(loan_id, LoanSide.HOME)
    policy.check_may_prepare(view.loan, LoanSide.HOME, signed_in_person(), permissions())
    drafting.check_not_begun(view.loan, request_time())
    return view


def _host_of(view: LoanView) -> list[OrganisationView]:
    """The host alone: another one is another loan."""
    return [one for one in hosts(view.loan.home_organisation_id) if one.id == view.loan.host_organisation_id]


def _held(view: LoanView) -> dict[str, Any]:
    loan = view.loan
    return {
        "host_organisation_id": str(loan.host_organisation_id),
        "start_date": loan.start_date,
        "last_day": loan.last_day,
        "purpose": loan.purpose,
    }


def _added(home_id: UUID, name: str) -> OrganisationView:
    """The body, in the register from now on, whatever becomes of the loan; a transaction of its own."""
    now, officer_id, allowed = request_time(), signed_in_person(), permissions()
    roll_back()
    with own_transaction() as own:
        return outside.add_body(
            own, now, home_id=home_id, officer_id=officer_id, permissions=allowed, name=name
        )


def _carried(form: LoanForm) -> list[tuple[str, str]]:
    given = {"csrf_token", "host_organisation_id", "outside_name"}
    return [
        ("host_organisation_id", form.host_organisation_id.data),
        *(
            (name, value)
            for name, value in request.form.items(multi=True)
            if name in form and name not in given
        ),
    ]


def _ask(person_id: UUID, form: LoanForm, status: int = 200) -> Response:
    name = display_name(name_of(request_session(), person_id, request_time()))
    page = render_template("loans/new.html", person_id=person_id, name=name, form=form)
    return Response(page, status, mimetype="text/html")


def _ask_change(view: LoanView, form: LoanForm, status: int = 200) -> Response:
    page = render_template("loans/change.html", view=view, form=form)
    return Response(page, status, mimetype="text/html")
