"""What was corrected of somebody's first day after it: payroll takes it up, on a page of its own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.pay_correction_rows import correction_rows
from app.transfers.presenting import view_of
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires
from profiles.transfers import pay_corrections
from profiles.transfers.models import Side
from profiles.transfers.pay_corrections import Waiting

PATH = "/transfers/<uuid:transfer_id>/pay-correction"


@blueprint.get(PATH)
@requires(Permission.CONFIRM_PAY, fresh=True)
def pay_correction(transfer_id: UUID) -> str:
    """What payroll was told, and what is right."""
    waiting = _get(transfer_id)
    view = view_of(request_session(), waiting.transfer, request_time())
    return render_template(
        "transfers/pay_correction.html",
        view=view,
        name=view.name,
        correction=waiting.correction,
        shown=pay_corrections.as_shown(waiting.correction),
        rows=correction_rows(waiting.before, waiting.after),
        is_first_pay_said=waiting.came_after_first_pay,
        action=url_for("transfers.take_up_pay_correction", transfer_id=transfer_id, side=_side()),
        back_href=url_for("transfers.own_tasks"),
    )


@blueprint.post(PATH)
@requires(Permission.CONFIRM_PAY, fresh=True)
def take_up_pay_correction(transfer_id: UUID) -> Response:
    """It is taken up."""
    taken = pay_corrections.take_up(
        request_session(),
        request_time(),
        transfer_id=transfer_id,
        side=_side(),
        officer_id=signed_in_person(),
        permissions=permissions(),
        shown=request.form.get("shown", ""),
    )
    view = view_of(request_session(), taken.transfer, request_time())
    flash(_("You have confirmed for %(name)s.", name=view.name), "success")
    return redirect(url_for("transfers.own_tasks"), 303)


def _get(transfer_id: UUID) -> Waiting:
    session = request_session()
    return pay_corrections.get_for(session, transfer_id, _side(), signed_in_person(), permissions())


def _side() -> Side:
    try:
        return Side(request.args.get("side", ""))
    except ValueError as error:
        raise NotFound(_("There is no such correction.")) from error
