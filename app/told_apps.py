"""Whether the apps know that access has turned: a receipt for each whose access ended or changed then.

For an auditor, of one person: of a transfer, of a loan that begins or ends, of somebody who has left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from app.translation import gettext as _
from identity.sessions.session_clients import used_at
from profiles.entitlements.preview import AccessChange, Change
from profiles.outbox.receipts import Receipt, list_for_person

COLUMNS = (
    *("app", "app_organisation", "access", "turned_at", "outcome", "written_at", "first_sent_at"),
    *("acknowledged_at", "attempts", "last_fault", "written_off_at", "write_off_reason", "as_at"),
)
"""Of the lines of CSV, behind what names the move."""


class Outcome(StrEnum):
    """What is to be said of an app that was sent nothing."""

    NO_SESSION = "no_session"
    NOT_YET = "not_yet"
    TAKES_NO_MESSAGES = "takes_no_messages"


@dataclass(frozen=True)
class ToldApp:
    """An app whose access ended or changed, and what it was told about that since."""

    change: AccessChange
    receipts: tuple[Receipt, ...]
    otherwise: Outcome | None


def told_apps(
    session: Session,
    now: datetime,
    person_id: UUID,
    changes: Iterable[AccessChange],
    since: datetime,
    until: datetime | None = None,
) -> list[ToldApp]:
    """What ended first; what only began or stayed has nothing to be told.

    Messages ``since`` the instant at which access turned, and ``until`` it turns again for the same cause.
    """
    turned = {one.app_id: one for one in changes if one.change in (Change.ENDS, Change.CHANGES)}
    receipts: dict[UUID | None, list[Receipt]] = {}
    for receipt in list_for_person(session, now, person_id, turned, since):
        if until is None or receipt.created_at < until:
            receipts.setdefault(receipt.app_id, []).append(receipt)
    sessions = used_at(session, person_id, turned, since)
    told = [
        ToldApp(
            change, tuple(receipts.get(app_id, ())), _otherwise(sessions.get(app_id), receipts.get(app_id))
        )
        for app_id, change in turned.items()
    ]
    return sorted(told, key=lambda one: (one.change.change is not Change.ENDS, one.change.app_name))


def csv_lines(of: str, told: Sequence[ToldApp], now: datetime) -> list[tuple[str, ...]]:
    """A line for each message, or for each app that was sent none, behind what it is ``of``. No names."""
    rows: list[tuple[str, ...]] = []
    for one in told:
        change = one.change
        head = (of, change.app_name, change.organisation_name, change.change.value, moment(change.at))
        for receipt in one.receipts:
            moments = map(moment, (receipt.created_at, receipt.sent_at, receipt.acknowledged_at))
            faults = (str(receipt.attempts), receipt.last_error)
            rows.append((*head, receipt.state.value, *moments, *faults, *written_off(receipt), moment(now)))
        if one.otherwise is not None:
            rows.append((*head, one.otherwise.value, *[""] * 7, moment(now)))
    return rows


def written_off(receipt: Receipt) -> tuple[str, str]:
    """When two officers let a message go that was never confirmed, and why; empty where they did not."""
    decided = receipt.write_off
    return (moment(decided.closed_at), decided.reason) if decided is not None else ("", "")


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


def moment(at: datetime | None) -> str:
    """A moment as CSV has it; nothing for none."""
    return at.isoformat(timespec="seconds") if at is not None else ""


def _otherwise(lives: bool | None, receipts: list[Receipt] | None) -> Outcome | None:
    if receipts:
        return None
    if lives is None:
        return Outcome.NO_SESSION
    return Outcome.NOT_YET if lives else Outcome.TAKES_NO_MESSAGES
