"""Taking back a move that has happened, by another one, on a page of its own."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.choices import Choice
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.deciding import deciding_view
from app.transfers.forms import show_refusal
from app.transfers.interrupting_forms import ReversalForm
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers import reversing
from profiles.transfers.models import Transfer
from profiles.transfers.previous import never_came

PATH = "/transfers/<uuid:transfer_id>/reverse"


def reversing_choices(
    session: Session, transfer: Transfer, person_id: UUID, allowed: Permissions
) -> list[Choice]:
    """Beginning the move back, where the officer may and nobody has."""
    if not reversing.is_reversible(transfer, request_time()):
        return []
    if not reversing.may_reverse(transfer, person_id, allowed):
        return []
    if reversing.find_reversal(session, transfer) is not None:
        return []
    href = url_for("transfers.reverse", transfer_id=transfer.id)
    return [Choice(_("Reverse this move"), href, "secondary")]


def linked_moves(session: Session, transfer: Transfer) -> list[tuple[str, str]]:
    """The move that this one reverses and the one that reverses it: in words, and its page."""
    found = []
    if transfer.reverses_id is not None:
        href = url_for("transfers.transfer", transfer_id=transfer.reverses_id)
        gone = never_came(session, transfer)
        words = _("The earlier move, by which they never came") if gone else _("It reverses an earlier move")
        found.append((words, href))
    back = reversing.find_reversal(session, transfer)
    if back is not None:
        found.append(
            (_("It is reversed by another move"), url_for("transfers.transfer", transfer_id=back.id))
        )
    return found


@blueprint.get(PATH)
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def reverse(transfer_id: UUID) -> Response:
    """Ask from when on they are back."""
    return _show(_view(transfer_id), ReversalForm())


@blueprint.post(PATH)
@requires(Permission.PREPARE_TRANSFER, fresh=True)
def submit_reversal(transfer_id: UUID) -> Response:
    """Begin the move back; both departments and the employee agree to it."""
    view, form = _view(transfer_id), ReversalForm()
    if not form.validate_on_submit():
        return _show(view, form, 422)
    try:
        made = reversing.reverse(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            last_day=form.last_day.data,
            never_came=form.never_came.data,
            timetable=transfer_timetable(),
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(_view(transfer_id), form, 422)
    flash(_("The move back has begun. The employee accepts it, and both departments approve it."), "success")
    return redirect(url_for("transfers.transfer", transfer_id=made.id), 303)


def _view(transfer_id: UUID) -> TransferView:
    view, _side = deciding_view(transfer_id)
    if not reversing.may_reverse(view.transfer, signed_in_person(), permissions()):
        raise NotFound(_("There is no such transfer."))
    return view


def _show(view: TransferView, form: ReversalForm, status: int = 200) -> Response:
    page = render_template("transfers/reverse.html", view=view, form=form)
    return Response(page, status, mimetype="text/html")
