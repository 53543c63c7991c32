"""An account is suspended between the last day and the start: the move goes on, and who receives them hears.

By it the old department keeps nobody any more, so that it blocks nothing (``gates``); a suspended account
opens nothing by itself. HR of the new department are told that something is to be settled; whose it is, the
page says.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.suspensions.service import find_account_suspension
from profiles.transfers.gates import Gate, packed
from profiles.transfers.mailing import mail, words_of
from profiles.transfers.models import Transfer, TransferInterruption, TransferState
from profiles.transfers.trail import audit


def tell(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell HR of the new department, once for each suspension, of somebody who has left and not begun yet."""
    if transfer.state is not TransferState.LEFT or now >= transfer.join_at:
        return
    suspension = find_account_suspension(session, transfer.person_id, now)
    if suspension is None or _is_told(session, transfer, suspension.valid_from):
        return
    session.add(
        TransferInterruption(
            transfer_id=transfer.id,
            resumes_to=transfer.state,
            gates=packed([Gate.ACCOUNT]),
            began_at=now,
            ended_at=now,
        )
    )
    session.flush()
    audit(session, Event.TRANSFER_START_IN_DOUBT, transfer, None, now, None)
    words = words_of(session, transfer, now) | {"start": f"{transfer.start_date:%-d %B %Y}"}
    text = (
        "{name}, who has left {exporting}, begins in {importing} on {start}, and something is to be settled "
        "before they can work as agreed. The move goes on meanwhile.\n\nTo see where it stands, sign in to "
        "Lanyard and open Transfers."
    )
    for officer_id in who_may(session, Permission.APPROVE_TRANSFER, transfer.importing_organisation_id, now):
        if officer_id != transfer.person_id:
            mail(session, officer_id, "Something stands in the way of a first day", text, words, now)


def was_found(transfer: Transfer, found: TransferInterruption) -> bool:
    """Whether this is what was found so, and not what a move went ahead with unwatched."""
    return found.resumes_to is TransferState.LEFT and found.began_at < transfer.join_at


def _is_told(session: Session, transfer: Transfer, since: datetime) -> bool:
    """Whether it was written down since then, so or of a move that went ahead unwatched."""
    query = select(TransferInterruption.gates).where(
        col(TransferInterruption.transfer_id) == transfer.id,
        col(TransferInterruption.began_at) == col(TransferInterruption.ended_at),
        col(TransferInterruption.began_at) >= since,
    )
    return any(Gate.ACCOUNT.value in kept for kept in session.exec(query))
