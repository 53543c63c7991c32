"""Whether the apps know of a move: a receipt for each app whose access ended or changed, for an auditor."""

from datetime import datetime
from uuid import UUID

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.csv_files import csv_file
from app.request_transaction import request_session, request_time
from app.told_apps import COLUMNS, ToldApp, csv_lines, outcome_words, told_apps
from app.transfers.blueprint import blueprint
from app.transfers.presenting import TransferView, find_preview, view_of
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date, start_of_day
from profiles.transfers import policy, service, states
from profiles.transfers.models import Transfer, TransferState


def is_turned(transfer: Transfer, now: datetime) -> bool:
    """Whether the last day is over, and with it the old access."""
    return transfer.state in states.RECORDED and transfer.leave_at <= now


@blueprint.get("/transfers/<uuid:transfer_id>/receipts")
@requires(Permission.SEE_RECEIPTS)
def receipts(transfer_id: UUID) -> str:
    """The receipts of a move, at the apps of the organisations that the reader acts for."""
    view = _view(transfer_id)
    return render_template(
        "transfers/told_apps.html",
        view=view,
        turned=is_turned(view.transfer, request_time()),
        told=_told(view),
        words=outcome_words(),
        csv_href=url_for("transfers.receipts_csv", transfer_id=transfer_id),
    )


@blueprint.get("/transfers/<uuid:transfer_id>/receipts.csv")
@requires(Permission.SEE_RECEIPTS)
def receipts_csv(transfer_id: UUID) -> Response:
    """The same as CSV: a line for each message, or for each app that was sent none. It names nobody."""
    view = _view(transfer_id)
    lines = csv_lines(str(transfer_id), _told(view), request_time())
    return csv_file(("move", *COLUMNS), lines, f"receipts-{transfer_id}.csv")


def _view(transfer_id: UUID) -> TransferView:
    session = request_session()
    found = service.get_for(session, transfer_id, signed_in_person(), permissions())
    if not policy.sides_of(found, permissions()):
        raise NotFound("There is no such transfer.")
    return view_of(session, found, request_time())


def _told(view: TransferView) -> list[ToldApp]:
    transfer, session, now = view.transfer, request_session(), request_time()
    if not is_turned(transfer, now):
        return []
    previews = [
        find_preview(session, transfer, now, side) for side in policy.sides_of(transfer, permissions())
    ]
    changes = [change for one in previews if one for change in one.changes]
    return told_apps(session, now, transfer.person_id, changes, _told_since(transfer))


def _told_since(transfer: Transfer) -> datetime:
    """When access turned, also where the last day was corrected to a later one since."""
    left = [
        one.at
        for one in service.history_of(request_session(), transfer.id)
        if (one.from_state, one.to_state) == (TransferState.SCHEDULED, TransferState.LEFT)
    ]
    return min(transfer.leave_at, start_of_day(civil_date(left[-1]))) if left else transfer.leave_at
