"""Whether the apps know of a bulk move: how many messages each was sent about its people, for an auditor."""

from collections import Counter
from uuid import UUID

from flask import Response, render_template
from sqlalchemy import select
from sqlmodel import col

from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.presenting import BulkMoveView, officers_view
from app.csv_files import csv_file
from app.request_transaction import request_session, request_time
from app.told_apps import moment, written_off
from profiles.apps.models import App
from profiles.apps.service import apps_of
from profiles.bulk_moves import policy
from profiles.bulk_moves.models import TURNED, BulkMoveMember
from profiles.organisations import service as organisations
from profiles.outbox.receipts import Receipt, ReceiptState, list_for_people
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT
from profiles.transfers.models import Side

_COLUMNS = (
    *("bulk_move", "app", "message", "outcome", "written_at", "first_sent_at", "acknowledged_at", "attempts"),
    *("last_fault", "written_off_at", "write_off_reason", "as_at"),
)


def is_turned(view: BulkMoveView) -> bool:
    """Whether the old posts have ended."""
    return view.move.starts_at <= request_time()


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/receipts")
@requires(Permission.SEE_RECEIPTS)
def told_apps(bulk_move_id: UUID) -> str:
    """How many messages to each app of the reader's own organisations are in each state."""
    view, sides = officers_view(bulk_move_id)
    apps = _apps(view, sides)
    counts = Counter((one.app_id, one.state) for one in _receipts(view, apps))
    told = {app_id for app_id, _state in counts}
    return render_template(
        "bulk_moves/told_apps.html",
        view=view,
        turned=is_turned(view),
        states=list(ReceiptState),
        rows=[
            (app.name, [counts[app.id, state] for state in ReceiptState])
            for app in apps.values()
            if app.id in told
        ],
    )


@blueprint.get("/bulk-moves/<uuid:bulk_move_id>/receipts.csv")
@requires(Permission.SEE_RECEIPTS)
def told_apps_csv(bulk_move_id: UUID) -> Response:
    """A line for each message. It names nobody."""
    view, sides = officers_view(bulk_move_id)
    apps, now = _apps(view, sides), request_time()
    rows = (
        (
            *(str(bulk_move_id), apps[one.app_id].name, str(one.id), one.state.value),
            *map(moment, (one.created_at, one.sent_at, one.acknowledged_at)),
            *(str(one.attempts), one.last_error, *written_off(one), moment(now)),
        )
        for one in _receipts(view, apps)
        if one.app_id is not None
    )
    return csv_file(_COLUMNS, rows, f"receipts-{bulk_move_id}.csv")


def _apps(view: BulkMoveView, sides: frozenset[Side]) -> dict[UUID, App]:
    """Those of the organisations that the reader acts for and those below, by name."""
    tree = organisations.tree(request_session(), min(request_time(), view.move.starts_at - INSTANT))
    places = {policy.organisation_of(view.move, side) for side in sides}
    below = {one for place in places for one in tree.subtree_of(place)} | places
    return {app.id: app for app in apps_of(request_session(), below)}


def _receipts(view: BulkMoveView, apps: dict[UUID, App]) -> list[Receipt]:
    """Of messages since the old posts ended, about those who have moved."""
    if not is_turned(view):
        return []
    moved = select(col(BulkMoveMember.person_id)).where(
        col(BulkMoveMember.bulk_move_id) == view.move.id, col(BulkMoveMember.state).in_(TURNED)
    )
    return list(list_for_people(request_session(), request_time(), moved, apps, view.move.starts_at))
