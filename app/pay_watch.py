"""What imports have corrected of the first day of people who moved: payroll is told of it.

A correction on a page is looked at in its own transaction; an import, once it is published.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, union
from sqlmodel import Session, col, or_

from app.access_changes import LATEST_COMMIT
from app.database import open_session, transaction
from app.unhurried import LONG, unhurried_transaction
from profiles.bulk_moves import pay_corrections as bulk_pay_corrections
from profiles.bulk_moves.models import MOVED, BulkMoveMember
from profiles.employments.models import Employment, Posting
from profiles.imports.records.checking import in_batches
from profiles.loads import Load
from profiles.outbox.models import SweepMark
from profiles.pay.models import PayRecord
from profiles.transfers import pay_corrections
from profiles.transfers.models import Transfer

MARK = "pay"
AT_ONCE = 50
_AT_FIRST = timedelta(days=1)
"""So far it looks back where it has never looked."""


def watch_pay(engine: Engine, now: datetime) -> None:
    """Look at everybody who moved and of whom an import was published since it looked last.

    The mark moves when all is done, so that nothing is left out after downtime.
    """
    with open_session(engine, writes=False) as session:
        mark = session.get(SweepMark, MARK)
        since = mark.swept_until - LATEST_COMMIT if mark is not None else now - _AT_FIRST
        people = _concerned(session, since, now)
    for some in in_batches(people, AT_ONCE):
        with unhurried_transaction(engine, LONG) as session:
            pay_corrections.look_at_people(session, some, now)
            bulk_pay_corrections.look_at_people(session, some, now)
    with transaction(engine) as session:
        mark = session.get(SweepMark, MARK) or SweepMark(name=MARK, swept_until=now, looked_back_at=now)
        mark.swept_until = mark.looked_back_at = now
        session.add(mark)


def _concerned(session: Session, since: datetime, now: datetime) -> list[UUID]:
    loads = select(col(Load.id)).where(col(Load.published_at) > since, col(Load.published_at) <= now)
    found = session.execute(loads).scalars().all()
    if not found:
        return []

    def moved(model: type[Any]) -> Any:
        came = (
            select(col(one.person_id)).where(which)
            for one, which in (
                (Transfer, col(Transfer.state).in_(pay_corrections.JOINED)),
                (BulkMoveMember, col(BulkMoveMember.state).in_(MOVED)),
            )
        )
        who = col(model.person_id)
        return select(who).where(col(model.load_id).in_(found), or_(*(who.in_(one) for one in came)))

    query = union(*(moved(model) for model in (Employment, Posting, PayRecord)))
    return sorted(session.execute(query).scalars())
