"""The worker is killed in the middle of an import while people sign in: nothing is lost or there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import func, select

from app.config import development_defaults
from app.database import open_session, transaction
from app.import_worker import Importing as Worker
from identity.sessions.service import start
from profiles.employments.models import Posting
from profiles.imports.records.models import Import, ImportState, SourceRecord
from profiles.loads import Load
from profiles.people.models import Person
from profiles.temporal import as_of
from tests.factories.importing import Importing
from tests.factories.people import make_person
from tests.factories.records import person_records
from tests.support.serving import ROOT
from tests.support.signed_in import LIMITS

PEOPLE = 2000
DIES = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from app.database import create_engine
from app.import_worker import Importing

url, now = sys.argv[1:]
engine = create_engine(url)

@event.listens_for(engine, "after_cursor_execute")
def at_the_last_step(_connection, _cursor, statement, *_more):
    if statement.startswith("UPDATE loads SET published_at"):
        os.kill(os.getpid(), signal.SIGKILL)

Importing(engine, lambda: datetime.fromisoformat(now), 1000).everything()
"""
"""A worker of its own process that is killed in the transaction that shows everything, before it commits."""


class Watch:
    """Somebody who signs in again and again, and looks how far the import is."""

    def __init__(self, engine: Engine, person_id: object) -> None:
        self.engine, self.person_id = engine, person_id
        self.signed_in_meanwhile = 0

    def rows_done(self) -> int:
        """How much of the import is written, when a session has begun."""
        with transaction(self.engine) as session:
            start(session, datetime.now(UTC), person_id=self.person_id, limits=LIMITS, user_agent="Firefox")  # type: ignore[arg-type]
        with open_session(self.engine, writes=False) as session:
            load = session.exec(select(Load)).first()
        done = load.rows_done if load is not None and load.published_at is None else 0
        self.signed_in_meanwhile += done > 0
        return done


def count(engine: Engine, *models: type) -> list[int]:
    with open_session(engine, writes=False) as session:
        return [session.exec(select(func.count()).select_from(model)).one() for model in models]


def seen(engine: Engine) -> int:
    with open_session(engine, writes=False) as session:
        now = datetime.now(UTC) + timedelta(hours=1)
        return session.exec(select(func.count()).select_from(Posting).where(as_of(Posting, now, now))).one()


def test_a_worker_that_is_killed_is_followed_by_another(
    engine: Engine, database_url: str, importing: Importing, tmp_path: Path
) -> None:
    importing.now = datetime.now(UTC) - timedelta(hours=2)
    with transaction(engine) as session:
        person_id = make_person(session, importing.now, "sam.signs@hmrc.gov.uk")
    running = importing.begin(*(one for n in range(PEOPLE) for one in person_records(str(n))))
    assert running.check(PEOPLE).state is ImportState.READY
    importing.approve(running)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANYARD_")}
    environment |= development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "app.commands", "worker"]
    watch, deadline = Watch(engine, person_id), time.monotonic() + 120
    killed = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while watch.signed_in_meanwhile < 2 and time.monotonic() < deadline:
        watch.rows_done()
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL

    with open_session(engine, writes=False) as session:
        [load] = session.exec(select(Load)).all()
    assert load.published_at is None
    assert load.rows_done > 0
    assert watch.signed_in_meanwhile == 2
    assert seen(engine) == 0

    Worker(engine, lambda: datetime.now(UTC) + timedelta(minutes=2), PEOPLE).everything()

    with open_session(engine, writes=False) as session:
        assert session.exec(select(Import.state)).all() == [ImportState.PUBLISHED]
        assert session.exec(select(Load.id)).all() == [load.id]
    assert seen(engine) == PEOPLE
    assert count(engine, Person, Posting, SourceRecord) == [PEOPLE + 1, PEOPLE, 6 * PEOPLE]


def test_a_worker_that_is_killed_as_it_publishes_has_shown_nothing_and_the_next_shows_it_once(
    engine: Engine, database_url: str, importing: Importing
) -> None:
    importing.whole(*person_records("1"))
    running = importing.begin(*person_records("1", job_title="Team leader"), *person_records("2"))
    running.check(1000)
    importing.approve(running)
    arguments = [database_url, importing.now.isoformat()]
    died = subprocess.run(
        [sys.executable, "-c", DIES, *arguments], cwd=ROOT, capture_output=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert [one.job_title for one in importing.seen(Posting)] == ["Caseworker"]

    importing.now += timedelta(minutes=2)
    Worker(engine, lambda: importing.now, 1000).everything()
    assert sorted(one.job_title for one in importing.seen(Posting)) == ["Caseworker", "Team leader"]
    assert count(engine, Person, Posting, SourceRecord) == [2, 3, 12]
    assert count(engine, Load) == [2]
