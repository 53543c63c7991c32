"""All of DECC, as it published its posts, goes to its successor, and DECC ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from app.database import open_session, transaction
from app.organogram_import import import_organogram
from bench.department_files import DEPARTMENTS, department_file
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.employments.models import Employment, Posting
from profiles.organisations import service as organisations
from profiles.organisations.models import LocalGrade
from profiles.pay.models import PayRecord
from profiles.temporal import INSTANT, as_of, start_of_day
from tests.factories.bulk_moves import START, Moving, give_ways_in, make_moving
from tests.factories.organisations import INITIATOR

DECC = next(one for one in DEPARTMENTS if one.code == "DECC")
T = start_of_day(START)


def at_work(moving: Moving, at: datetime) -> dict[UUID, int]:
    """How many people have a post in which organisation, of those who are posted at either."""
    with open_session(moving.engine, writes=False) as session:
        query = select(Posting.organisation_id, func.count(func.distinct(col(Posting.person_id))))
        return dict(
            session.exec(
                query.where(as_of(Posting, at, moving.now)).group_by(col(Posting.organisation_id))
            ).all()
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_decc_moves_whole_to_its_successor(engine: Engine, now: datetime, tmp_path: Path) -> None:
    moving = make_moving(engine, now, people=0)
    file, _published = department_file(DECC, tmp_path)
    import_organogram(
        engine,
        file.read_bytes(),
        code="DECC",
        snapshot=date(2013, 9, 30),
        allow_unmapped=False,
        initiator=INITIATOR,
        clock=lambda: now,
    )
    with transaction(engine) as session:
        people = session.exec(
            select(Employment.person_id).where(
                as_of(Employment, now, now),
                col(Employment.organisation_id) == moving.decc.id,
                col(Employment.person_id).not_in([moving.preparer, moving.decc_officer]),
            )
        ).all()
        give_ways_in(session, now, people)
    assert len(people) == DECC.people
    move_id = moving.scheduled(ends_exporter=True)
    assert set(moving.states(move_id).values()) == {MemberState.SCHEDULED}
    moving.now = T + timedelta(hours=9)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.RECONCILING
    everybody = DECC.people + 2
    assert at_work(moving, T - INSTANT) == {moving.decc.id: everybody, moving.beis.id: 1}
    assert at_work(moving, T) == {moving.beis.id: everybody + 1}
    with open_session(engine, writes=False) as session:
        labels = set(
            session.exec(
                select(LocalGrade.label).where(
                    as_of(LocalGrade, T, moving.now), col(LocalGrade.organisation_id) == moving.beis.id
                )
            )
        )
        held = set(session.exec(select(Posting.local_grade).where(as_of(Posting, T, moving.now))))
        paid = session.exec(
            select(func.count()).where(
                as_of(PayRecord, T, moving.now), col(PayRecord.organisation_id) == moving.beis.id
            )
        ).one()
        paid_before = session.exec(
            select(func.count()).where(as_of(PayRecord, T - INSTANT, moving.now))
        ).one()
        after = organisations.tree(session, start_of_day(START + timedelta(days=1)), moving.now)
    assert held <= labels
    assert paid == paid_before > 0
    assert moving.decc.id not in after.organisations
