"""Who opened the record of somebody marked sensitive: written to the trail, and read from it.

An entry says who, whom, when and which page; nothing of what stood there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator, append


def note_opening(
    session: Session,
    now: datetime,
    person_id: UUID,
    organisation_ids: Collection[UUID],
    reader_id: UUID,
    *,
    page: str,
) -> None:
    """Append an entry for each organisation that is to know of it; one for none where there is none."""
    told: list[UUID | None] = [*sorted(organisation_ids)]
    for organisation_id in told or [None]:
        append(
            session,
            Event.SENSITIVE_RECORD_OPENED,
            Initiator.person(reader_id),
            now,
            person_id=person_id,
            organisation_id=organisation_id,
            details={"page": page},
        )


def openings(
    session: Session,
    organisation_ids: Collection[UUID],
    *,
    person_id: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> Sequence[AuditEntry]:
    """What these organisations were told, the newest first; if so asked, of one person, before an entry."""
    query = select(AuditEntry).where(
        col(AuditEntry.event) == Event.SENSITIVE_RECORD_OPENED,
        col(AuditEntry.organisation_id).in_(organisation_ids),
    )
    if person_id is not None:
        query = query.where(col(AuditEntry.person_id) == person_id)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit)).all()
