"""What the new department says of the clearance that the new post needs, where it is not there."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.forms import show_refusal
from app.transfers.owning import view_for_owner
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice, TextArea, stripped
from profiles.errors import Invalid
from profiles.organisations.move_rules import RULES
from profiles.roles.permissions import Permission, requires
from profiles.transfers import interruptions, required, tasks
from profiles.transfers.clearance_answers import Answer
from profiles.transfers.models import TaskKind


class RequiredClearanceForm(FlaskForm):  # type: ignore[misc]
    """How it stands; which of the other fields is needed, the answer says."""

    said = RadioField(_l("How does it stand?"), [InputRequired(_l("Say how it stands"))], widget=Radios())
    decided_on = CivilDateField(
        _l("Day of the decision, if it is granted"), [Optional()], description=_l("By the vetting authority.")
    )
    mitigations = TextAreaField(
        _l("What is done meanwhile, if they may start before it"),
        [Optional(), Length(max=1000, message=_l("Use 1,000 characters or fewer"))],
        description=_l("For example, no access alone. The person can read it in their record."),
        widget=TextArea(),
        filters=[stripped],
    )
    until = CivilDateField(
        _l("Until when, if they may start before it"),
        [Optional()],
        description=_l("A dispensation is exceptional, and opens no app that needs the clearance."),
    )

    def __init__(self, may_start_uncleared: bool) -> None:
        super().__init__()
        self.said.choices = [
            SelectChoice(Answer.APPLIED.value, _("We have applied for it")),
            SelectChoice(Answer.GRANTED.value, _("It is granted")),
            SelectChoice(Answer.REFUSED.value, _("It is refused")),
        ]
        if may_start_uncleared:
            dispensed = _("They may start before it is there (dispensation)")
            self.said.choices.append(SelectChoice(Answer.DISPENSED.value, dispensed))
        else:
            del self.mitigations, self.until


@blueprint.get("/transfers/<uuid:transfer_id>/required-clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def required_clearance(transfer_id: UUID) -> Response:
    """Which clearance the new post needs, and the form."""
    view = view_for_owner(transfer_id, TaskKind.CLEARANCE_READY)
    return _show(view, _form(view))


@blueprint.post("/transfers/<uuid:transfer_id>/required-clearance")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def answer_required_clearance(transfer_id: UUID) -> Response:
    """Record it; a move that was blocked for want of it goes on."""
    view = view_for_owner(transfer_id, TaskKind.CLEARANCE_READY)
    form = _form(view)
    if not form.validate_on_submit():
        return _show(view, form, 422)
    session, now = request_session(), request_time()
    try:
        transfer = required.answer(
            session,
            now,
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            said=Answer(form.said.data),
            decided_on=form.decided_on.data,
            until=form.until.data if form.until else None,
            mitigations=(form.mitigations.data or "") if form.mitigations else "",
            periods=current_app.config["CLEARANCE_PERIODS"],
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(view_for_owner(transfer_id, TaskKind.CLEARANCE_READY), form, 422)
    interruptions.look_again(session, transfer, now)
    flash(_("It is recorded for the move of %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


def _form(view: TransferView) -> RequiredClearanceForm:
    return RequiredClearanceForm(RULES[view.transfer.regime].may_start_uncleared)


def _show(view: TransferView, form: RequiredClearanceForm, status: int = 200) -> Response:
    task = tasks.get(request_session(), view.transfer, TaskKind.CLEARANCE_READY)
    page = render_template(
        "transfers/required_clearance.html",
        view=view,
        form=form,
        task=task,
        is_open=task.done_at is None and view.transfer.state in required.OPEN_STATES,
    )
    return Response(page, status, mimetype="text/html")
