"""How long it takes to read a whole profile as of a date."""

import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert
from sqlmodel import Session

from app.database import open_session, transaction
from app.demo import PROVENANCE
from app.demo.organisations import organisation_ids
from bench.report import Measure, percentiles
from profiles.columns import new_id
from profiles.people.models import Person
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.temporal import Fact, start_of_day

LIMIT_MILLISECONDS = 20
VERSIONS = 3
"""Facts of each kind that a person has, one after the other."""
AT_ONCE = 500
BEGAN = (date(2016, 4, 1), date(2019, 4, 1), date(2022, 4, 1))


def measure(engine: Engine, kind: str, *, people: int, readings: int) -> list[Measure]:
    """Make people with three facts of each kind, and read random ones on random dates."""
    made = make_people(engine, people)
    chance = random.Random(1)
    now = datetime.now(UTC)
    seconds: list[float] = []
    processor: list[float] = []
    for turn in range(readings + 100):
        person_id = chance.choice(made)
        valid_at = start_of_day(BEGAN[0]) + timedelta(days=chance.randrange(3000))
        started, worked = time.perf_counter(), time.thread_time()
        with open_session(engine, writes=False) as session:
            profile = profile_as_of(session, person_id, valid_at, now)
        if turn >= 100:
            seconds.append(time.perf_counter() - started)
            processor.append(time.thread_time() - worked)
        if len(profile.facts[Kind.PAY]) != 1:
            raise RuntimeError("a profile lacks its pay: that measures nothing")
    job = f"profile as of a date, {kind}, {people:,} people"
    busy = percentiles(job, processor, of="processor time ")
    return [*percentiles(job, seconds, p95_at_most=LIMIT_MILLISECONDS), busy[1]]


def make_people(engine: Engine, number: int) -> list[UUID]:
    """People with three facts of every kind but grants; return the ids of some thousands of them."""
    with open_session(engine, writes=False) as session:
        organisation_id = organisation_ids(session)["HMRC"]
    chosen: list[UUID] = []
    for first in range(0, number, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, number))
        with transaction(engine) as session:
            ids = [new_id() for _ in numbers]
            _insert(session, ids, numbers, organisation_id)
        chosen += ids[:20]
    return chosen


def _insert(session: Session, ids: list[UUID], numbers: Iterable[int], organisation_id: UUID) -> None:
    now = datetime.now(UTC)
    session.execute(insert(Person), [{"id": one, "created_at": now} for one in ids])
    for kind, model in MODELS.items():
        if kind is not Kind.GRANT:
            rows = _rows(kind, zip(ids, numbers, strict=True), organisation_id, now)
            for some in iter(lambda rows=rows: list(islice(rows, 1000)), []):  # type: ignore[misc]
                session.execute(insert(model), some)


def _rows(
    kind: Kind, people: Iterable[tuple[UUID, int]], organisation_id: UUID, now: datetime
) -> Iterator[dict[str, Any]]:
    ends = [*(start_of_day(day) for day in BEGAN[1:]), None]
    for person_id, number in people:
        for begins, until in zip(BEGAN, ends, strict=True):
            stamp = PROVENANCE.stamp(now, start_of_day(begins), until)
            fixed = {"person_id": person_id, "superseded_at": None, "superseded_by": None, "load_id": None}
            yield (
                {"id": new_id(), "fact_id": new_id()}
                | stamp
                | fixed
                | _values(kind, person_id, number, organisation_id)
            )


def _values(kind: Kind, person_id: UUID, number: int, organisation_id: UUID) -> dict[str, Any]:
    """What a fact of a kind says; whatever it does not need is the model's own."""
    known: dict[str, Any] = {
        "organisation_id": organisation_id,
        "employment_id": person_id,
        "clearance_id": person_id,
        "office_id": person_id,
        "approved_by": person_id,
        "line_manager_id": None,
        "required_clearance": None,
        "given_names": "Ann",
        "middle_names": "",
        "family_name": f"Example{number}",
        "known_as": "",
        "search_key": f"ann example{number}",
        "born_on": date(1980, 1, 1),
        "address": f"ann.{number}@bench.gov.uk",
        "number": f"B{number}",
        "is_verified": False,
        "continuous_service_from": BEGAN[0],
        "contract_type": "permanent",
        "local_grade": "HEO",
        "job_title": "Analyst",
        "profession": "",
        "unit": "",
        "location": "",
        "level": "SC",
        "status": "active",
        "decided_on": BEGAN[0],
        "expires_on": date(2030, 1, 1),
        "extended_from": None,
        "review_due_on": None,
        "name": "STRAP 2",
        "reference": "",
        "mitigations": "Escorted",
        "salary_pence": 3_500_000,
        "amount_pence": 100_000,
        "currency": "GBP",
        "scale": "",
        "scale_minimum_pence": None,
        "scale_maximum_pence": None,
        "fte_thousandths": 1000,
        "pay_reason": "award",
        "mark_time_until": None,
        "scheme": "alpha",
        "member_number": "",
        "leave_year_from": BEGAN[0],
        "entitlement_hundredths": 2500,
        "carried_over_hundredths": 0,
        "taken_hundredths": 0,
        "period_from": BEGAN[0],
        "period_to": BEGAN[1],
        "absent_hundredths": 100,
        "occasions": 1,
        "role": "auditor",
        "include_subtree": False,
    }
    kinds = {
        Kind.POSTING: "home",
        Kind.SPONSORSHIP: "primary",
        Kind.CAVEAT: "addition",
        Kind.CLEARANCE_EVENT: "reviewed",
        Kind.ALLOWANCE: "on_call",
    }
    said = known | {"kind": kinds.get(kind)}
    return {name: said[name] for name in MODELS[kind].model_fields if name not in _OF_TIME}


_OF_TIME = {*Fact.model_fields, "person_id"}
