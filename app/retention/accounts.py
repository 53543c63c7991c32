"""An account goes with the last thing that rests on it: its names, ways in, and what apps knew it by.

What is left is the bare id, which is never used again and leads to nobody. Whoever comes back before that
finds their account, and apps know them by the same ``sub``.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Table, delete, select
from sqlmodel import Session, col

from app.migrations.models import metadata
from app.retention.register import OF_THE_ACCOUNT
from profiles.audit.models import AuditEntry, AuditPersonalValue
from profiles.imports.records.models import SourceRecord
from profiles.people.models import PersonName

_OFFICERS = ("recorded_by", "superseded_by")
"""What a fact says of who recorded it, which is no foreign key."""


def forget_accounts(session: Session, person_ids: Collection[UUID], now: datetime) -> int:
    """Delete those of these accounts on which nothing rests any more; say how many.

    Anything that names the person keeps the account: a record, a session, and what they recorded or decided
    as an officer, because whoever reads that is told who it was.
    """
    named = select(col(PersonName.person_id)).where(col(PersonName.person_id).in_(person_ids))
    left = set(session.execute(named.distinct()).scalars())
    for column in _naming():
        if left:
            left -= set(session.execute(select(column).where(column.in_(left)).distinct()).scalars())
    if not left:
        return 0
    for table in _tables(OF_THE_ACCOUNT):
        session.execute(delete(table).where(table.c.person_id.in_(left)))
    entries = select(col(AuditEntry.id)).where(col(AuditEntry.person_id).in_(left))
    for model, condition in (
        (AuditPersonalValue, col(AuditPersonalValue.entry_id).in_(entries)),
        (SourceRecord, col(SourceRecord.person_id).in_(left)),
    ):
        session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
    return len(left)


def _naming() -> list[Column[UUID]]:
    """The columns that name a person outside the account itself, those with an index of their own first."""
    found = [
        column
        for table in metadata().sorted_tables
        if table.name not in OF_THE_ACCOUNT
        for column in table.columns
        if column.name in _OFFICERS or any(key.column.table.name == "people" for key in column.foreign_keys)
    ]
    return sorted(found, key=lambda column: column.name != "person_id")


def _tables(names: Collection[str]) -> list[Table]:
    return [table for table in metadata().sorted_tables if table.name in names]
