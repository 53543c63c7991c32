"""The worker is killed in the middle of many moves: the next one goes on, and each moves exactly once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.database import open_session, transaction
from app.deliveries import LEASE
from app.worker import Worker
from bench.department_app import DepartmentApp, department_app
from bench.moving_people import make_scene
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import create_initial_keys
from identity.sessions.models import SessionClient
from profiles.audit.models import AuditEntry
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.temporal import civil_date
from profiles.transfers.models import Transfer, TransferState, TransferStep

MOVES = 60
DIES = """
import logging, os, signal, sys
from datetime import datetime
from sqlalchemy import event
from app.config import Settings
from app.database import create_engine
from app.worker import Worker

url, key, now, word, times = sys.argv[1:]
engine, left = create_engine(url), [int(times)]

def about_to_run(statement):
    left[0] -= statement.startswith("INSERT INTO " + word)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(engine, "before_cursor_execute")
def by_the_orm(_connection, _cursor, statement, *_more):
    about_to_run(statement)

class Prepared(logging.Handler):
    def emit(self, record):
        about_to_run(record.getMessage())

prepared = logging.getLogger("profiles.prepared")
prepared.setLevel(logging.DEBUG)
prepared.addHandler(Prepared())

settings = Settings(environment="development", issuer="http://localhost:8000", database_url=url,
                    secret_key="only for these tests", encryption_key=key)
Worker(settings, engine, lambda: datetime.fromisoformat(now)).once()
"""
"""A worker of its own process that is killed as it is about to write such a row for the so manieth time."""


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        environment="development",
        issuer="http://localhost:8000",
        database_url=database_url,
        secret_key="only for these tests",
        encryption_key=DEVELOPMENT_ENCRYPTION_KEY,
    )


@pytest.fixture
def told():
    with department_app() as app:
        yield app


@pytest.fixture
def moves(engine: Engine, told: DepartmentApp, now: datetime) -> None:
    """More people than go in one batch, who move today, each signed in at an app that hears of it."""
    with transaction(engine) as session:
        create_initial_keys(session, KeyEncryption.from_base64(DEVELOPMENT_ENCRYPTION_KEY), now)
        make_scene(session, now, movers=MOVES, others=0, logout_uri=told.uri, day=civil_date(now))


@pytest.fixture
def everything(engine: Engine) -> Callable[[type], list]:
    def everything(model: type) -> list:
        with open_session(engine, writes=False) as session:
            return list(session.exec(select(model).order_by(col(model.id))))

    return everything


def check_each_moved_once(everything: Callable[[type], list]) -> None:
    assert {one.state for one in everything(Transfer)} == {TransferState.RECONCILING}
    came_by_time = [one for one in everything(TransferStep) if one.by is None]
    assert Counter(one.to_state for one in came_by_time) == {
        TransferState.LEFT: MOVES,
        TransferState.JOINED: MOVES,
        TransferState.RECONCILING: MOVES,
    }
    assert len({(one.transfer_id, one.to_state) for one in came_by_time}) == 3 * MOVES
    events = Counter(one.event for one in everything(AuditEntry))
    assert (events["transfer.left"], events["transfer.joined"]) == (MOVES, MOVES)
    logouts = [one for one in everything(OutboxMessage) if one.kind is MessageKind.LOGOUT]
    assert Counter(one.person_id for one in logouts) == {one.person_id: 1 for one in everything(Transfer)}
    assert all(one.acknowledged_at for one in logouts)
    assert all(one.ended_at for one in everything(SessionClient))


@pytest.mark.usefixtures("moves")
@pytest.mark.parametrize(
    ("word", "times"),
    [("transfer_steps", 5), ("outbox_messages", 55)],
    ids=["as the second batch is about to join", "as some are told"],
)
def test_it_goes_on_where_it_was_killed(
    settings: Settings, engine: Engine, told, everything, now: datetime, word: str, times: int
) -> None:
    arguments = [settings.database_url, DEVELOPMENT_ENCRYPTION_KEY, now.isoformat(), word, str(times)]
    top = Path(__file__).parents[2]
    died = subprocess.run([sys.executable, "-c", DIES, *arguments], cwd=top, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr.decode()
    assert any(one.state is not TransferState.RECONCILING for one in everything(Transfer)) or any(
        one.ended_at is None for one in everything(SessionClient)
    )
    # What it was telling when it died is told again, once nobody has it any more.
    assert Worker(settings, engine, lambda: now + LEASE + timedelta(seconds=1)).once()
    check_each_moved_once(everything)
    assert len(told.acknowledged) >= MOVES


@pytest.mark.usefixtures("moves")
def test_a_worker_that_stood_still_over_both_instants_tells_everybody_once(
    settings: Settings, engine: Engine, told, everything, now: datetime
) -> None:
    for late in (timedelta(days=3), timedelta(days=4)):
        assert Worker(settings, engine, lambda late=late: now + late).once()
        check_each_moved_once(everything)
        assert len(told.acknowledged) == MOVES
