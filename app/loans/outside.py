"""A secondment to a body outside that nobody acts for in Lanyard: HR of home record what it has signed."""

from uuid import UUID

from flask import flash, render_template
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.deciding import to_loan
from app.loans.forms import OutsideForm
from app.loans.presenting import LoanView
from app.loans.views import view_for
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Invalid
from profiles.loans import reading
from profiles.loans.models import LoanSide
from profiles.loans.outside import check_may_record, record_signed
from profiles.roles.permissions import Permission, requires


@blueprint.get("/loans/<uuid:loan_id>/outside")
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def outside(loan_id: UUID) -> Response:
    """Ask for reference, contact and post."""
    return _show(_view(loan_id), OutsideForm(data=_held(loan_id)))


@blueprint.post("/loans/<uuid:loan_id>/outside")
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def record_outside(loan_id: UUID) -> Response:
    """Record it in place of the approval of that body."""
    view, form = _view(loan_id), OutsideForm()
    if not form.validate_on_submit():
        return _show(view, form, 422)
    try:
        record_signed(
            request_session(),
            request_time(),
            loan_id=loan_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            signed=form.signed(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(_view(loan_id), form, 422)
    flash(_("It is recorded. %(name)s signs next.", name=view.name), "success")
    return to_loan(loan_id)


def _view(loan_id: UUID) -> LoanView:
    view = view_for(loan_id, LoanSide.HOME)
    check_may_record(request_session(), view.loan, signed_in_person(), permissions(), request_time())
    return view


def _held(loan_id: UUID) -> dict[str, str]:
    """The post that an extension goes on with."""
    agreement = reading.get_open(request_session(), loan_id)
    return {"job_title": agreement.job_title, "location": agreement.location}


def _show(view: LoanView, form: OutsideForm, status: int = 200) -> Response:
    page = render_template("loans/outside.html", view=view, form=form)
    return Response(page, status, mimetype="text/html")
