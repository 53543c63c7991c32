"""The worker's part of a deletion: so many batches in a turn, each a transaction of its own."""

from datetime import datetime

from sqlalchemy import Engine

from app.database import transaction
from app.retention.accounts import forget_accounts
from app.retention.records import RECORDS
from profiles.retention.deleting import delete_batch
from profiles.retention.due import Years

BATCHES = 4
"""Most batches of one turn, so that access changes and deliveries do not wait."""


def delete_decided(engine: Engine, years: Years, now: datetime, batches: int = BATCHES) -> bool:
    """Go on with what two officers decided; True when there may be more."""
    for _batch in range(batches):
        with transaction(engine) as session:
            if not delete_batch(session, RECORDS, years, forget_accounts, now):
                return False
    return True
