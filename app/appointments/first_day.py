"""The line manager of somebody who comes back arranges the first day; HR say who that is."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.appointments.presenting import name_of, organisation_of
from app.listed_names import known_name
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.asking import NameManagerForm
from app.transfers.forms import show_refusal
from app.transfers.owning import FirstDayForm
from app.translation import gettext as _
from profiles.appointments import first_day as arranging
from profiles.appointments import tasks
from profiles.appointments.models import Appointment
from profiles.errors import Conflict, Invalid
from profiles.roles.permissions import Permission, requires, signed_in
from profiles.transfers.models import TaskKind

PATH = "/appointments/<uuid:appointment_id>"


@blueprint.get(f"{PATH}/first-day")
@signed_in(here=True)
def first_day(appointment_id: UUID) -> Response:
    """What the line manager arranges."""
    return _show_first_day(_get(appointment_id), FirstDayForm())


@blueprint.post(f"{PATH}/first-day")
@signed_in(here=True)
def arrange_first_day(appointment_id: UUID) -> Response:
    """It is arranged."""
    found, form = _get(appointment_id), FirstDayForm()
    if not form.validate_on_submit():
        return _show_first_day(found, form, 422)
    session, now = request_session(), request_time()
    name = name_of(session, found, now)
    arranging.arrange(session, now, appointment_id=appointment_id, person_id=signed_in_person())
    flash(_("You have confirmed for %(name)s.", name=name), "success")
    return redirect(url_for("my_profile.tasks"), 303)


@blueprint.get(f"{PATH}/line-manager")
@requires(Permission.PREPARE_TRANSFER)
def name_manager(appointment_id: UUID) -> Response:
    """Ask for the line manager's address."""
    return _show_naming(_get_to_name(appointment_id), NameManagerForm())


@blueprint.post(f"{PATH}/line-manager")
@requires(Permission.PREPARE_TRANSFER)
def submit_manager(appointment_id: UUID) -> Response:
    """Ask the line manager."""
    found, form = _get_to_name(appointment_id), NameManagerForm()
    if not form.validate_on_submit():
        return _show_naming(found, form, 422)
    session, now = request_session(), request_time()
    try:
        manager_id = arranging.name_manager(
            session,
            now,
            appointment_id=appointment_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            unverified_address=form.address.data or "",
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show_naming(_get_to_name(appointment_id), form, 422)
    asked = known_name(session, manager_id, now)
    flash(_("%(name)s is asked to confirm.", name=asked), "success")
    return redirect(url_for("appointments.appointment", appointment_id=appointment_id), 303)


def _get(appointment_id: UUID) -> Appointment:
    return arranging.get_for(request_session(), appointment_id, signed_in_person(), request_time())


def _get_to_name(appointment_id: UUID) -> Appointment:
    return arranging.get_to_name(request_session(), appointment_id, signed_in_person(), permissions())


def _show_first_day(found: Appointment, form: FirstDayForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    task = tasks.get(session, found, TaskKind.FIRST_DAY)
    page = render_template(
        "appointments/first_day.html",
        appointment=found,
        form=form,
        name=name_of(session, found, now),
        organisation=organisation_of(session, found, now),
        task=task,
        is_open=tasks.is_open(found, task, now),
    )
    return Response(page, status, mimetype="text/html")


def _show_naming(found: Appointment, form: NameManagerForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "appointments/name_manager.html",
        appointment=found,
        form=form,
        name=name_of(session, found, now),
        may_be_named=arranging.may_be_named(session, found, now),
    )
    return Response(page, status, mimetype="text/html")
