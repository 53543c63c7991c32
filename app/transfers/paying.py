"""Payroll's two pages: what it needs before its cut-off date, and whether the first pay came out right."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.owning import view_for_owner
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from app.widgets import Checkbox, Radios, SelectChoice
from profiles.roles.permissions import Permission, requires
from profiles.transfers import pay_corrections, payroll, tasks
from profiles.transfers.models import PayItem, Side, TaskKind, TransferState


class PayrollDetailsForm(FlaskForm):  # type: ignore[misc]
    """What payroll has taken up, each by itself; what it is, is typed nowhere here."""

    tax = BooleanField(
        _l("Tax code and pay to date"),
        [InputRequired(_l("Confirm that you have the tax code"))],
        widget=Checkbox(),
    )
    student_loan = BooleanField(
        _l("Student loan: its plan, or that there is none"),
        [InputRequired(_l("Confirm that you know of a student loan"))],
        widget=Checkbox(),
    )
    bank = BooleanField(
        _l("Bank details"), [InputRequired(_l("Confirm that you have the bank details"))], widget=Checkbox()
    )
    advances = BooleanField(
        _l("Advances and other sums still to be paid back, or that there are none"),
        [InputRequired(_l("Confirm that you know of advances"))],
        widget=Checkbox(),
    )


def _item(label: Any, missing: Any) -> RadioField:
    return RadioField(label, [InputRequired(missing)], widget=Radios())


class FirstPayForm(FlaskForm):  # type: ignore[misc]
    """Whether each came out right."""

    first_pay = _item(
        _l("Was the first pay the right amount, on the right day?"), _l("Say whether the first pay is right")
    )
    leave = _item(_l("Is the leave balance that came along right?"), _l("Say whether the leave is right"))
    pension = _item(_l("Does the pension go on as it was?"), _l("Say whether the pension is right"))

    def __init__(self) -> None:
        super().__init__()
        for item in PayItem:
            self[item.value].choices = [
                SelectChoice("yes", _("Yes")),
                SelectChoice("no", _("No, it is being put right")),
            ]


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
        right={item: form[item.value].data == "yes" for item in PayItem},
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
    page = render_template("transfers/payroll.html", view=view, form=form, task=task, is_open=is_open)
    return Response(page, status, mimetype="text/html")


def _show_first_pay(view: TransferView, form: FirstPayForm, status: int = 200) -> Response:
    session = request_session()
    details = tasks.get(session, view.transfer, TaskKind.PAYROLL_DETAILS)
    wrong = {item for item, check in payroll.checks_of(session, view.transfer.id).items() if not check.right}
    page = render_template(
        "transfers/first_pay.html",
        view=view,
        form=form,
        task=tasks.get(session, view.transfer, TaskKind.FIRST_PAY),
        wrong=[form[item.value].label.text for item in PayItem if item in wrong],
        has_details=details.done_at is not None,
        corrected=pay_corrections.find_open(session, view.transfer, Side.IMPORTING),
        is_open=view.transfer.state is TransferState.RECONCILING,
    )
    return Response(page, status, mimetype="text/html")
