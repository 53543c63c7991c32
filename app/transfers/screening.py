"""Recording the new department's check: BPSS, or the vetting of a force."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.forms import show_refusal
from app.transfers.presenting import TransferView, view_of
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice
from profiles.errors import Invalid, NotFound
from profiles.roles.permissions import Permission, requires
from profiles.transfers import policy, screening, service, tasks
from profiles.transfers.models import Side, TaskKind


class BpssForm(FlaskForm):  # type: ignore[misc]
    """What the check came to, and when it was made."""

    passed = RadioField(
        _l("Have they passed it?"), [InputRequired(_l("Say whether they have passed it"))], widget=Radios()
    )
    checked_on = CivilDateField(_l("Date of the check"), [InputRequired(_l("Enter the date of the check"))])

    def __init__(self) -> None:
        super().__init__()
        self.passed.choices = [SelectChoice("yes", _("Yes, passed")), SelectChoice("no", _("No, not passed"))]


@blueprint.get("/transfers/<uuid:transfer_id>/bpss")
@requires(Permission.APPROVE_TRANSFER)
def bpss(transfer_id: UUID) -> Response:
    """Ask for outcome and date."""
    return _show(_importers_view(transfer_id), BpssForm())


@blueprint.post("/transfers/<uuid:transfer_id>/bpss")
@requires(Permission.APPROVE_TRANSFER)
def record_bpss(transfer_id: UUID) -> Response:
    """Record them."""
    view, form = _importers_view(transfer_id), BpssForm()
    if not form.validate_on_submit() or form.checked_on.data is None:
        return _show(view, form, 422)
    try:
        screening.record_check(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            passed=form.passed.data == "yes",
            checked_on=form.checked_on.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(_importers_view(transfer_id), form, 422)
    flash(_("What the check of %(name)s came to is recorded.", name=view.name), "success")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def _importers_view(transfer_id: UUID) -> TransferView:
    session, now = request_session(), request_time()
    found = service.get_for(session, transfer_id, signed_in_person(), permissions())
    if Side.IMPORTING not in policy.sides_of(found, permissions()):
        raise NotFound("There is no such transfer.")
    policy.check_may_decide(found, Side.IMPORTING, signed_in_person(), permissions())
    return view_of(session, found, now)


def _show(view: TransferView, form: BpssForm, status: int = 200) -> Response:
    task = tasks.get(request_session(), view.transfer, TaskKind.BPSS)
    page = render_template("transfers/bpss.html", view=view, form=form, task=task)
    return Response(page, status, mimetype="text/html")
