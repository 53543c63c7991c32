"""The host's post, and approving or declining, each on a page of its own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.listed_names import known_name
from app.loans.blueprint import blueprint
from app.loans.forms import PostForm, ReasonForm
from app.loans.presenting import LoanView, post_rows, subtree_of, summary_rows
from app.loans.views import previews_for, sided_view, view_for
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import ConfirmForm, show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import approving, extending, policy, reading
from profiles.loans.models import LoanSide, LoanState
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.people.service import addresses_of
from profiles.roles.permissions import Permission, requires


@blueprint.get("/loans/<uuid:loan_id>/post")
@requires(Permission.PREPARE_TRANSFER)
def describe(loan_id: UUID) -> Response:
    """Ask which post they are to have."""
    view = _host_view(loan_id)
    agreement = reading.get_open(request_session(), loan_id)
    return _show_post(view, PostForm.of(_grades(view), agreement, _manager_of(view)[1]))


@blueprint.post("/loans/<uuid:loan_id>/post")
@requires(Permission.PREPARE_TRANSFER)
def submit_post(loan_id: UUID) -> Response:
    """Describe the post; a colleague approves it."""
    view = _host_view(loan_id)
    form = PostForm(_grades(view))
    if not form.validate_on_submit():
        return _show_post(view, form, 422)
    try:
        approving.describe_post(
            request_session(),
            request_time(),
            loan_id=loan_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            post=form.post(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_post(_host_view(loan_id), form, 422)
    flash(_("The post is described. A colleague of yours approves it."), "success")
    return to_loan(loan_id)


@blueprint.get("/loans/<uuid:loan_id>/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def approve(loan_id: UUID) -> str:
    """What the approval changes, and the button."""
    view, side = sided_view(loan_id)
    session = request_session()
    agreement = approving.check_may_approve(
        session, view.loan, side, signed_in_person(), permissions(), request_time()
    )
    return render_template(
        "loans/approve.html",
        view=view,
        side=side,
        organisation=view.organisation_of(side),
        summary=summary_rows(view, agreement),
        agreement=agreement,
        shown=reading.shown(view.loan, agreement),
        post=post_rows(session, agreement, request_time()),
        previews=previews_for(view, (side,), agreement),
        form=ConfirmForm(),
    )


@blueprint.post("/loans/<uuid:loan_id>/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_approval(loan_id: UUID) -> Response:
    """Approve for one organisation what the page showed."""
    view, side = sided_view(loan_id)
    session = request_session()
    approving.check_may_approve(session, view.loan, side, signed_in_person(), permissions(), request_time())
    reading.check_shown(session, view.loan, request.form.get("shown", ""))
    loan = approving.approve(
        session,
        request_time(),
        loan_id=loan_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    words = {
        LoanState.HOME_APPROVED: _("You have approved. The loan now waits for the host."),
        LoanState.HOST_APPROVED: _(
            "You have approved. The agreement now waits for the employee's signature."
        ),
        LoanState.EXTENSION_PENDING: _("You have approved. The extension waits for the others."),
    }
    text = words.get(loan.state, _("You have approved. The loan of %(name)s lasts longer.", name=view.name))
    flash(text, "success")
    return to_loan(loan_id)


@blueprint.get("/loans/<uuid:loan_id>/decline")
@requires(Permission.APPROVE_TRANSFER)
def decline(loan_id: UUID) -> Response:
    """Ask for the reason."""
    view, side = deciding_view(loan_id)
    return _show_refusal(view, side, ReasonForm())


@blueprint.post("/loans/<uuid:loan_id>/decline")
@requires(Permission.APPROVE_TRANSFER)
def submit_decline(loan_id: UUID) -> Response:
    """End the loan before it begins, for one organisation."""
    view, side = deciding_view(loan_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show_refusal(view, side, form, 422)
    approving.decline(
        request_session(),
        request_time(),
        loan_id=loan_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
        reason=form.reason.data or "",
    )
    flash(_("The loan is declined. Nothing changes for %(name)s.", name=view.name), "success")
    return to_loan(loan_id)


@blueprint.get("/loans/<uuid:loan_id>/refuse-extension")
@requires(Permission.APPROVE_TRANSFER)
def refuse_extension(loan_id: UUID) -> Response:
    """Ask for the reason."""
    view, side = deciding_view(loan_id)
    return _show_refusal(view, side, ReasonForm(), extends=True)


@blueprint.post("/loans/<uuid:loan_id>/refuse-extension")
@requires(Permission.APPROVE_TRANSFER)
def submit_extension_refusal(loan_id: UUID) -> Response:
    """The loan ends on its day."""
    view, side = deciding_view(loan_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show_refusal(view, side, form, 422, extends=True)
    extending.refuse(
        request_session(),
        request_time(),
        loan_id=loan_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
        reason=form.reason.data or "",
    )
    flash(_("The extension is refused. The loan ends on its last day."), "success")
    return to_loan(loan_id)


def deciding_view(loan_id: UUID) -> tuple[LoanView, LoanSide]:
    """The loan and the side, for an officer who decides for it. Raises NotFound, NotPermitted."""
    view, side = sided_view(loan_id)
    policy.check_may_decide(view.loan, side, signed_in_person(), permissions())
    return view, side


def to_loan(loan_id: UUID) -> Response:
    """Back to the page of the loan."""
    return redirect(url_for("loans.loan", loan_id=loan_id), 303)


def _host_view(loan_id: UUID) -> LoanView:
    view = view_for(loan_id, LoanSide.HOST)
    policy.check_may_prepare(view.loan, LoanSide.HOST, signed_in_person(), permissions())
    if view.loan.state is not LoanState.HOME_APPROVED:
        raise Conflict(_("This loan does not wait for a description of the post now."))
    return view


def _grades(view: LoanView) -> dict[str, CommonGrade | None]:
    return organisations.grades_of(request_session(), view.loan.host_organisation_id, request_time())


def _show_post(view: LoanView, form: PostForm, status: int = 200) -> Response:
    name, address = _manager_of(view)
    page = render_template("loans/post.html", view=view, form=form, unreached="" if address else name)
    return Response(page, status, mimetype="text/html")


def _manager_of(view: LoanView) -> tuple[str, str]:
    """The name of the line manager named before, and their work address there; either may be empty."""
    session, now = request_session(), request_time()
    manager_id = reading.get_open(session, view.loan.id).line_manager_id
    if manager_id is None:
        return "", ""
    there = subtree_of(session, view.loan, LoanSide.HOST, now)
    addresses = addresses_of(session, manager_id, now, there)
    return known_name(session, manager_id, now), addresses[-1] if addresses else ""


def _show_refusal(
    view: LoanView, side: LoanSide, form: ReasonForm, status: int = 200, *, extends: bool = False
) -> Response:
    page = render_template("loans/decline.html", view=view, side=side, form=form, extends=extends)
    return Response(page, status, mimetype="text/html")
