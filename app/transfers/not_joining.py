"""Saying that somebody who has left never joins, and that a death was recorded by mistake."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.deciding import deciding_view
from app.transfers.interrupting_forms import NotJoiningForm
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires
from profiles.transfers import not_joining as domain
from profiles.transfers import policy
from profiles.transfers.models import Side

PATH = "/transfers/<uuid:transfer_id>/not-joining"
MISTAKEN = "/transfers/<uuid:transfer_id>/not-died"


@blueprint.get(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def not_joining(transfer_id: UUID) -> Response:
    """Ask why they do not join."""
    view, side = _view(transfer_id)
    return _show(view, side, NotJoiningForm(side))


@blueprint.post(PATH)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_not_joining(transfer_id: UUID) -> Response:
    """End the transfer, and take back what has not begun."""
    view, side = _view(transfer_id)
    form = NotJoiningForm(side)
    if not form.validate_on_submit():
        return _show(view, side, form, 422)
    session, now = request_session(), request_time()
    domain.end_before_joining(
        session,
        now,
        transfer_id=transfer_id,
        side=side,
        officer_id=signed_in_person(),
        permissions=permissions(),
        why=domain.Why(form.why.data),
    )
    settle_people(session, [view.transfer.person_id], now, "A transfer was cancelled.")
    flash(_("The transfer is cancelled. Nothing begins on the start date."), "success")
    return _to_transfer(transfer_id)


@blueprint.get(MISTAKEN)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def not_died(transfer_id: UUID) -> str:
    """Ask whether it was a mistake."""
    view, _side = deciding_view(transfer_id)
    death = domain.find_death(request_session(), view.transfer, request_time())
    if death is None or death.reason_for is None:
        raise NotFound(_("There is no death to take back."))
    policy.check_may_decide(view.transfer, death.reason_for, signed_in_person(), permissions())
    return render_template("transfers/not_died.html", view=view)


@blueprint.post(MISTAKEN)
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_not_died(transfer_id: UUID) -> Response:
    """Take the death back; the move stays cancelled."""
    domain.take_back_death_of(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("It is taken back. The move stays cancelled."), "success")
    return _to_transfer(transfer_id)


def _view(transfer_id: UUID) -> tuple[TransferView, Side]:
    """The transfer of somebody on the way, and the side for which the officer decides."""
    view, side = deciding_view(transfer_id)
    policy.check_may_decide(view.transfer, side, signed_in_person(), permissions())
    return view, side


def _to_transfer(transfer_id: UUID) -> Response:
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id), 303)


def _show(view: TransferView, side: Side, form: NotJoiningForm, status: int = 200) -> Response:
    page = render_template("transfers/not_joining.html", view=view, side=side, form=form)
    return Response(page, status, mimetype="text/html")
