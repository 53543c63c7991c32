"""Two imports that could be in each other's way are written one after the other, and neither for ever."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, func, select, update

from app.database import open_session, transaction
from app.import_worker import Importing as Worker
from app.record_import import RecordImport
from profiles.columns import new_id
from profiles.employments.models import Posting
from profiles.imports.records import service, turns, writing
from profiles.imports.records.models import Import, ImportFile, ImportPerson, ImportState, Source
from profiles.loads import Load
from profiles.organisations.service import OrganisationView
from profiles.people.models import BirthDate, Person
from profiles.temporal import record
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import make_person
from tests.factories.records import json_lines, person_records
from tests.support.visitor import Clock

LATER = timedelta(minutes=2)


def called(key: str) -> list[dict[str, Any]]:
    """What the system hr calls a person and their records that another provider hands over."""
    common = {"kind": "source_key", "organisation": "HMRC", "source": "hr"}
    named = [("person", f"P{key}"), *((one["kind"], one["source_key"]) for one in person_records(key))]
    return [
        common | {"of": kind, "source_key": name, "record": name, "person": f"P{key}"} for kind, name in named
    ]


def sent_by_program(importing: Importing, *records: dict[str, Any]) -> UUID:
    """An import that is published by itself."""
    importing.now += timedelta(hours=1)
    with transaction(importing.engine) as session:
        return service.receive(
            session,
            importing.now,
            INITIATOR,
            organisation_id=importing.organisation_id,
            source="hr",
            files=[("records.jsonl", [json_lines(*records)])],
            started_by=None,
            by_itself=True,
        ).id


def break_off(importing: Importing, running: RecordImport) -> None:
    """Its process ends when half of it is written."""

    def end(step: str, done: int, total: int) -> None:
        if step == "writing" and done:
            raise KeyboardInterrupt

    running.check(1000)
    importing.approve(running)
    with pytest.raises(KeyboardInterrupt):
        RecordImport(importing.engine, running.import_id, clock=lambda: importing.now, progress=end).publish(
            INITIATOR
        )
    assert state(importing, running.import_id) is ImportState.WRITING


def state(importing: Importing, import_id: UUID) -> ImportState:
    with open_session(importing.engine, writes=False) as session:
        return service.get(session, import_id).state


def turns_of_the_worker(importing: Importing, number: int) -> None:
    for turn in range(number):
        worker = Worker(importing.engine, lambda turn=turn: importing.now + LATER * (turn + 1), 1000)
        if worker.start_due() and worker._thread is not None:
            worker._thread.join()


def test_of_two_that_bring_one_key_both_come_to_an_end(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROWS_IN_A_BATCH", 20)
    first = sent_by_program(importing, *person_records("1"))
    running = importing.begin(*person_records("1"), *called("1"), *person_records("2"), source="old-provider")
    break_off(importing, running)
    turns_of_the_worker(importing, 6)
    assert state(importing, running.import_id) is ImportState.PUBLISHED
    assert state(importing, first) is ImportState.PUBLISHED
    with open_session(importing.engine, writes=False) as session:
        assert session.exec(select(func.count()).select_from(Person)).one() == 2
        assert service.get(session, first).counts["added"] == 0
    importing.now += LATER * 7
    assert len(importing.seen(Posting)) == 2


def test_whoever_waits_says_so_and_what_is_half_written_goes_first(importing: Importing) -> None:
    broken = importing.begin(*person_records("1"), source="payroll")
    break_off(importing, broken)
    waiting = importing.begin(*person_records("2"))
    waiting.check(1000)
    importing.approve(waiting)
    kept = waiting.publish(INITIATOR)
    assert (kept.state, kept.step) == (ImportState.APPROVED, "")
    with open_session(importing.engine, writes=False) as session:
        assert service.find_due(session, importing.now) == broken.import_id
    with transaction(importing.engine) as session:
        service.get(session, broken.import_id).busy_until = importing.now + LATER
    with open_session(importing.engine, writes=False) as session:
        assert service.find_due(session, importing.now) is None


def test_what_fails_again_and_again_while_it_is_written_lets_others_go_on(importing: Importing) -> None:
    broken = importing.begin(*person_records("1"), source="payroll")
    break_off(importing, broken)
    with transaction(importing.engine) as session:
        session.execute(
            update(ImportFile).where(col(ImportFile.import_id) == broken.import_id).values(content=b"")
        )
    waiting = importing.begin(*person_records("2"))
    waiting.check(1000)
    importing.approve(waiting)
    clock = Clock(importing.now)
    worker = Worker(importing.engine, clock, 1000)
    for expected in (ImportState.WRITING, ImportState.RECEIVED):  # the first time it may be the machine
        worker.everything()
        assert state(importing, broken.import_id) is expected
        clock.advance(minutes=2)
    worker.everything()
    assert state(importing, waiting.import_id) is ImportState.PUBLISHED
    with open_session(importing.engine, writes=False) as session:
        assert session.exec(select(func.count()).select_from(Person)).one() == 1


@pytest.fixture
def places(session: Session, now: datetime) -> dict[str, OrganisationView]:
    """HMRC with VOA below it, and another department."""
    hmrc = make_organisation(session, now, "HMRC")
    voa = make_organisation(session, now, "VOA", parent=hmrc)
    return {"HMRC": hmrc, "VOA": voa, "HO": make_organisation(session, now, "HO")}


def of(session: Session, now: datetime, place: OrganisationView, state: ImportState) -> Import:
    source = Source(organisation_id=place.id, name=f"hr-{new_id().hex[-8:]}")
    one = Import(
        organisation_id=place.id,
        source_id=source.id,
        state=state,
        content_hash="",
        started_at=now,
        load_id=new_id(),
    )
    session.add(source)
    session.flush()
    session.add(one)
    session.flush()
    return one


@pytest.mark.parametrize(
    ("one", "other", "same_person", "waits"),
    [
        ("HMRC", "HMRC", False, True),
        ("HMRC", "VOA", False, True),
        ("VOA", "HMRC", False, True),
        ("HMRC", "HO", False, False),
        ("VOA", "HO", False, False),
        ("VOA", "HO", True, True),
    ],
)
def test_only_what_is_about_the_same_places_or_people_is_waited_for(
    session: Session,
    now: datetime,
    places: dict[str, OrganisationView],
    one: str,
    other: str,
    *,
    same_person: bool,
    waits: bool,
) -> None:
    approved = of(session, now, places[one], ImportState.APPROVED)
    writing = of(session, now, places[other], ImportState.WRITING)
    if same_person:
        person_id = make_person(session, now, "ada@example.gov.uk")
        for each in (approved, writing):
            session.add(ImportPerson(import_id=each.id, person_id=person_id))
        session.flush()
    assert turns.is_turn_of(session, approved, now) is not waits
    assert turns.is_turn_of(session, writing, now)


def test_what_was_published_since_the_plan_is_planned_with(
    session: Session, now: datetime, places: dict[str, OrganisationView]
) -> None:
    approved = of(session, now, places["HMRC"], ImportState.APPROVED)
    published = of(session, now, places["HMRC"], ImportState.PUBLISHED)
    published.ended_at = now
    session.flush()
    assert not turns.is_turn_of(session, approved, now, planned_at=now - timedelta(seconds=1))
    assert turns.is_turn_of(session, approved, now, planned_at=now)


@pytest.mark.parametrize("of_her", [True, False])
def test_what_another_department_published_of_one_person_meanwhile_is_planned_with(
    session: Session, now: datetime, places: dict[str, OrganisationView], *, of_her: bool
) -> None:
    """From its beginning to its end after the plan: whom it touched is not kept, its facts are."""
    approved = of(session, now, places["HMRC"], ImportState.APPROVED)
    published = of(session, now, places["HO"], ImportState.PUBLISHED)
    touched, other = (make_person(session, now, f"{name}@example.gov.uk") for name in ("ada", "bea"))
    session.add(ImportPerson(import_id=approved.id, person_id=touched))
    session.add(
        Load(
            id=published.load_id,
            organisation_id=places["HO"].id,
            kind="records",
            content_hash=published.id.hex,
            rows_total=1,
            started_at=now,
            published_at=now,
        )
    )
    session.flush()
    born = {
        "person_id": touched if of_her else other,
        "born_on": date(1990, 5, 17),
        "load_id": published.load_id,
    }
    session.add(BirthDate(**born, **PROVENANCE.stamp(now, now)))
    published.ended_at = now
    session.flush()
    assert turns.is_turn_of(session, approved, now, planned_at=now - timedelta(seconds=1)) is not of_her
    assert turns.is_turn_of(session, approved, now, planned_at=now)


def test_what_was_being_written_beside_the_plan_is_planned_with(
    session: Session, now: datetime, places: dict[str, OrganisationView]
) -> None:
    """It notes its end before it shows all of it, which may take longer than the plan needs to begin."""
    approved = of(session, now, places["HMRC"], ImportState.APPROVED)
    other = of(session, now, places["HO"], ImportState.WRITING)
    beside = turns.being_written(session)
    assert turns.is_turn_of(session, approved, now, now, beside)
    other.state, other.ended_at = ImportState.PUBLISHED, now - timedelta(seconds=1)
    session.flush()
    assert not turns.is_turn_of(session, approved, now, now, beside)
    assert turns.is_turn_of(session, approved, now, now, turns.being_written(session))


def test_an_import_that_ended_before_it_was_seen_is_planned_with(importing: Importing) -> None:
    broken = importing.begin(*person_records("1"), source="payroll")
    break_off(importing, broken)
    waiting = importing.begin(*person_records("2"))
    waiting.check(1000)
    importing.approve(waiting)
    began = importing.now

    def finish_the_other(step: str, _done: int, _total: int) -> None:
        if step == "comparing" and state(importing, broken.import_id) is ImportState.WRITING:
            importing.now = began - timedelta(seconds=1)
            assert broken.publish(INITIATOR).state is ImportState.PUBLISHED
            importing.now = began

    kept = RecordImport(
        importing.engine, waiting.import_id, clock=lambda: importing.now, progress=finish_the_other
    ).publish(INITIATOR)
    assert kept.state is ImportState.APPROVED
    assert waiting.publish(INITIATOR).state is ImportState.PUBLISHED


def test_what_somebody_records_meanwhile_is_not_overlapped(importing: Importing) -> None:
    ended = person_records("1")
    ended[-2] |= {"valid_until": "2026-05-31"}
    importing.whole(*ended)
    again = ended[-2] | {"source_key": "T2", "valid_from": "2026-06-01", "valid_until": None}
    running = importing.begin(again)
    running.check(1000)
    importing.approve(running)

    def record_meanwhile(step: str, done: int, total: int) -> None:
        if step == "writing" and done == total:
            importing.now += timedelta(minutes=1)
            with transaction(importing.engine) as session:
                [held] = session.exec(select(Posting).where(Posting.superseded_at.is_(None))).all()  # type: ignore[union-attr]
                columns = {name: getattr(held, name) for name in Posting.model_fields if name not in _NEW}
                starts = held.valid_to + timedelta(days=60)
                record(session, Posting(**columns, **PROVENANCE.stamp(importing.now, starts)))

    published = RecordImport(
        importing.engine, running.import_id, clock=lambda: importing.now, progress=record_meanwhile
    ).publish(INITIATOR)
    assert published.state is ImportState.RECEIVED
    importing.now += timedelta(days=200)
    assert [one.source for one in importing.seen(Posting)] == [PROVENANCE.source]
    checked = running.check(1000)
    assert (checked.state, checked.counts["added"], checked.counts["conflicts"]) == (ImportState.READY, 0, 1)


_NEW = {
    *("id", "fact_id", "valid_from", "valid_to", "recorded_at", "superseded_at", "recorded_by"),
    *("superseded_by", "source", "reason", "load_id"),
}
