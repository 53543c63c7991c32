"""The mails to line managers whom HR name, or have named others in place of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.transfers.mailing import mail, words_of
from profiles.transfers.models import Transfer


def named(session: Session, transfer: Transfer, person_ids: Iterable[UUID], now: datetime) -> None:
    """Tell a line manager of a move that stands still that it waits for them once it goes on."""
    words = words_of(session, transfer, now)
    text = (
        "HR have named you as the line manager for the move of {name} from {exporting} to {importing}. The "
        "move stands still for now. You get another mail when it goes on."
    )
    for person_id in person_ids:
        mail(session, person_id, "You are named as a line manager for a move", text, words, now)


def replaced(session: Session, transfer: Transfer, person_id: UUID, now: datetime) -> None:
    """Tell who was named as line manager that the move waits for somebody else."""
    mail(
        session,
        person_id,
        "A move to another department does not wait for you any more",
        "HR have named somebody else as the line manager for the move of {name} from {exporting} to "
        "{importing}. You have nothing to do for it.",
        words_of(session, transfer, now),
        now,
    )
