"""The employee's part in their move: confirming their details, and accepting what is offered."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import signed_in_person
from app.display_formats import civil_date
from app.my_profile.blueprint import blueprint
from app.my_profile.moving import my_transfer
from app.request_transaction import request_session, request_time
from app.transfers.changed import changed_lines
from app.transfers.forms import ConfirmForm
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.employments.models import Employment
from profiles.people.models import BirthDate, WorkPhone
from profiles.people.service import addresses_of, name_of
from profiles.roles.permissions import signed_in
from profiles.temporal import current
from profiles.transfers import employees_part, shown, tasks
from profiles.transfers.models import TaskKind, Transfer


class WrongForm(FlaskForm):  # type: ignore[misc]
    """What is wrong in the details."""

    what = TextAreaField(
        _l("What is wrong, and what is right?"),
        [
            DataRequired(_l("Say what is wrong, and what is right")),
            Length(max=employees_part.LONGEST, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("HR of the department that you leave read it, correct your record and answer."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/profile/transfers/<uuid:transfer_id>/details")
@signed_in(here=True)
def details(transfer_id: UUID) -> Response:
    """What is recorded about the person that vetting and pay rest on."""
    return _show_details(transfer_id, WrongForm(formdata=None))


@blueprint.post("/profile/transfers/<uuid:transfer_id>/details")
@signed_in(here=True)
def confirm_details(transfer_id: UUID) -> Response:
    """The details are right."""
    my_transfer(transfer_id)
    employees_part.confirm_details(
        request_session(), request_time(), transfer_id=transfer_id, person_id=signed_in_person()
    )
    flash(_("You have confirmed your details."), "success")
    return redirect(url_for("my_profile.transfer", transfer_id=transfer_id), 303)


@blueprint.get("/profile/transfers/<uuid:transfer_id>/details/wrong")
@signed_in(here=True)
def back_to_details(transfer_id: UUID) -> Response:
    """What is wrong is said on the page of the details."""
    return redirect(url_for("my_profile.details", transfer_id=transfer_id))


@blueprint.post("/profile/transfers/<uuid:transfer_id>/details/wrong")
@signed_in(here=True)
def ask_correction(transfer_id: UUID) -> Response:
    """Something is wrong: HR are asked."""
    my_transfer(transfer_id)
    form = WrongForm()
    if not form.validate_on_submit():
        return _show_details(transfer_id, form, 422)
    employees_part.ask_correction(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        person_id=signed_in_person(),
        what=form.what.data or "",
    )
    flash(_("HR of your department are asked. You get a mail when they have answered."), "success")
    return redirect(url_for("my_profile.transfer", transfer_id=transfer_id), 303)


@blueprint.get("/profile/transfers/<uuid:transfer_id>/terms")
@signed_in(here=True)
def terms(transfer_id: UUID) -> Response:
    """What the new department offers."""
    return _show_terms(my_transfer(transfer_id), [], 200)


@blueprint.post("/profile/transfers/<uuid:transfer_id>/terms")
@signed_in(here=True)
def accept_terms(transfer_id: UUID) -> Response:
    """Accept it, if it is what the page showed."""
    view = my_transfer(transfer_id)
    seen = shown.to_employee(view.transfer)
    changed = changed_lines(shown.differences(seen, request.form.get("shown", "")))
    if changed:
        return _show_terms(view, changed, 409)
    employees_part.accept_terms(
        request_session(), request_time(), transfer_id=transfer_id, person_id=signed_in_person()
    )
    flash(_("You have accepted the terms."), "success")
    return redirect(url_for("my_profile.transfer", transfer_id=transfer_id), 303)


def _show_terms(view: TransferView, changed: list[str], status: int) -> Response:
    page = render_template(
        "my_profile/terms.html",
        view=view,
        form=ConfirmForm(formdata=None),
        shown=shown.packed(shown.to_employee(view.transfer)),
        changed=changed,
        is_open=_is_open(view.transfer, TaskKind.TERMS),
    )
    return Response(page, status, mimetype="text/html")


def _is_open(transfer: Transfer, kind: TaskKind) -> bool:
    return transfer.in_flight and tasks.get(request_session(), transfer, kind).done_at is None


def _show_details(transfer_id: UUID, form: WrongForm, status: int = 200) -> Response:
    session, view = request_session(), my_transfer(transfer_id)
    page = render_template(
        "my_profile/details.html",
        view=view,
        form=form,
        rows=_details(view.transfer),
        corrections=employees_part.corrections_of(session, transfer_id),
        waits=employees_part.find_open(session, transfer_id) is not None,
        is_open=_is_open(view.transfer, TaskKind.EMPLOYEE_DETAILS),
    )
    return Response(page, status, mimetype="text/html")


def _details(transfer: Transfer) -> list[tuple[str, str]]:
    session, now, who = request_session(), request_time(), {"person_id": transfer.person_id}
    name = name_of(session, transfer.person_id, now)
    born = current(session, BirthDate, now, now, **who)
    jobs = current(session, Employment, now, now, fact_id=transfer.employment_id)
    none = _("Not recorded")
    return [
        (_("Given names"), name.given_names),
        (_("Middle names"), name.middle_names or none),
        (_("Family name"), name.family_name),
        (_("Known as"), name.known_as or none),
        (_("Date of birth"), civil_date(born[0].born_on) if born else none),
        (_("Work e-mail address"), ", ".join(addresses_of(session, transfer.person_id, now)) or none),
        (
            _("Work phone"),
            ", ".join(one.number for one in current(session, WorkPhone, now, now, **who)) or none,
        ),
        (
            _("In the Civil Service since"),
            civil_date(jobs[0].continuous_service_from) if jobs else none,
        ),
    ]
