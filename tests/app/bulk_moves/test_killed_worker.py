"""The worker is killed in the middle of a bulk move: another goes on, and everybody is moved exactly once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, func, select, update

from app.config import development_defaults
from app.database import open_session, transaction
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.employments.models import Employment
from profiles.outbox.models import OutboxMessage
from profiles.temporal import as_of, civil_date, start_of_day
from tests.factories.bulk_moves import make_moving
from tests.factories.crowds import make_crowd
from tests.support.serving import ROOT

PEOPLE = 800


def scheduled(engine: Engine) -> int:
    with open_session(engine, writes=False) as session:
        done = select(func.count()).where(col(BulkMoveMember.state) == MemberState.SCHEDULED)
        return session.exec(done).one()


def test_a_worker_that_is_killed_is_followed_by_another(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    moving = make_moving(engine, datetime.now(UTC) - timedelta(hours=2), people=0)
    with transaction(engine) as session:
        people = make_crowd(session, moving.now, moving.decc, PEOPLE)
    day = civil_date(moving.now) + timedelta(days=30)
    move_id = moving.validated(start_date=day)
    moving.confirm(move_id)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANYARD_")}
    environment |= development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "app.commands", "worker"]
    deadline = time.monotonic() + 120
    killed = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while not scheduled(engine) and time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            killed.wait(0.005)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    done = scheduled(engine)
    assert 0 < done < PEOPLE

    with transaction(engine) as session:  # as if the minute of whoever was killed had passed
        session.execute(update(BulkMove).values(busy_until=None))
    moving.work()

    assert moving.state(move_id) is BulkMoveState.SCHEDULED
    at = start_of_day(day)
    with open_session(engine, writes=False) as session:
        now = datetime.now(UTC)
        new = session.exec(
            select(Employment.person_id, func.count())
            .where(as_of(Employment, at, now), col(Employment.organisation_id) == moving.beis.id)
            .group_by(col(Employment.person_id))
        ).all()
        told = session.exec(
            select(func.count()).where(col(OutboxMessage.reason).like("You move to another%"))
        ).one()
    assert {number for _, number in new} == {1}
    assert {one for one, _ in new} >= set(people)
    assert told == PEOPLE + 2  # and the two officers of DECC
