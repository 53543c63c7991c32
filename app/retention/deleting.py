"""The worker's part of a deletion: so many batches in a turn, each a transaction of its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from app.database import open_session, transaction
from app.retention.accounts import forget_accounts
from app.retention.records import RECORDS
from profiles.retention.deleting import delete_batch, next_confirmed
from profiles.retention.due import Years

BATCHES = 4
"""Most batches of one turn, so that access changes and deliveries do not wait."""


def delete_decided(engine: Engine, years: Years, now: datetime, batches: int = BATCHES) -> bool:
    """Go on with what two officers decided; True when there may be more.

    A deletion whose batch fails waits for the next turn, and the others go on; the first failure is raised
    afterwards.
    """
    failed: dict[UUID, Exception] = {}
    done, more = 0, True
    while done < batches and more:
        with open_session(engine, writes=False) as session:
            found = next_confirmed(session, failed)
            deletion_id = found.id if found else None
        if deletion_id is None:
            more = False
            continue
        try:
            with transaction(engine) as session:
                more = delete_batch(session, RECORDS, years, forget_accounts, now, except_for=failed)
            done += 1
        except Exception as error:
            failed[deletion_id] = error
    if failed:
        raise next(iter(failed.values()))
    return more
