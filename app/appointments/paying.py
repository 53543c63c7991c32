"""Payroll's two pages when somebody comes back: what it needs, and whether the first pay came out right."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.appointments.presenting import name_of, organisation_of
from app.request_transaction import request_session, request_time
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.pay_forms import FirstPayForm, PayrollDetailsForm
from app.translation import gettext as _
from profiles.appointments import payroll, tasks
from profiles.appointments.models import Appointment
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import PayItem, TaskKind

PATH = "/appointments/<uuid:appointment_id>"


class ReturnersPayForm(FirstPayForm):
    """No leave and no pension came along from an old department."""

    def __init__(self) -> None:
        super().__init__()
        self[PayItem.LEAVE.value].label.text = _l("Is the leave balance right?")
        self[PayItem.PENSION.value].label.text = _l("Is the pension right?")


@blueprint.get(f"{PATH}/payroll")
@requires(Permission.CONFIRM_PAY)
def payroll_details(appointment_id: UUID) -> Response:
    """What payroll takes up, and by when."""
    return _show_details(_get(appointment_id), PayrollDetailsForm())


@blueprint.post(f"{PATH}/payroll")
@requires(Permission.CONFIRM_PAY)
def confirm_payroll_details(appointment_id: UUID) -> Response:
    """It has been taken up."""
    found, form = _get(appointment_id), PayrollDetailsForm()
    if not form.validate_on_submit():
        return _show_details(found, form, 422)
    session, now = request_session(), request_time()
    name = name_of(session, found, now)
    payroll.confirm_details(session, now, **_by(appointment_id))
    flash(_("You have confirmed for %(name)s.", name=name), "success")
    return redirect(url_for("my_profile.tasks"), 303)


@blueprint.get(f"{PATH}/first-pay")
@requires(Permission.CONFIRM_PAY, fresh=True)
def first_pay(appointment_id: UUID) -> Response:
    """Ask whether first pay, leave and pension are right."""
    return _show_first_pay(_get(appointment_id), ReturnersPayForm())


@blueprint.post(f"{PATH}/first-pay")
@requires(Permission.CONFIRM_PAY, fresh=True)
def submit_first_pay(appointment_id: UUID) -> Response:
    """What is wrong is asked about again."""
    found, form = _get(appointment_id), ReturnersPayForm()
    if not form.validate_on_submit():
        return _show_first_pay(found, form, 422)
    found = payroll.record_checks(
        request_session(),
        request_time(),
        **_by(appointment_id),
        right=form.right(),
        timetable=transfer_timetable(),
    )
    if found.wrong_items:
        flash(_("It is recorded. You are asked again until everything is right."), "success")
    else:
        flash(_("Everything is right."), "success")
    return redirect(url_for("my_profile.tasks"), 303)


def _by(appointment_id: UUID) -> dict[str, Any]:
    by = {"officer_id": signed_in_person(), "permissions": permissions()}
    return {"appointment_id": appointment_id} | by


def _get(appointment_id: UUID) -> Appointment:
    return payroll.get_for(request_session(), appointment_id, signed_in_person(), permissions())


def _show_details(found: Appointment, form: PayrollDetailsForm, status: int = 200) -> Response:
    return _show("appointments/payroll.html", found, TaskKind.PAYROLL_DETAILS, status, form=form)


def _show_first_pay(found: Appointment, form: FirstPayForm, status: int = 200) -> Response:
    details = tasks.get(request_session(), found, TaskKind.PAYROLL_DETAILS)
    return _show(
        "appointments/first_pay.html",
        found,
        TaskKind.FIRST_PAY,
        status,
        form=form,
        wrong=form.labels_of(payroll.wrong_of(found)),
        has_details=details.done_at is not None,
    )


def _show(template: str, found: Appointment, kind: TaskKind, status: int, **shown: Any) -> Response:
    session, now = request_session(), request_time()
    task = tasks.get(session, found, kind)
    page = render_template(
        template,
        appointment=found,
        name=name_of(session, found, now),
        organisation=organisation_of(session, found, now),
        task=task,
        is_open=tasks.is_open(found, task, now),
        **shown,
    )
    return Response(page, status, mimetype="text/html")
