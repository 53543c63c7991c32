"""How long it takes to decide on a person and an app with whole departments loaded."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from app.demo import INITIATOR, PROVENANCE
from app.demo.apps import AGREED_FROM
from app.demo.organisations import organisation_ids
from bench.report import Measure, percentiles
from profiles.apps import roles
from profiles.apps import service as apps
from profiles.apps.models import App, LawfulBasis
from profiles.disclosure.service import access
from profiles.employments.models import Posting
from profiles.organisations.grades import CommonGrade

LIMIT_MILLISECONDS = 5
APPS_OF_A_DEPARTMENT = 10
LADDER = (CommonGrade.AA, CommonGrade.EO, CommonGrade.HEO, CommonGrade.SEO, CommonGrade.G6)


def measure(engine: Engine, kind: str, *, decisions: int) -> list[Measure]:
    """Make apps, and decide on whoever is in post."""
    make_apps(engine)
    with open_session(engine, writes=False) as session:
        people = some_people(session, random.Random(1), min(decisions, 5000))
    return decide(engine, kind, people, decisions=decisions)


def decide(engine: Engine, kind: str, people: Sequence[UUID], *, decisions: int) -> list[Measure]:
    """Decide on these people at random apps, each in a transaction of its own as a request would."""
    chance = random.Random(1)
    with open_session(engine, writes=False) as session:
        app_ids = list(session.exec(select(App.id)))
    now = datetime.now(UTC)
    seconds: list[float] = []
    processor: list[float] = []
    allowed = 0
    for turn in range(decisions + 200):
        person_id, app_id = chance.choice(people), chance.choice(app_ids)
        started, worked = time.perf_counter(), time.thread_time()
        with open_session(engine, writes=False) as session:
            decision = access(session, person_id, app_id, now)
        # The first ones fill caches that a server has filled long since.
        if turn >= 200:
            seconds.append(time.perf_counter() - started)
            processor.append(time.thread_time() - worked)
            allowed += decision.allowed
        if not decision.reasons:
            raise RuntimeError("a decision gave no reason")
    if not 0 < allowed < decisions:
        raise RuntimeError(f"{allowed} of {decisions} decisions allowed access: that measures nothing")
    job = f"access decision, {kind}"
    busy = percentiles(job, processor, of="processor time ")
    return [*percentiles(job, seconds, p95_at_most=LIMIT_MILLISECONDS), busy[1]]


def make_apps(engine: Engine) -> None:
    """Give each department apps with four rules for ranges of grades, one of them asking for SC."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        departments = organisation_ids(session)
        for code in ("HMRC", "HO", "DWP", "DECC"):
            for number in range(APPS_OF_A_DEPARTMENT):
                _make_app(session, now, departments[code], f"{code} app {number}")


def some_people(session: Session, chance: random.Random, number: int) -> Sequence[UUID]:
    """People in post, drawn from all departments."""
    everybody = list(session.exec(select(Posting.person_id).order_by(col(Posting.id))))
    return chance.sample(everybody, min(number, len(everybody)))


def make_open_app(session: Session, now: datetime, organisation_id: UUID, name: str) -> UUID:
    """An app for everybody in an organisation, with a higher role for who holds SC besides; return its id."""
    app_id = _app_with_agreement(session, now, organisation_id, name)
    for rank, least in enumerate((None, "SC")):
        _add_rule(session, now, app_id, rank, organisation_id=organisation_id, least_clearance=least)
    return app_id


def _make_app(session: Session, now: datetime, organisation_id: UUID, name: str) -> None:
    app_id = _app_with_agreement(session, now, organisation_id, name)
    for rank, (lowest, highest) in enumerate(pairwise(LADDER)):
        _add_rule(
            session,
            now,
            app_id,
            rank,
            organisation_id=organisation_id,
            grade_from=lowest,
            grade_to=highest,
            least_clearance="SC" if rank == 3 else None,
        )


def _add_rule(session: Session, now: datetime, app_id: UUID, rank: int, **conditions: Any) -> None:
    role = f"role{rank}"
    roles.add_role(session, now, INITIATOR, app_id, role, role, rank)
    apps.add_rule(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        app_id=app_id,
        role_name=role,
        valid_from=AGREED_FROM,
        **conditions,
    )


def _app_with_agreement(session: Session, now: datetime, organisation_id: UUID, name: str) -> UUID:
    app = apps.create_app(
        session,
        now,
        INITIATOR,
        organisation_id=organisation_id,
        name=name,
        home_url="https://app.example/",
        contact="desk@app.example",
    )
    apps.agree(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        app_id=app.id,
        purpose="To measure",
        lawful_basis=LawfulBasis.PUBLIC_TASK,
        claims=["name", "roles"],
        retention="Not at all",
        contact="dpo@app.example",
        valid_from=AGREED_FROM,
        valid_to=None,
    )
    return app.id
