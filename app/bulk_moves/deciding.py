"""Agreeing to a bulk move, refusing, confirming and cancelling it: each on a page of its own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.access import counts_exactly, previews_for
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import ButtonForm, ReasonForm
from app.bulk_moves.lateness import not_taken_back_within
from app.bulk_moves.presenting import (
    BulkMoveView,
    count_rows,
    not_read_yet,
    officers_view,
    reason_rows,
    summary_rows,
)
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import agreeing, chasing, policy, taking_back
from profiles.errors import NotPermitted
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import Side


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/agree")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def agree(bulk_move_id: UUID) -> str:
    """What the agreement is to, and the button."""
    view, side = _deciding(bulk_move_id)
    sides = policy.sides_of(view.move, permissions())
    agreeing.check_may_agree(
        request_session(), view.move, side, signed_in_person(), permissions(), request_time()
    )
    return render_template(
        "bulk_moves/agree.html",
        view=view,
        side=side,
        organisation=view.organisation_of(side),
        summary=summary_rows(view),
        counts=count_rows(view, sides),
        not_read=not_read_yet(view, sides),
        previews=previews_for(view, frozenset({side})),
        exact=counts_exactly(view),
        form=ButtonForm(),
    )


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/agree")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_agreement(bulk_move_id: UUID) -> Response:
    """Agree for one organisation."""
    _view, side = _deciding(bulk_move_id)
    move = agreeing.agree(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    both = len(agreeing.agreements_of(request_session(), move.id)) == len(Side)
    flash(
        _("Both departments have agreed. Everybody’s record is being looked at now.")
        if both
        else _("You have agreed. The list now waits for the other department."),
        "success",
    )
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/refuse")
@requires(Permission.APPROVE_TRANSFER)
def refuse(bulk_move_id: UUID) -> str:
    """Ask for the reason."""
    view, side = _deciding(bulk_move_id)
    return _ask_reason(view, ReasonForm(), "refuse", side)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/refuse")
@requires(Permission.APPROVE_TRANSFER)
def submit_refusal(bulk_move_id: UUID) -> Response | tuple[str, int]:
    """End the list."""
    view, side = _deciding(bulk_move_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask_reason(view, form, "refuse", side), 422
    agreeing.refuse(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
        reason=form.reason.data or "",
    )
    flash(_("The list is refused. Nothing changes for anybody."), "success")
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/confirm")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def confirm(bulk_move_id: UUID) -> str:
    """Who moves and who is set apart, and the button."""
    view, _side = _deciding(bulk_move_id)
    sides = policy.sides_of(view.move, permissions())
    return render_template(
        "bulk_moves/confirm.html",
        view=view,
        counts=count_rows(view, sides),
        reasons=[(words, number) for words, number, _href in reason_rows(view, sides)],
        previews=previews_for(view, sides),
        exact=counts_exactly(view),
        form=ButtonForm(),
    )


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/confirm")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_confirmation(bulk_move_id: UUID) -> Response:
    """Let the worker record the moves."""
    _deciding(bulk_move_id)
    agreeing.confirm(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("The moves are being recorded. You need not wait here."), "success")
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/cancel")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def cancel(bulk_move_id: UUID) -> str:
    """Ask for the reason."""
    view, side = _deciding(bulk_move_id)
    taking_back.check_in_time(request_session(), view.move, request_time(), not_taken_back_within())
    return _ask_reason(view, ReasonForm(), "cancel", side)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/cancel")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_cancellation(bulk_move_id: UUID) -> Response | tuple[str, int]:
    """Take it back before the day."""
    view, side = _deciding(bulk_move_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _ask_reason(view, form, "cancel", side), 422
    agreeing.cancel(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        reason=form.reason.data or "",
        not_within=not_taken_back_within(),
    )
    flash(_("The move is cancelled. What was recorded of it is being taken back."), "success")
    return _back(bulk_move_id)


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/look-again")
@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/chase")
@requires(Permission.APPROVE_TRANSFER)
def back_to_bulk_move(bulk_move_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return _back(bulk_move_id)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/look-again")
@requires(Permission.APPROVE_TRANSFER)
def look_again(bulk_move_id: UUID) -> Response:
    """Let the worker look at once at those who are set apart."""
    agreeing.look_again(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("Everybody who is set apart is looked at again within a minute."), "success")
    return _back(bulk_move_id)


@blueprint.post("/bulk-moves/<uuid:bulk_move_id>/chase")
@requires(Permission.APPROVE_TRANSFER)
def chase(bulk_move_id: UUID) -> Response:
    """Write to those who lack a way to sign in."""
    asked = chasing.chase(
        request_session(),
        request_time(),
        move_id=bulk_move_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("Mails sent: %(num)s", num=f"{asked:,}"), "success")
    return _back(bulk_move_id)


def _deciding(move_id: UUID) -> tuple[BulkMoveView, Side]:
    """The move, and the side that the address names or that the officer can only mean."""
    view, _sides = officers_view(move_id)
    deciding = policy.sides_deciding(view.move, permissions())
    if not deciding:
        raise NotPermitted(_("You may not decide on bulk moves for that organisation."))
    asked = request.args.get("side")
    return view, next((one for one in Side if one.value == asked), min(deciding))


def _ask_reason(view: BulkMoveView, form: ReasonForm, what: str, side: Side) -> str:
    return render_template("bulk_moves/end.html", view=view, form=form, what=what, side=side)


def _back(move_id: UUID) -> Response:
    return redirect(url_for("bulk_moves.bulk_move", bulk_move_id=move_id), 303)
