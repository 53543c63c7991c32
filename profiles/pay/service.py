"""Pay as it is recorded: the whole history for the person, the present salary for the employer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.pay.models import PayRecord
from profiles.temporal import current, history


def pay_history(session: Session, person_id: UUID, known_at: datetime) -> Sequence[PayRecord]:
    """Every pay record known at ``known_at``, past, present and scheduled, oldest first."""
    return history(session, PayRecord, known_at, person_id=person_id)


def current_pay(
    session: Session, person_id: UUID, at: datetime, organisation_ids: Collection[UUID] | None = None
) -> list[PayRecord]:
    """What is paid at ``at``, by these employers or, when none are named, by all; several are possible."""
    return [
        record
        for record in current(session, PayRecord, at, at, person_id=person_id)
        if organisation_ids is None or record.organisation_id in organisation_ids
    ]
