"""The mails of a transfer: to the employee, and to those who are to approve. They say a name and no more."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.explanation import with_article
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers.models import Transfer, TransferState

_TO_EMPLOYEE = {
    TransferState.IN_PROGRESS: (
        "Your move to another department has begun",
        "{importing} has prepared your move from {exporting}, with the transfer code that you gave them.\n\n"
        "Nothing changes before both departments approve. To see the dates and what it changes, or to "
        "withdraw, sign in to Lanyard and open your profile.",
    ),
    TransferState.SCHEDULED: (
        "Your move to another department is agreed",
        "{exporting} and {importing} have approved your move.\n\n"
        "Your account stays the same. To see the dates and which apps begin and end, sign in to Lanyard and "
        "open your profile.",
    ),
    TransferState.WITHDRAWN: (
        "You have withdrawn from your move",
        "Your move from {exporting} to {importing} has ended because you withdrew. Nothing changes for you.",
    ),
    TransferState.DECLINED: (
        "Your move has ended",
        "{importing} has declined your move from {exporting}. Nothing changes for you. To read the reason, "
        "sign in to Lanyard and open your profile.",
    ),
    TransferState.OBJECTED: (
        "Your move has ended",
        "{exporting} has objected to your move to {importing}. Nothing changes for you. To read the reason, "
        "sign in to Lanyard and open your profile.",
    ),
}


def prepared(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move has begun, and officers of both sides that it waits for them."""
    _tell_employee(session, transfer, now)
    words = _words(session, transfer, now)
    officers = [
        *who_may(session, Permission.APPROVE_TRANSFER, transfer.exporting_organisation_id, now),
        *who_may(session, Permission.APPROVE_TRANSFER, transfer.importing_organisation_id, now),
    ]
    for officer_id in dict.fromkeys(officers):
        if officer_id not in (transfer.prepared_by, transfer.person_id):
            _mail(
                session,
                officer_id,
                "A transfer waits for approval",
                "The move of {name} from {exporting} to {importing} waits for the approval of your "
                "department.\n\nTo see what it changes and to approve or refuse it, sign in to Lanyard and "
                "open Transfers.",
                words,
                now,
            )


def scheduled(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move is agreed."""
    _tell_employee(session, transfer, now)


def ended(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move has ended before the last day, and by whom."""
    _tell_employee(session, transfer, now)


def _tell_employee(session: Session, transfer: Transfer, now: datetime) -> None:
    subject, text = _TO_EMPLOYEE[transfer.state]
    _mail(session, transfer.person_id, subject, text, _words(session, transfer, now), now)


def _words(session: Session, transfer: Transfer, now: datetime) -> dict[str, str]:
    return {
        "name": display_name(name_of(session, transfer.person_id, now)),
        "exporting": with_article(organisations.get(session, transfer.exporting_organisation_id, now).name),
        "importing": with_article(organisations.get(session, transfer.importing_organisation_id, now).name),
    }


def _mail(
    session: Session, person_id: UUID, subject: str, text: str, words: dict[str, str], now: datetime
) -> None:
    """Write to the person's newest address; whoever has none finds the same on their pages."""
    addresses = addresses_of(session, person_id, now)
    if addresses:
        said = text.format(**words)
        body = (
            f"{said[:1].upper()}{said[1:]}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
        )
        send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)
