"""The start of a move that has happened was another day: one department says so, the other agrees or not."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.choices import Choice
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.deciding import deciding_view
from app.transfers.forms import ConfirmForm, show_refusal
from app.transfers.interrupting_forms import RestartForm
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid, NotFound, ProfileError
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers import policy, restarting
from profiles.transfers.models import Side, Transfer

PATH = "/transfers/<uuid:transfer_id>/start"


def restarting_choices(transfer: Transfer, person_id: UUID, allowed: Permissions) -> list[Choice]:
    """Saying that the start was another day, taking that back, or answering about it."""
    if transfer.state not in restarting.HAPPENED:
        return []
    if transfer.restart_on is not None:
        made = []
        if _may_decide(transfer, person_id, allowed):
            made.append(_deciding(transfer, person_id, allowed))
        if restarting.may_ask(transfer, person_id, allowed):
            words = _("Take back what was said of the start")
            made.append(Choice(words, _href("take_back_start", transfer), "secondary"))
        return made
    if not restarting.may_ask(transfer, person_id, allowed):
        return []
    return [Choice(_("The start was another day"), _href("restart", transfer), "secondary")]


def _deciding(transfer: Transfer, person_id: UUID, allowed: Permissions) -> Choice:
    """The page on which the old department answers, or why not this officer of it."""
    try:
        restarting.check_may_decide(request_session(), transfer, person_id, allowed, request_time())
    except ProfileError as refused:
        return Choice(_(refused.message))
    return Choice(_("Say whether the start was another day"), _href("decide_start", transfer))


@blueprint.get(PATH)
@requires(Permission.PREPARE_TRANSFER)
def restart(transfer_id: UUID) -> Response:
    """Ask which day it was."""
    return _show(_asking_view(transfer_id), _form())


@blueprint.post(PATH)
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def submit_restart(transfer_id: UUID) -> Response:
    """Ask the old department whether it agrees."""
    view, form = _asking_view(transfer_id), _form()
    if not form.validate_on_submit() or form.start_date.data is None:
        return _show(view, form, 422)
    try:
        restarting.ask(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            last_day=form.last_day.data,
            timetable=transfer_timetable(),
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(_asking_view(transfer_id), form, 422)
    flash(_("The old department is asked whether it agrees. Until then nothing changes."), "success")
    return _to_transfer(transfer_id)


@blueprint.get(f"{PATH}/take-back")
@requires(Permission.PREPARE_TRANSFER)
def take_back_start(transfer_id: UUID) -> str:
    """What was said, and that the old department has not answered."""
    view = _asking_view(transfer_id)
    _check_asked(view)
    shown = restarting.shown(view.transfer)
    return render_template("transfers/take_back_start.html", view=view, form=ConfirmForm(), shown=shown)


@blueprint.post(f"{PATH}/take-back")
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def submit_take_back_start(transfer_id: UUID) -> Response:
    """Leave the dates as they are recorded."""
    view = _asking_view(transfer_id)
    restarting.take_back(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        seen=request.form.get("shown", ""),
    )
    flash(_("The dates of %(name)s stay as they are recorded.", name=view.name), "success")
    return _to_transfer(transfer_id)


@blueprint.get(f"{PATH}/decide")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def decide_start(transfer_id: UUID) -> str:
    """What the new department says, beside what is recorded."""
    view = _deciding_view(transfer_id)
    return render_template(
        "transfers/decide_start.html",
        view=view,
        form=ConfirmForm(),
        shown=restarting.shown(view.transfer),
    )


@blueprint.post(f"{PATH}/decide")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_start(transfer_id: UUID) -> Response:
    """Agree, and correct the record; or leave it as it is."""
    view = _deciding_view(transfer_id)
    agreed = request.form.get("agreed") == "yes"
    restarting.decide(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        agreed=agreed,
        seen=request.form.get("shown", ""),
        timetable=transfer_timetable(),
    )
    if agreed:
        words = _("The record says the other day now. Payroll of both departments is told.")
    else:
        words = _("The dates of %(name)s stay as they are recorded.", name=view.name)
    flash(words, "success")
    return _to_transfer(transfer_id)


def _form() -> RestartForm:
    return RestartForm(transfer_timetable().backdate_days)


def _may_decide(transfer: Transfer, person_id: UUID, allowed: Permissions) -> bool:
    own = allowed.are_of(transfer.person_id) or person_id == transfer.person_id
    place = policy.organisation_of(transfer, Side.EXPORTING)
    return not own and allowed.allows(Permission.APPROVE_TRANSFER, place)


def _asking_view(transfer_id: UUID) -> TransferView:
    view, _side = deciding_view(transfer_id)
    if not restarting.may_ask(view.transfer, signed_in_person(), permissions()):
        raise NotFound(_("There is no such transfer."))
    return view


def _deciding_view(transfer_id: UUID) -> TransferView:
    view, _side = deciding_view(transfer_id)
    if not _may_decide(view.transfer, signed_in_person(), permissions()):
        raise NotFound(_("There is no such transfer."))
    _check_asked(view)
    restarting.check_may_decide(
        request_session(), view.transfer, signed_in_person(), permissions(), request_time()
    )
    return view


def _check_asked(view: TransferView) -> None:
    if view.transfer.restart_on is None:
        raise Conflict(_("Nothing waits to be decided here."))


def _show(view: TransferView, form: RestartForm, status: int = 200) -> Response:
    page = render_template("transfers/restart.html", view=view, form=form)
    return Response(page, status, mimetype="text/html")


def _href(page: str, transfer: Transfer) -> str:
    return url_for(f"transfers.{page}", transfer_id=transfer.id)


def _to_transfer(transfer_id: UUID) -> Response:
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)
