"""What one officer proposed is decided on once: confirmed, or withdrawn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from profiles.apps.models import AgreementProposal
from profiles.errors import Conflict
from profiles.outbox.models import WriteOff


def close(
    session: Session, proposal: AgreementProposal | WriteOff, now: datetime, *, confirmed_by: UUID | None
) -> None:
    """Nobody decides on it again; without ``confirmed_by`` nothing comes of it.

    Raises Conflict when somebody has decided meanwhile.
    """
    model = type(proposal)
    closed = session.execute(
        update(model)
        .where(col(model.id) == proposal.id, col(model.closed_at).is_(None))
        .values(closed_at=now, confirmed_by=confirmed_by)
        .execution_options(synchronize_session=False)
    )
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody has decided on this meanwhile.")
