"""Whether the apps know of a move: a receipt for each app whose access ended or changed, for an auditor."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.csv_files import csv_file
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.presenting import TransferView, find_preview, view_of
from app.translation import gettext as _
from identity.sessions.session_clients import used_at
from profiles.entitlements.preview import AccessChange, Change
from profiles.errors import NotFound
from profiles.outbox.receipts import Receipt, list_for_person
from profiles.roles.permissions import Permission, requires
from profiles.transfers import policy, service, states
from profiles.transfers.models import Transfer

_COLUMNS = (
    *("move", "app", "app_organisation", "access", "turned_at", "outcome", "written_at", "first_sent_at"),
    *("acknowledged_at", "attempts", "last_fault", "written_off_at", "write_off_reason", "as_at"),
)


class Outcome(StrEnum):
    """What is to be said of an app that was sent nothing."""

    NO_SESSION = "no_session"
    NOT_YET = "not_yet"
    TAKES_NO_MESSAGES = "takes_no_messages"


@dataclass(frozen=True)
class ToldApp:
    """An app whose access a move ended or changed, and what it was told about that since."""

    change: AccessChange
    receipts: tuple[Receipt, ...]
    otherwise: Outcome | None


def is_turned(transfer: Transfer, now: datetime) -> bool:
    """Whether the last day is over, and with it the old access."""
    return transfer.state in states.RECORDED and transfer.leave_at <= now


@blueprint.get("/transfers/<uuid:transfer_id>/receipts")
@requires(Permission.SEE_RECEIPTS)
def told_apps(transfer_id: UUID) -> str:
    """The receipts of a move, at the apps of the organisations that the reader acts for."""
    view = _view(transfer_id)
    return render_template(
        "transfers/told_apps.html",
        view=view,
        turned=is_turned(view.transfer, request_time()),
        told=_told(view),
        words=outcome_words(),
        csv_href=url_for("transfers.told_apps_csv", transfer_id=transfer_id),
    )


@blueprint.get("/transfers/<uuid:transfer_id>/receipts.csv")
@requires(Permission.SEE_RECEIPTS)
def told_apps_csv(transfer_id: UUID) -> Response:
    """The same as CSV: a line for each message, or for each app that was sent none. It names nobody."""
    view, now = _view(transfer_id), request_time()
    rows: list[tuple[str, ...]] = []
    for one in _told(view):
        change = one.change
        head = (
            *(str(transfer_id), change.app_name, change.organisation_name),
            *(change.change.value, _moment(change.at)),
        )
        for receipt in one.receipts:
            moments = map(_moment, (receipt.created_at, receipt.sent_at, receipt.acknowledged_at))
            faults = (str(receipt.attempts), receipt.last_error)
            decided = written_off(receipt)
            rows.append((*head, receipt.state.value, *moments, *faults, *decided, _moment(now)))
        if one.otherwise is not None:
            rows.append((*head, one.otherwise.value, *[""] * 7, _moment(now)))
    return csv_file(_COLUMNS, rows, f"receipts-{transfer_id}.csv")


def written_off(receipt: Receipt) -> tuple[str, str]:
    """When two officers let a message go that was never confirmed, and why; empty where they did not."""
    decided = receipt.write_off
    return (_moment(decided.closed_at), decided.reason) if decided is not None else ("", "")


def outcome_words() -> dict[Outcome, str]:
    """Why an app was sent nothing."""
    return {
        Outcome.NO_SESSION: _("No session was open there, so there was nothing to end"),
        Outcome.NOT_YET: _(
            "A session is open there. It is ended when Lanyard next looks, and the app is told"
        ),
        Outcome.TAKES_NO_MESSAGES: _(
            "The session was ended. The app takes no messages; its tokens end within five minutes"
        ),
    }


def _view(transfer_id: UUID) -> TransferView:
    session = request_session()
    found = service.get_for(session, transfer_id, signed_in_person(), permissions())
    if not policy.sides_of(found, permissions()):
        raise NotFound("There is no such transfer.")
    return view_of(session, found, request_time())


def _told(view: TransferView) -> list[ToldApp]:
    """What ended first; what only began or stayed has nothing to be told."""
    transfer, session, now = view.transfer, request_session(), request_time()
    if not is_turned(transfer, now):
        return []
    changes: dict[UUID, AccessChange] = {}
    for side in policy.sides_of(transfer, permissions()):
        preview = find_preview(session, transfer, now, side)
        for change in preview.changes if preview else ():
            if change.change in (Change.ENDS, Change.CHANGES):
                changes[change.app_id] = change
    receipts: dict[UUID | None, list[Receipt]] = {}
    for receipt in list_for_person(session, now, transfer.person_id, changes, transfer.leave_at):
        receipts.setdefault(receipt.app_id, []).append(receipt)
    sessions = used_at(session, transfer.person_id, changes, transfer.leave_at)
    told = [
        ToldApp(
            change, tuple(receipts.get(app_id, ())), _otherwise(sessions.get(app_id), receipts.get(app_id))
        )
        for app_id, change in changes.items()
    ]
    return sorted(told, key=lambda one: (one.change.change is not Change.ENDS, one.change.app_name))


def _otherwise(lives: bool | None, receipts: list[Receipt] | None) -> Outcome | None:
    if receipts:
        return None
    if lives is None:
        return Outcome.NO_SESSION
    return Outcome.NOT_YET if lives else Outcome.TAKES_NO_MESSAGES


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else ""
