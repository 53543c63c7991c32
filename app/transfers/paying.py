"""Payroll's two pages: what it needs before its cut-off date, and whether the first pay came out right."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.came_along_rows import came_along_rows
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.owning import view_for_owner
from app.transfers.pay_forms import FirstPayForm, PayrollDetailsForm
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from profiles.roles.permissions import Permission, requires
from profiles.transfers import pay_corrections, payroll, tasks
from profiles.transfers.came_along import find_came_along
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState


@blueprint.get("/transfers/<uuid:transfer_id>/payroll")
@requires(Permission.CONFIRM_PAY)
def payroll_details(transfer_id: UUID) -> Response:
    """What payroll takes up, and by when."""
    return _show_details(view_for_owner(transfer_id, TaskKind.PAYROLL_DETAILS), PayrollDetailsForm())


@blueprint.post("/transfers/<uuid:transfer_id>/payroll")
@requires(Permission.CONFIRM_PAY)
def confirm_payroll_details(transfer_id: UUID) -> Response:
    """It has been taken up."""
    view, form = view_for_owner(transfer_id, TaskKind.PAYROLL_DETAILS), PayrollDetailsForm()
    if not form.validate_on_submit():
        return _show_details(view, form, 422)
    payroll.confirm_details(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("You have confirmed for %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


@blueprint.get("/transfers/<uuid:transfer_id>/first-pay")
@requires(Permission.CONFIRM_PAY, fresh=True)
def first_pay(transfer_id: UUID) -> Response:
    """Ask whether first pay, leave and pension are right."""
    return _show_first_pay(view_for_owner(transfer_id, TaskKind.FIRST_PAY), FirstPayForm())


@blueprint.post("/transfers/<uuid:transfer_id>/first-pay")
@requires(Permission.CONFIRM_PAY, fresh=True)
def submit_first_pay(transfer_id: UUID) -> Response:
    """All right completes the transfer; what is wrong is asked about again."""
    view, form = view_for_owner(transfer_id, TaskKind.FIRST_PAY), FirstPayForm()
    if not form.validate_on_submit():
        return _show_first_pay(view, form, 422)
    transfer = payroll.record_checks(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        right=form.right(),
        timetable=transfer_timetable(),
    )
    if transfer.state is TransferState.COMPLETED:
        flash(_("Everything is right and the transfer is complete."), "success")
    else:
        flash(_("It is recorded. You are asked again until everything is right."), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


def _show_details(view: TransferView, form: PayrollDetailsForm, status: int = 200) -> Response:
    task = tasks.get(request_session(), view.transfer, TaskKind.PAYROLL_DETAILS)
    is_open = task.done_at is None and view.transfer.state in payroll.AGREED
    page = render_template(
        "transfers/payroll.html",
        view=view,
        along=_along(view.transfer),
        form=form,
        task=task,
        is_open=is_open,
    )
    return Response(page, status, mimetype="text/html")


def _show_first_pay(view: TransferView, form: FirstPayForm, status: int = 200) -> Response:
    session = request_session()
    details = tasks.get(session, view.transfer, TaskKind.PAYROLL_DETAILS)
    wrong = {item for item, check in payroll.checks_of(session, view.transfer.id).items() if not check.right}
    page = render_template(
        "transfers/first_pay.html",
        view=view,
        along=_along(view.transfer),
        form=form,
        task=tasks.get(session, view.transfer, TaskKind.FIRST_PAY),
        wrong=form.labels_of(wrong),
        has_details=details.done_at is not None,
        corrected=pay_corrections.find_open(session, view.transfer, Side.IMPORTING),
        is_open=view.transfer.state is TransferState.RECONCILING,
    )
    return Response(page, status, mimetype="text/html")


def _along(transfer: Transfer) -> list[tuple[str, str]]:
    found = find_came_along(request_session(), transfer, request_time())
    return came_along_rows(found.pension, found.leave) if found else []
