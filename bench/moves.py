"""Years of moves, 30,000 in each, as their tables hold them, to ask the dashboard's figures about."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import Engine

from app.database import transaction
from app.demo.organisations import organisation_ids
from bench.bulk_loading import gather_statistics
from bench.rows import Rows, add, write
from profiles.columns import new_id
from profiles.figures.models import TransferFirstDay
from profiles.people.models import Person
from profiles.temporal import civil_date, end_of_day, start_of_day
from profiles.transfers.models import (
    PayItem,
    TaskKind,
    Transfer,
    TransferState,
    TransferStep,
    TransferTask,
)
from profiles.transfers.payroll_models import PayCheck

A_YEAR = 30_000
AT_ONCE = 5_000
WRONG_PAY, OPEN_TASK, TURNED_AWAY = 0.004, 0.03, 0.003
"""The shares of first pays that are wrong, of tasks that are late, of first days that went wrong."""
_WAY = (
    (TransferState.DRAFT, TransferState.OFFERED, 0),
    (TransferState.OFFERED, TransferState.ACCEPTED, 0),
    (TransferState.ACCEPTED, TransferState.IN_PROGRESS, 0),
    (TransferState.IN_PROGRESS, TransferState.SCHEDULED, 20),
    (TransferState.SCHEDULED, TransferState.LEFT, 40),
    (TransferState.LEFT, TransferState.JOINED, 41),
    (TransferState.JOINED, TransferState.RECONCILING, 41),
    (TransferState.RECONCILING, TransferState.COMPLETED, 70),
)
"""Each step with the days since the offer after which it comes, more or less."""
_LONGEST = 75


def make_moves(engine: Engine, now: datetime, *, years: int, a_year: int = A_YEAR) -> int:
    """Fill a database that has organisations with moves of invented people; return how many."""
    draw, number = random.Random(1), a_year * years
    with transaction(engine) as session:
        places = sorted(organisation_ids(session).values())
    offers = _offers(draw, now, years, number)
    while offered := list(islice(offers, AT_ONCE)):
        rows: Rows = {}
        for at in offered:
            _move(rows, draw, places, at, now)
        with transaction(engine) as session:
            write(session.connection(), rows)
    gather_statistics(engine)
    return number


def _offers(draw: random.Random, now: datetime, years: int, number: int) -> Iterator[datetime]:
    first = now - timedelta(days=365 * years)
    yield from sorted(first + timedelta(seconds=draw.randrange(365 * years * 86_400)) for _ in range(number))


def _move(rows: Rows, draw: random.Random, places: list[UUID], at: datetime, now: datetime) -> None:
    person_id, transfer_id = new_id(), new_id()
    exporting, importing = draw.sample(places, 2)
    slow = draw.uniform(0.4, 1.6)
    way = [(before, after, at + timedelta(days=slow * days)) for before, after, days in _WAY]
    taken = [one for one in way if one[2] <= now]
    state = taken[-1][1]
    start_date = civil_date(at + timedelta(days=slow * 41) + timedelta(days=1))
    join_at = start_of_day(start_date)
    add(rows, Person, id=person_id, created_at=at)
    add(
        rows,
        Transfer,
        id=transfer_id,
        person_id=person_id,
        employment_id=new_id(),
        exporting_organisation_id=exporting,
        importing_organisation_id=importing,
        state=state,
        in_flight=state not in (TransferState.RECONCILING, TransferState.COMPLETED),
        offered_on=civil_date(at),
        last_day=start_date - timedelta(days=1),
        start_date=start_date,
        leave_at=join_at,
        join_at=join_at,
        local_grade="Officer",
        job_title="Adviser",
        employment_number=str(transfer_id),
        work_address=f"{transfer_id}@bench.gov.uk",
        salary_pence=3_000_000,
        prepared_by=person_id,
        dates_offered_on=civil_date(at),
        created_at=at,
    )
    for before, after, when in taken:
        add(
            rows,
            TransferStep,
            id=new_id(),
            transfer_id=transfer_id,
            from_state=before,
            to_state=after,
            at=when,
        )
    for kind in TaskKind:
        _task(rows, draw, transfer_id, kind, at, slow, now, is_late=draw.random() < OPEN_TASK)
    if state is TransferState.COMPLETED:
        _outcome(rows, draw, transfer_id, person_id, way[-1][2], join_at)


def _task(
    rows: Rows,
    draw: random.Random,
    transfer_id: UUID,
    kind: TaskKind,
    at: datetime,
    slow: float,
    now: datetime,
    *,
    is_late: bool,
) -> None:
    days = {TaskKind.PAYROLL_DETAILS: 30, TaskKind.FIRST_DAY: 35, TaskKind.FIRST_PAY: 70}.get(kind, 15)
    took = timedelta(days=slow * draw.uniform(0.2, 1) * days)
    done_at = at + took
    is_done = done_at <= now and not (is_late and at > now - timedelta(days=_LONGEST))
    add(
        rows,
        TransferTask,
        id=new_id(),
        transfer_id=transfer_id,
        kind=kind,
        due_on=civil_date(done_at) + timedelta(days=-3 if is_late else 3),
        done_at=done_at if is_done else None,
        took_hours=int(took / timedelta(hours=1)) if is_done else None,
    )


def _outcome(
    rows: Rows, draw: random.Random, transfer_id: UUID, person_id: UUID, paid: datetime, join_at: datetime
) -> None:
    wrong = draw.random() < WRONG_PAY
    for item in PayItem:
        right = not (wrong and item is PayItem.FIRST_PAY)
        add(
            rows,
            PayCheck,
            id=new_id(),
            transfer_id=transfer_id,
            item=item,
            right=right,
            at=paid,
            by=person_id,
        )
    looked_at = end_of_day(civil_date(join_at) + timedelta(days=6))
    add(
        rows,
        TransferFirstDay,
        transfer_id=transfer_id,
        tried_on=civil_date(join_at),
        refused=int(draw.random() < TURNED_AWAY),
        kept_out=False,
        helped=False,
        old_uses=0,
        looked_at=looked_at.astimezone(UTC),
    )
