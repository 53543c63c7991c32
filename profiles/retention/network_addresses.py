"""Network addresses behind refused sign-ins: values beside the audit trail, with a period of their own.

What is deleted is the value and the salt. The entry keeps its commitment, so the chain is whole, and nobody
can try all addresses there are until one fits.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, delete, exists, literal, select
from sqlmodel import Session, col

from profiles.audit.models import AuditEntry, AuditPersonalValue
from profiles.retention.due import is_held
from profiles.retention.rules import RetainedKind

NAME = "source"
"""What entries call where an attempt came from."""
KEPT_FOR = timedelta(days=365)


def forget_network_addresses(
    session: Session, now: datetime, after: UUID, limit: int, *, kept_for: timedelta
) -> UUID | None:
    """Look at so many that came after this one; return where to go on, None at the end.

    One stays while everything of its person, or their recoveries and reports, is held.
    """
    due = now - kept_for
    page = session.execute(
        select(col(AuditPersonalValue.entry_id), col(AuditEntry.at))
        .join(AuditEntry, col(AuditEntry.id) == col(AuditPersonalValue.entry_id))
        .where(col(AuditPersonalValue.entry_id) > after, col(AuditPersonalValue.name) == NAME)
        .order_by(col(AuditPersonalValue.entry_id))
        .limit(limit)
    ).all()
    old = [row.entry_id for row in page if row.at <= due]
    kind = literal(RetainedKind.RECOVERY.value, String())
    stays = exists().where(
        col(AuditEntry.id) == col(AuditPersonalValue.entry_id), is_held(col(AuditEntry.person_id), kind)
    )
    session.execute(
        delete(AuditPersonalValue)
        .where(col(AuditPersonalValue.entry_id).in_(old), col(AuditPersonalValue.name) == NAME, ~stays)
        .execution_options(synchronize_session=False)
    )
    return page[-1].entry_id if len(page) == limit and old else None
