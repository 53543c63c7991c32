"""Another start date for a bulk move, to which both sides agree anew."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import DayForm
from app.bulk_moves.lateness import not_taken_back_within
from app.bulk_moves.presenting import BulkMoveView, officers_view, to_be_left_out
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.bulk_moves import policy, redating, taking_back
from profiles.bulk_moves.models import BulkMoveState
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.permissions import Permission, requires


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/start-date")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def start_date(bulk_move_id: UUID) -> str:
    """Ask for the day."""
    return _ask(_deciding(bulk_move_id), DayForm())


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/start-date")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_start_date(bulk_move_id: UUID) -> Response | tuple[str, int]:
    """Give it the day."""
    view, form = _deciding(bulk_move_id), DayForm()
    if not form.validate_on_submit() or form.start_date.data is None:
        return _ask(view, form), 422
    try:
        move = redating.move_start(
            request_session(),
            request_time(),
            move_id=bulk_move_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            start_date=form.start_date.data,
            not_within=not_taken_back_within(),
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(_deciding(bulk_move_id), form), 422
    flash(
        _("It has the new start date, and waits for both departments.")
        if move.state is BulkMoveState.LIST_DRAFTED
        else _("What was recorded for the old date is being taken back. Then it waits for both departments."),
        "success",
    )
    return redirect(url_for("bulk_moves.bulk_move", bulk_move_id=bulk_move_id), 303)


def _deciding(move_id: UUID) -> BulkMoveView:
    view, _sides = officers_view(move_id)
    if not policy.sides_deciding(view.move, permissions()):
        raise NotPermitted(_("You may not decide on bulk moves for that organisation."))
    if not redating.may_be_redated(view.move, request_time()):
        raise Conflict(_("The start date of this bulk move cannot be changed now."))
    taking_back.check_in_time(request_session(), view.move, request_time(), not_taken_back_within())
    return view


def _ask(view: BulkMoveView, form: DayForm) -> str:
    return render_template("bulk_moves/start_date.html", view=view, form=form, left_out=to_be_left_out(view))
