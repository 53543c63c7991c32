"""Marks and suspensions go from one installation to another, and nothing is lifted by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from app.database import open_session, transaction
from profiles.audit.models import AuditEntry
from profiles.employments.models import Employment
from profiles.errors import Conflict
from profiles.imports.records.export import Export
from profiles.imports.records.models import ImportState, Source
from profiles.imports.safeguards.export import SafeguardExport
from profiles.imports.safeguards.loading import Fate, Outcome, SafeguardImport
from profiles.people import sensitive
from profiles.people.models import SensitiveMark
from profiles.suspensions import service as suspensions
from profiles.suspensions.models import AccountSuspension, OrganisationSuspension
from profiles.temporal import current, end
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.records import json_lines, person_records

if TYPE_CHECKING:
    from tests.factories.importing import Importing

MARK = {"kind": "sensitive_mark", "source_key": "M1", "person": "P1", "valid_from": "2025-05-01"}
MARK |= {"reason": "Threatened"}
SUSPENDED = MARK | {"kind": "account_suspension", "source_key": "A1", "reason": "An incident"}


def read(importing: Importing, *lines: dict[str, Any], with_history: bool = False) -> Outcome:
    found = SafeguardImport("s.jsonl", [json_lines(*lines)], importing.now, with_history=with_history)
    assert found.problems == []
    with transaction(importing.engine) as session:
        source = session.exec(select(Source).where(Source.name == "hr")).one()
        place = importing.organisation_id
        return found.record(session, INITIATOR, organisation_id=place, source=source)


@pytest.fixture
def of_two(importing: Importing) -> Importing:
    """Two people of HMRC, P1 and P2, from the source hr."""
    importing.whole(*person_records("1"), *person_records("2"))
    return importing


def test_whom_the_file_names_is_marked_and_suspended_as_they_were(of_two: Importing) -> None:
    outcome = read(
        of_two,
        MARK,
        SUSPENDED,
        {"kind": "organisation_suspension", "source_key": "O1", "valid_from": "2025-05-01"},
    )
    person_id = of_two.person("NO-1")
    assert (outcome.suspended, outcome.organisation_suspended) == ({person_id}, True)
    [mark] = of_two.seen(SensitiveMark)
    assert (mark.person_id, mark.reason, mark.source) == (person_id, "Threatened", "import:HMRC:hr")
    assert [one.organisation_id for one in of_two.seen(OrganisationSuspension)] == [of_two.organisation_id]
    assert len(of_two.seen(AccountSuspension)) == 1
    with open_session(of_two.engine, writes=False) as session:
        entries = session.exec(select(AuditEntry)).all()
        kinds = [one.event for one in entries]
        assert not any("Threatened" in str(one.details) for one in entries)
    for event in ("person.marked_sensitive", "account.suspended", "organisation.suspended"):
        assert event in kinds


def test_what_was_lifted_here_stays_lifted_when_the_file_is_read_again(of_two: Importing) -> None:
    read(of_two, MARK)
    of_two.now += timedelta(hours=1)
    with transaction(of_two.engine) as session:
        held = sensitive.find_mark(session, of_two.person("NO-1"), of_two.now)
        assert held is not None
        end(session, held, of_two.now, of_two.now, PROVENANCE)
    of_two.now += timedelta(hours=1)
    assert read(of_two, MARK).of(Fate.AS_BEFORE) == [1]
    assert read(of_two, MARK | {"source_key": "M2"}).of(Fate.SETTLED_HERE) == [1]
    assert of_two.seen(SensitiveMark) == []


def test_neither_silence_nor_an_end_in_a_file_lifts_anything(of_two: Importing) -> None:
    person_id, officer_id = of_two.person("NO-1"), of_two.person("NO-2")
    by: dict[str, Any] = {"organisation_id": of_two.organisation_id, "officer_id": officer_id}
    with transaction(of_two.engine) as session:
        suspensions.suspend_account(session, of_two.now, person_id=person_id, reason="An incident", **by)
    read(of_two, MARK)
    of_two.now += timedelta(hours=1)
    over = {"valid_until": "2025-06-01"}
    assert read(of_two, SUSPENDED | over).of(Fate.SETTLED_HERE) == [1]
    assert read(of_two, MARK | over).of(Fate.AS_BEFORE) == [1]
    read(of_two)
    assert len(of_two.seen(SensitiveMark)) == len(of_two.seen(AccountSuspension)) == 1


def test_who_is_not_there_yet_or_works_elsewhere_is_named_by_the_line(of_two: Importing) -> None:
    with transaction(of_two.engine) as session:
        now = of_two.now
        elsewhere = make_organisation(session, now, "HO")
        (employment,) = current(session, Employment, now, now, person_id=of_two.person("NO-1"))
        theirs = employment.model_dump(exclude={"id", "fact_id", "load_id"})
        end(session, employment, now, now, PROVENANCE)
        session.add(Employment(**theirs | {"organisation_id": elsewhere.id, "valid_from": now}))
    lines = [MARK, MARK | {"source_key": "M2", "person": "P2"}, MARK | {"source_key": "M3", "person": "P3"}]
    outcome = read(of_two, *lines)
    fates = (Fate.ELSEWHERE, Fate.RECORDED, Fate.NOBODY_YET)
    assert [outcome.of(fate) for fate in fates] == [[1], [2], [3]]
    of_two.whole(*person_records("1"), *person_records("2"), *person_records("3"))
    assert read(of_two, *lines).of(Fate.RECORDED) == [3]


def test_no_file_of_records_marks_or_tells_who_is_marked(of_two: Importing) -> None:
    assert of_two.begin(MARK).check(1000).state is ImportState.REFUSED
    read(of_two, MARK, SUSPENDED)
    with open_session(of_two.engine, writes=False) as session:
        place = of_two.organisation_id
        records = b"".join(Export(session, of_two.now, organisation_id=place, with_history=True).lines())
        guarding = b"".join(SafeguardExport(session, of_two.now, place, with_history=True).lines())
    for word in (b"sensitive", b"suspension", b"Threatened", b"An incident"):
        assert word not in records
        assert word in guarding


def test_a_mark_goes_with_who_moves_and_stays_with_who_only_left(of_two: Importing) -> None:
    read(of_two, MARK, MARK | {"source_key": "M2", "person": "P2"})
    of_two.now += timedelta(hours=1)
    now = of_two.now
    with transaction(of_two.engine) as session:
        elsewhere = make_organisation(session, now, "HO").id
        for number in ("NO-1", "NO-2"):
            (one,) = current(session, Employment, now, now, person_id=of_two.person(number))
            theirs = one.model_dump(exclude={"id", "fact_id", "load_id"})
            end(session, one, now, now, PROVENANCE)
            if number == "NO-1":
                session.add(Employment(**theirs | {"organisation_id": elsewhere, "valid_from": now}))

        def told(place: Any) -> int:
            leaving = SafeguardExport(session, now, place)
            list(leaving.lines())
            return leaving.records

        assert (told(of_two.organisation_id), told(elsewhere)) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"person": None}, "person", "missing"),
        ({"valid_from": "soon"}, "valid_from", "day"),
        ({"recorded_at": "2025-05-01T10:00:00Z", "source": "page"}, "recorded_at", "not_yours"),
        ({"continues": "M9"}, "continues", "unknown_reference"),
        ({"source_key": "M2"}, "valid_from", "overlap"),
        ({}, "source_key", "key_twice"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_nothing_is_recorded(
    of_two: Importing, changes: dict[str, Any], field: str, code: str
) -> None:
    line = {name: value for name, value in (MARK | changes).items() if value is not None}
    found = SafeguardImport("s.jsonl", [json_lines(MARK, line)], of_two.now)
    assert (2, field, code) in [(one.line, one.field, one.code) for one in found.problems]
    source = Source(organisation_id=of_two.organisation_id, name="hr")
    with transaction(of_two.engine) as session, pytest.raises(Conflict):
        found.record(session, INITIATOR, organisation_id=of_two.organisation_id, source=source)
