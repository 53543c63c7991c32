"""How long a bulk move takes, in all that the worker does for it, and how much it slows sign-ins meanwhile.

DECC's published people, and as many as the limit is for; each move is drafted and agreed by officers, and the
worker is a process of its own. One caller signs in at a steady pace: during each part of it, and with nothing
else before and after each, so that what changes on the machine meanwhile is not taken for the move's.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.commands.migrate import make_ready
from app.database import create_engine, open_session, transaction
from app.demo.organisations import SINCE
from bench import lanyard_data, load
from bench.department_files import DEPARTMENTS
from bench.import_hmrc import LIMIT_MEGABYTES, import_department, make_organisations
from bench.relying_party import Client, Provider, RelyingParty
from bench.report import TOP, Measure, percentiles
from bench.server import ISSUER, environment, on_other_cores, running_server, settings
from profiles.bulk_moves import agreeing, drafting
from profiles.bulk_moves.drafting import Draft
from profiles.bulk_moves.models import BulkMove, BulkMoveState, MemberState
from profiles.bulk_moves.reading import counts_of
from profiles.employments.models import Posting
from profiles.organisations import service as organisations
from profiles.organisations.models import OrganisationKind
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import civil_date
from profiles.transfers.models import Side
from tests.factories.bulk_moves import give_ways_in
from tests.factories.crowds import make_crowd
from tests.factories.organisations import GRADES, INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee

PEOPLE = 10_000
LIMIT_SECONDS = 120
SLOWER_AT_MOST = 25
"""Per cent, at the 95th percentile of a sign-in."""
EVERY_SECONDS = 0.1
ALONE_SECONDS = 25
"""Each time, of four."""
CALLERS_PEOPLE = 100
DECC = next(one for one in DEPARTMENTS if one.code == "DECC")


@dataclass
class Moving:
    """A move on its way, by a clock that goes on when nothing else would happen."""

    engine: Engine
    folder: Path
    now: datetime
    move_id: UUID
    officers: dict[Side, UUID]
    seconds: dict[str, float] = field(default_factory=dict)
    processor_seconds: float = 0.0
    megabytes: float = 0.0

    def work(self, what: str) -> None:
        """Let the worker do all that is due, as a process of its own."""
        consumption = self.folder / "bulk-move.json"
        measured = [sys.executable, "-m", "bench.consumption", str(consumption)]
        command = [*measured, sys.executable, "-m", "bench.bulk_move_worker", self.now.isoformat()]
        url = self.engine.url.render_as_string(hide_password=False)
        ran = subprocess.run(
            command, cwd=TOP, env=os.environ | environment(url), check=True, stdout=subprocess.PIPE
        )
        self.seconds[what] = float(ran.stdout.splitlines()[-1])
        taken = json.loads(consumption.read_text(encoding="utf-8"))
        self.processor_seconds += taken["processor_seconds"]
        self.megabytes = max(self.megabytes, taken["megabytes"])

    def look(self) -> None:
        """The worker looks at everybody's record."""
        self.work("looking at records")

    def record(self) -> None:
        """An officer confirms what was found, and the worker records everybody's move."""
        with transaction(self.engine) as session:
            agreeing.confirm(session, self.now, move_id=self.move_id, **self._by(session, Side.IMPORTING))
        self.work("recording")

    def pass_the_day(self) -> None:
        """A minute after the move begins."""
        with open_session(self.engine, writes=False) as session:
            starts_at = session.exec(select(BulkMove.starts_at).where(col(BulkMove.id) == self.move_id)).one()
        self.now = starts_at + timedelta(minutes=1)
        self.work("the day")

    def agree(self, side: Side) -> None:
        """An officer of this side agrees."""
        with transaction(self.engine) as session:
            agreeing.agree(session, self.now, move_id=self.move_id, side=side, **self._by(session, side))

    def moved(self) -> int:
        """How many are in the new organisation; the move must have come to its first pays."""
        with open_session(self.engine, writes=False) as session:
            state = session.exec(select(BulkMove.state).where(col(BulkMove.id) == self.move_id)).one()
            if state is not BulkMoveState.RECONCILING:
                raise RuntimeError(f"the bulk move is {state}")
            return counts_of(session, self.move_id).get(MemberState.JOINED, 0)

    def _by(self, session: Session, side: Side) -> dict[str, Any]:
        officer_id = self.officers[side]
        return {
            "officer_id": officer_id,
            "permissions": permissions_of(session, officer_id, self.now),
        }


def measure(
    database_url: str,
    folder: Path,
    kind: str,
    *,
    people: int | None = PEOPLE,
    alone_seconds: float = ALONE_SECONDS,
) -> list[Measure]:
    """Move so many made-up people or, without a number, DECC's published ones. Raises RuntimeError."""
    engine = create_engine(database_url)
    make_ready(settings(database_url), engine, datetime.now(UTC))
    make_organisations(database_url)
    if people is None:
        import_department(database_url, DECC, folder)
    client, cookies = _callers(engine)
    moving = _drafted(engine, folder, people)
    with running_server(database_url, folder) as server, on_other_cores():
        party = RelyingParty(Provider.discover(server.port, ISSUER), client)
        [turn] = load.sign_ins([party], cookies)
        alone, meanwhile = _Pace(turn), _Pace(turn)
        for part in (moving.look, moving.record, moving.pass_the_day):
            with alone.running():
                time.sleep(alone_seconds)
            with meanwhile.running():
                part()
        with alone.running():
            time.sleep(alone_seconds)
        party.close()
    moved = moving.moved()
    engine.dispose()
    return _figures(moving, moved, kind, alone.seconds, meanwhile.seconds)


def _figures(
    moving: Moving, moved: int, kind: str, alone: list[float], meanwhile: list[float]
) -> list[Measure]:
    job = f"bulk move of {moved:,} people, {kind}"
    whole = sum(moving.seconds.values())
    at_95 = [sorted(those)[len(those) * 95 // 100] for those in (alone, meanwhile)]
    return [
        Measure(job, "time", round(whole, 1), "s", at_most=LIMIT_SECONDS),
        *(Measure(job, f"of it {what}", round(one, 1), "s") for what, one in moving.seconds.items()),
        Measure(job, "processor time", round(moving.processor_seconds, 1), "s"),
        Measure(job, "memory", round(moving.megabytes), "MB", at_most=LIMIT_MEGABYTES),
        Measure(job, "rate", round(moved / whole), "people/s"),
        *percentiles(job, alone, of="sign-in alone "),
        *percentiles(job, meanwhile, of="sign-in meanwhile "),
        Measure(
            job,
            "sign-in slower at p95",
            round((at_95[1] / at_95[0] - 1) * 100, 1),
            "%",
            at_most=SLOWER_AT_MOST,
        ),
    ]


@dataclass
class _Pace:
    """Somebody who signs in at a steady pace; ``seconds`` are how long each sign-in took."""

    turn: Callable[[], object]
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        ended = threading.Event()

        def visit() -> None:
            while not ended.wait(EVERY_SECONDS):
                started = time.perf_counter()
                self.turn()
                self.seconds.append(time.perf_counter() - started)

        thread = threading.Thread(target=visit)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _callers(engine: Engine) -> tuple[Client, list[str]]:
    """An app's client, and people of HMRC who are signed in."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        hmrc = organisations.get_by_code(session, "HMRC", now)
        organisations.add_grades(session, now, PROVENANCE, hmrc.id, GRADES, SINCE)
        make_crowd(session, now, hmrc, CALLERS_PEOPLE)
    return lanyard_data.register_client(engine), lanyard_data.sign_in_people(engine, CALLERS_PEOPLE)


def _drafted(engine: Engine, folder: Path, people: int | None) -> Moving:
    """Everybody of DECC, or of another department with so many people, on an agreed list."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        beis = organisations.create(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            code="BEIS",
            name="Department for Business, Energy and Industrial Strategy",
            kind=OrganisationKind.DEPARTMENT,
            valid_from=SINCE,
        )
        leaving = organisations.get_by_code(session, "DECC" if people is None else "HO", now)
        if people is None:
            posted = select(Posting.person_id).where(col(Posting.organisation_id) == leaving.id)
            give_ways_in(session, now, session.exec(posted.distinct()).all())
        else:
            organisations.add_grades(session, now, PROVENANCE, leaving.id, GRADES, SINCE)
            make_crowd(session, now, leaving, people)
        preparer = _officer(session, now, leaving, "peter.prepares")
        officers = {
            Side.EXPORTING: _officer(session, now, leaving, "olga.agrees"),
            Side.IMPORTING: _officer(session, now, beis, "bea.agrees"),
        }
        move_id = drafting.draft(
            session,
            now,
            officer_id=preparer,
            permissions=permissions_of(session, preparer, now),
            wish=Draft(leaving.id, beis.id, civil_date(now) + timedelta(days=30)),
        ).id
    moving = Moving(engine, folder, now, move_id, officers)
    for side in Side:
        moving.agree(side)
    return moving


def _officer(session: Session, now: datetime, place: OrganisationView, name: str) -> UUID:
    """An HR officer who is set apart, for want of a way in."""
    officer_id = make_employee(session, now, place, name).person_id
    give_role(session, now, officer_id, Role.HR_OFFICER, place.id)
    return officer_id
