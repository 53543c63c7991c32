"""Holding a transfer, letting it go on, cancelling it and moving its dates, each on a page of its own."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.deciding import deciding_view
from app.transfers.forms import show_refusal
from app.transfers.interrupting_forms import CauseForm, DatesForm, HoldForm
from app.transfers.presenting import TransferView
from app.transfers.standstill import standstill_of
from app.translation import gettext as _
from profiles.errors import Invalid
from profiles.roles.permissions import Permission, requires
from profiles.transfers import ending, interruptions, policy
from profiles.transfers.dates import move_start
from profiles.transfers.models import Side


@blueprint.get("/transfers/<uuid:transfer_id>/hold")
@requires(Permission.APPROVE_TRANSFER)
def hold(transfer_id: UUID) -> Response:
    """Ask why, and when somebody looks at it again."""
    view, side = deciding_view(transfer_id)
    policy.check_may_decide(view.transfer, side, signed_in_person(), permissions())
    return _show_hold(view, side, HoldForm())


@blueprint.post("/transfers/<uuid:transfer_id>/hold")
@requires(Permission.APPROVE_TRANSFER)
def submit_hold(transfer_id: UUID) -> Response:
    """Put it on hold for one side."""
    view, side = deciding_view(transfer_id)
    form = HoldForm()
    if not form.validate_on_submit() or form.review_on.data is None:
        return _show_hold(view, side, form, 422)
    try:
        interruptions.hold(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            side=side,
            officer_id=signed_in_person(),
            permissions=permissions(),
            reason=form.reason.data or "",
            review_on=form.review_on.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_hold(deciding_view(transfer_id)[0], side, form, 422)
    flash(_("The transfer is on hold. Nothing changes for %(name)s meanwhile.", name=view.name), "success")
    return _to_transfer(transfer_id)


@blueprint.get("/transfers/<uuid:transfer_id>/resume")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def resume(transfer_id: UUID) -> str:
    """Ask whether it goes on."""
    view, _side = deciding_view(transfer_id)
    session, now = request_session(), request_time()
    sides = policy.sides_of(view.transfer, permissions())
    return render_template(
        "transfers/resume.html", view=view, standstill=standstill_of(session, view, sides, now)
    )


@blueprint.post("/transfers/<uuid:transfer_id>/resume")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_resumption(transfer_id: UUID) -> Response:
    """Let it go on where it was, or with new dates to agree."""
    interruptions.resume(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("The transfer goes on."), "success")
    return _to_transfer(transfer_id)


@blueprint.get("/transfers/<uuid:transfer_id>/cancel")
@requires(Permission.APPROVE_TRANSFER)
def cancel(transfer_id: UUID) -> Response:
    """Ask why they leave."""
    view, _side = deciding_view(transfer_id)
    policy.check_may_decide(view.transfer, Side.EXPORTING, signed_in_person(), permissions())
    return _show("transfers/cancel.html", 200, view=view, form=CauseForm())


@blueprint.post("/transfers/<uuid:transfer_id>/cancel")
@requires(Permission.APPROVE_TRANSFER)
def submit_cancellation(transfer_id: UUID) -> Response:
    """End the transfer of somebody who leaves."""
    view, _side = deciding_view(transfer_id)
    form = CauseForm()
    if not form.validate_on_submit():
        return _show("transfers/cancel.html", 422, view=view, form=form)
    ending.cancel(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        cause=ending.Cause(form.cause.data),
    )
    flash(_("The transfer is cancelled. Record the last day on their record, if it is not there."), "success")
    return _to_transfer(transfer_id)


@blueprint.get("/transfers/<uuid:transfer_id>/dates")
@requires(Permission.PREPARE_TRANSFER)
def dates(transfer_id: UUID) -> Response:
    """Ask for other dates."""
    view, _side = deciding_view(transfer_id)
    return _show("transfers/dates.html", 200, view=view, form=DatesForm(transfer_timetable().backdate_days))


@blueprint.post("/transfers/<uuid:transfer_id>/dates")
@requires(Permission.PREPARE_TRANSFER)
def submit_dates(transfer_id: UUID) -> Response:
    """Move the start, and let both departments approve again."""
    view, _side = deciding_view(transfer_id)
    form = DatesForm(transfer_timetable().backdate_days)
    if not form.validate_on_submit() or form.start_date.data is None:
        return _show("transfers/dates.html", 422, view=view, form=form)
    try:
        move_start(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            last_day=form.last_day.data,
            timetable=transfer_timetable(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show("transfers/dates.html", 422, view=deciding_view(transfer_id)[0], form=form)
    flash(_("The dates are changed. Both departments approve again."), "success")
    return _to_transfer(transfer_id)


def _to_transfer(transfer_id: UUID) -> Response:
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def _show_hold(view: TransferView, side: Side, form: HoldForm, status: int = 200) -> Response:
    return _show("transfers/hold.html", status, view=view, side=side, form=form)


def _show(template: str, status: int, **values: object) -> Response:
    return Response(render_template(template, **values), status, mimetype="text/html")
