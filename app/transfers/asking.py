"""What HR do before a move is approved: name the line manager, and answer about details."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.deciding import deciding_view
from app.transfers.forms import LONGEST, show_refusal
from app.transfers.presenting import TransferView, view_of
from app.translation import gettext as _
from app.widgets import TextArea, TextInput, stripped
from profiles.errors import Invalid
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.transfers import employees_part, managers, policy, service, states
from profiles.transfers.models import Side


class NameManagerForm(FlaskForm):  # type: ignore[misc]
    """Who the line manager is."""

    address = StringField(
        _l("Work e-mail address of the line manager"),
        [
            DataRequired(_l("Enter the work e-mail address")),
            Length(max=LONGEST, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Somebody of your organisation. They get a mail and confirm themselves."),
        widget=TextInput(),
        filters=[stripped],
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What became of what the employee said."""

    answer = TextAreaField(
        _l("What did you correct, or why is it right as it stands?"),
        [
            DataRequired(_l("Say what you corrected, or why it is right")),
            Length(max=employees_part.LONGEST, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("The employee reads it, and then confirms their details."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/transfers/<uuid:transfer_id>/name-manager")
@requires(Permission.APPROVE_TRANSFER)
def name_manager(transfer_id: UUID) -> Response:
    """Ask for the line manager's address."""
    return _show_naming(*_naming_view(transfer_id), NameManagerForm())


@blueprint.post("/transfers/<uuid:transfer_id>/name-manager")
@requires(Permission.APPROVE_TRANSFER)
def submit_manager(transfer_id: UUID) -> Response:
    """Ask the line manager."""
    (view, side), form = _naming_view(transfer_id), NameManagerForm()
    if not form.validate_on_submit():
        return _show_naming(view, side, form, 422)
    session, now = request_session(), request_time()
    try:
        manager_id = managers.name_manager(
            session,
            now,
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            unverified_address=form.address.data or "",
            side=side,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show_naming(*_naming_view(transfer_id), form, 422)
    asked = display_name(name_of(session, manager_id, now))
    if view.transfer.state in states.INTERRUPTED:
        flash(_("%(name)s is named, and asked to confirm when the move goes on.", name=asked), "success")
    else:
        flash(_("%(name)s is asked to confirm.", name=asked), "success")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


@blueprint.get("/transfers/<uuid:transfer_id>/correction")
@requires(Permission.APPROVE_TRANSFER)
def correction(transfer_id: UUID) -> Response:
    """What the employee says is wrong, and where it is corrected."""
    return _show_correction(_exporters_view(transfer_id), AnswerForm())


@blueprint.post("/transfers/<uuid:transfer_id>/correction")
@requires(Permission.APPROVE_TRANSFER)
def answer_correction(transfer_id: UUID) -> Response:
    """Answer the employee."""
    view, form = _exporters_view(transfer_id), AnswerForm()
    if not form.validate_on_submit():
        return _show_correction(view, form, 422)
    employees_part.answer_correction(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        answer=form.answer.data or "",
    )
    flash(_("%(name)s has your answer.", name=view.name), "success")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def _exporters_view(transfer_id: UUID) -> TransferView:
    """The transfer for HR of the old department, who keep the record until the last day."""
    session, now = request_session(), request_time()
    found = service.get_for(session, transfer_id, signed_in_person(), permissions())
    policy.check_may_decide(found, Side.EXPORTING, signed_in_person(), permissions())
    return view_of(session, found, now)


def _naming_view(transfer_id: UUID) -> tuple[TransferView, Side]:
    """The transfer for HR of the side that the address names, whose line manager it is."""
    view, side = deciding_view(transfer_id)
    policy.check_may_decide(view.transfer, side, signed_in_person(), permissions())
    return view, side


def _show_naming(view: TransferView, side: Side, form: NameManagerForm, status: int = 200) -> Response:
    page = render_template("transfers/name_manager.html", view=view, side=side, form=form)
    return Response(page, status, mimetype="text/html")


def _show_correction(view: TransferView, form: AnswerForm, status: int = 200) -> Response:
    corrections = employees_part.corrections_of(request_session(), view.transfer.id)
    page = render_template("transfers/correction.html", view=view, form=form, corrections=corrections)
    return Response(page, status, mimetype="text/html")
