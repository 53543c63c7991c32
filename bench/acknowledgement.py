"""How long it takes from an unplanned change until the app has acknowledged it, one failure included.

The worker is the real one, running as ever; the app beside it answers 503 once, each time, and then 204.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.access_changes import suspend_account
from app.commands.migrate import make_ready
from app.database import create_engine, transaction
from app.demo import INITIATOR
from bench import server
from bench.department_app import DepartmentApp, department_app
from bench.moving_people import sign_in
from bench.report import TOP, Measure
from identity.clients import service as clients
from profiles.apps.models import App
from profiles.employments.models import Posting
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.temporal import current, replace
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee

LIMIT_SECONDS = 60
PEOPLE = 10
PATIENCE = 120.0


def measure(url: str, folder: Path, kind: str, *, people: int = PEOPLE) -> list[Measure]:
    """Suspend so many people, and correct the grade of so many others, one after the other."""
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    with department_app() as app:
        staff = _make_staff(engine, app.uri, 2 * people)
        with running_worker(url, folder):
            suspended = _times(engine, app, staff.people[:people], staff.suspend)
            corrected = _times(engine, app, staff.people[people:], correct)
    engine.dispose()
    measures: list[Measure] = []
    for what, seconds in (("suspension", suspended), ("correction", corrected)):
        job = f"from a {what} to the app's acknowledgement, one delivery failed, {kind}"
        measures += [
            Measure(job, "p50", round(sorted(seconds)[len(seconds) // 2], 2), "s"),
            Measure(job, "slowest", round(max(seconds), 2), "s", at_most=LIMIT_SECONDS),
        ]
    return measures


class _Staff:
    """People of one organisation who are signed in at its app, and a security officer."""

    def __init__(self, organisation: OrganisationView, officer: UUID, people: list[UUID]) -> None:
        self.organisation, self.officer, self.people = organisation, officer, people

    def suspend(self, session: Session, person_id: UUID, now: datetime) -> None:
        """As the security officer does."""
        suspend_account(
            session,
            now,
            person_id=person_id,
            organisation_id=self.organisation.id,
            officer_id=self.officer,
            reason="An inquiry",
        )


def correct(session: Session, person_id: UUID, now: datetime) -> None:
    """Their grade was wrong, and the right one does not open the app; the worker finds it by itself."""
    (posting,) = current(session, Posting, now, now, person_id=person_id)
    replace(session, posting, now, PROVENANCE, local_grade="Officer")


@contextmanager
def running_worker(url: str, folder: Path) -> Iterator[None]:
    """Have ``lanyard worker``, which has begun, until the block ends. Raises RuntimeError when it did not."""
    known = os.environ | server.environment(url)
    known |= {"LANYARD_ENVIRONMENT": "development", "LANYARD_VAR": str(folder)}
    command = [sys.executable, "-m", "app.commands", "worker"]
    process = subprocess.Popen(command, cwd=TOP, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if process.stderr is None or b"worker started" not in process.stderr.readline():
        process.kill()
        raise RuntimeError("the worker did not start")
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _times(
    engine: Engine, app: DepartmentApp, people: list[UUID], change: Callable[[Session, UUID, datetime], None]
) -> list[float]:
    seconds = []
    for person_id in people:
        app.failures, before = 1, len(app.acknowledged)
        with transaction(engine) as session:
            change(session, person_id, datetime.now(UTC))
        changed = time.perf_counter()
        seconds.append(app.wait_for(before + 1, PATIENCE) - changed)
    return seconds


def _make_staff(engine: Engine, logout_uri: str, number: int) -> _Staff:
    now = datetime.now(UTC)
    with transaction(engine) as session:
        organisation = make_organisation(session, now)
        app = make_app(session, now, organisation)
        make_rule(session, now, app, organisation_id=organisation.id, grade_from=CommonGrade.HEO)
        client = clients.register(
            session,
            now,
            INITIATOR,
            client_name=app.name,
            app_id=app.id,
            redirect_uris=["https://casework.example/callback"],
            backchannel_logout_uri=logout_uri,
            development=True,
        )
        officer = make_employee(session, now, organisation, "callum.reid").person_id
        give_role(session, now, officer, Role.SECURITY_OFFICER, organisation.id)
        people = [_somebody(session, now, organisation, app, client.client_id, one) for one in range(number)]
    return _Staff(organisation, officer, people)


def _somebody(
    session: Session, now: datetime, organisation: OrganisationView, app: App, client_id: str, number: int
) -> UUID:
    person_id = make_employee(session, now, organisation, f"somebody.{number}").person_id
    sign_in(session, now, person_id, app, client_id)
    return person_id
