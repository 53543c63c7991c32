"""What the audit trail says of a transfer."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.transfers import policy
from profiles.transfers.models import Side, Transfer


def audit(
    session: Session,
    event: Event,
    transfer: Transfer,
    by: UUID | None,
    now: datetime,
    side: Side | None,
    **details: str,
) -> None:
    """Note what happened to a transfer; without ``by``, time or a change of the record did it."""
    append(
        session,
        event,
        Initiator.person(by) if by else Initiator.system("time"),
        now,
        person_id=transfer.person_id,
        organisation_id=policy.organisation_of(transfer, side) if side else None,
        details={"transfer": str(transfer.id), "state": transfer.state.value, **details},
    )
