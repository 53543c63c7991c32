"""A provider is replaced: the files of the organisation's systems go on elsewhere where they were."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, delete, select

from app.database import create_engine, open_session, transaction
from app.record_import import RecordImport
from profiles.employments.models import Posting
from profiles.imports.records import service
from profiles.imports.records.export import Export
from profiles.imports.records.models import ImportState, Source, SourceRecord
from profiles.organisations.models import LocalGrade
from profiles.pay.models import PayRecord
from profiles.people.models import Person
from profiles.temporal import known, supersede
from profiles.temporal import replace as correct
from tests.app.imports.test_reach import employ_elsewhere, leave
from tests.factories.exports import KEY, PROVIDER, without_ids
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.records import clearance_records, person_records
from tests.support.databases import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)
GRADE = {
    "kind": "grade",
    "source_key": "G",
    "valid_from": "2000-01-01",
    "label": "Officer",
    "common_grade": "EO",
}
SENT = [GRADE | {"common_grade": "EO"}, *person_records("1"), *clearance_records("1")]


@pytest.fixture
def new_provider(importing: Importing) -> Iterator[Importing]:
    """A database of another provider, in which nothing is recorded but HMRC."""
    with fresh_database("sqlite") as url:
        engine = create_engine(url)
        with transaction(engine) as session:
            hmrc = make_organisation(session, importing.now, "HMRC").id
            session.exec(delete(LocalGrade))
        with transaction(importing.engine) as session:
            session.exec(delete(LocalGrade))
        yield Importing(engine, importing.now, hmrc)
        engine.dispose()


def exported(importing: Importing, *, with_history: bool = False, number: str | None = None) -> bytes:
    """An organisation's records, or those of the person with a number."""
    which: dict[str, Any] = {"organisation_id": importing.organisation_id}
    if number is not None:
        which = {"person_id": importing.person(number)}
    with open_session(importing.engine, writes=False) as session:
        return b"".join(Export(session, importing.now, with_history=with_history, **which).lines())


def hand_over(old: Importing, new: Importing, *, with_history: bool, number: str | None = None) -> None:
    """Let the new provider import what the old one exports."""
    new.now = old.now
    content = exported(old, with_history=with_history, number=number)
    new.publish(new.receive(content, source=PROVIDER, with_history=with_history))


def counts(importing: Importing, *records: dict[str, Any], source: str = "hr") -> dict[str, int]:
    """What a file would change."""
    running = importing.begin(*records, source=source)
    checked = running.check(1000)
    assert not checked.problems, importing.report(running)
    with transaction(importing.engine) as session:
        service.withdraw(session, importing.now, service.get(session, running.import_id), INITIATOR)
    told = ("unchanged", "changed", "added", "people", "conflicts", "waiting", "vanished")
    return {name: checked.counts[name] for name in told if checked.counts[name]}


def keys_in(content: bytes) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, content.splitlines()) if line["kind"] == KEY]


def raised() -> list[dict[str, Any]]:
    return [one | {"salary_pence": 3_300_000} if one["kind"] == "pay" else one for one in SENT]


@pytest.mark.parametrize("with_history", [False, True], ids=["now", "history"])
@pytest.mark.parametrize("number", [None, "NO-1"], ids=["organisation", "person"])
def test_the_next_file_of_a_system_changes_nothing_where_nothing_changed(
    importing: Importing, new_provider: Importing, *, with_history: bool, number: str | None
) -> None:
    importing.whole(*SENT)
    hand_over(importing, new_provider, with_history=with_history, number=number)
    assert counts(new_provider, *SENT) == {"unchanged": len(SENT)}
    left, other = (
        exported(one, with_history=with_history, number=number) for one in (importing, new_provider)
    )
    assert without_ids(left) == without_ids(other)


@pytest.mark.parametrize("with_history", [False, True], ids=["now", "history"])
def test_a_line_that_changed_corrects_the_record(
    importing: Importing, new_provider: Importing, *, with_history: bool
) -> None:
    importing.whole(*SENT)
    hand_over(importing, new_provider, with_history=with_history)
    assert counts(new_provider, *raised()) == {"unchanged": len(SENT) - 1, "changed": 1}


@pytest.mark.parametrize("with_history", [False, True], ids=["now", "history"])
def test_what_an_officer_corrected_is_still_disputed_with_the_system(
    importing: Importing, new_provider: Importing, *, with_history: bool
) -> None:
    importing.whole(*SENT)
    importing.now += HOUR
    with transaction(importing.engine) as session:
        correct(session, _one(session, PayRecord, importing), importing.now, PROVENANCE, salary_pence=9)
    hand_over(importing, new_provider, with_history=with_history)
    assert counts(new_provider, *SENT) == {"unchanged": len(SENT)}
    assert counts(new_provider, *raised()) == {"unchanged": len(SENT) - 1, "conflicts": 1}


@pytest.mark.parametrize("with_history", [False, True], ids=["now", "history"])
def test_what_an_officer_took_back_does_not_come_again(
    importing: Importing, new_provider: Importing, *, with_history: bool
) -> None:
    importing.whole(*SENT)
    importing.now += HOUR
    with transaction(importing.engine) as session:
        supersede(session, _one(session, Posting, importing), importing.now, None)
    hand_over(importing, new_provider, with_history=with_history)
    assert counts(new_provider, *SENT) == {"unchanged": len(SENT)}
    assert new_provider.seen(Posting) == []


def test_what_of_a_leaver_stayed_behind_is_not_refused_in_the_next_file(
    importing: Importing, new_provider: Importing
) -> None:
    """Their clearance is no business of the employer's any more, whose system still sends it."""
    importing.whole(*SENT)
    leave(importing)
    hand_over(importing, new_provider, with_history=False)
    assert counts(new_provider, *SENT) == {"unchanged": len(SENT)}
    changed = [one | {"level": "DV"} if one["kind"] == "clearance" else one for one in SENT]
    running = new_provider.begin(*changed)
    assert running.check(1000).state is ImportState.REFUSED


def test_the_provider_may_hand_over_a_second_time_what_changed_meanwhile(
    importing: Importing, new_provider: Importing
) -> None:
    importing.whole(*SENT)
    hand_over(importing, new_provider, with_history=False)
    importing.whole(*raised())
    hand_over(importing, new_provider, with_history=False)
    assert [one.salary_pence for one in new_provider.seen(PayRecord)] == [3_300_000]
    assert counts(new_provider, *SENT) == {"unchanged": len(SENT)}


def test_an_organisation_gets_the_keys_of_its_own_systems_alone(importing: Importing) -> None:
    importing.whole(*SENT)
    elsewhere = employ_elsewhere(importing)
    phone = {"kind": "phone", "source_key": "1", "person": "HO-1", "valid_from": "2026-01-01"}
    elsewhere.whole(phone | {"number": "+442079460123"}, source="personnel")
    ours, theirs = (exported(one) for one in (importing, elsewhere))
    assert {(one["organisation"], one["source"]) for one in keys_in(ours)} == {("HMRC", "hr")}
    assert {(one["organisation"], one["source"]) for one in keys_in(theirs)} == {("HO", "personnel")}
    assert b"import:HMRC" not in theirs
    everything = keys_in(exported(importing, number="NO-1"))
    assert {one["organisation"] for one in everything} == {"HMRC", "HO"}


def test_keys_of_somebody_who_waits_for_an_answer_wait_with_them(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    key = {"kind": KEY, "organisation": "HMRC", "source": "payroll", "person_key": "7"}
    keys = [key | {"of": "person", "source_key": "7", "record": "P7"}]
    keys += [key | {"of": "pay", "source_key": "7-1", "record": "S7"}]
    twin = [one | {"family_name": "Byronb"} if one["kind"] == "name" else one for one in person_records("7")]
    published = importing.whole(*twin, *keys, source=PROVIDER)
    assert (published.counts["waiting"], published.counts["keys"]) == (1, 0)
    with open_session(importing.engine, writes=False) as session:
        assert session.exec(select(Source).where(col(Source.name) == "payroll")).first() is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"organisation": "HO"}, ",organisation,not_yours,"),
        ({"source": PROVIDER}, ",source,own_key,"),
        ({"record": "S9"}, ",record,unknown_reference,"),
        ({"record": None, "person": "P9"}, ",person,unknown_reference,"),
        ({"of": "person", "record": None}, ",record,missing,"),
        ({"of": "salary"}, ",of,not_one_of,"),
        ({"content_hash": "abc"}, ",content_hash,pattern,"),
        ({"source": "Payroll"}, ",source,pattern,"),
    ],
)
def test_a_key_of_nothing_or_of_others_is_refused(
    importing: Importing, changes: dict[str, Any], problem: str
) -> None:
    key = {"kind": KEY, "of": "pay", "source_key": "7", "record": "S1", "organisation": "HMRC"}
    refused = importing.begin(*person_records("1"), key | {"source": "payroll"} | changes, source=PROVIDER)
    assert refused.check(1000).state is ImportState.REFUSED
    assert problem in importing.report(refused)


def test_one_key_is_not_of_two_records(importing: Importing) -> None:
    key = {"kind": KEY, "of": "pay", "source_key": "7", "organisation": "HMRC", "source": "payroll"}
    records = [*person_records("1"), *person_records("2")]
    keys = [key | {"record": one} for one in ("S1", "S2")]
    twice = importing.begin(*records, *keys, source=PROVIDER)
    assert twice.check(1000).state is ImportState.REFUSED
    assert ",source_key,key_twice," in importing.report(twice)
    importing.whole(*records, keys[0], source=PROVIDER)
    renamed = importing.begin(*records, keys[1], source=PROVIDER)
    assert renamed.check(1000).state is ImportState.REFUSED
    assert ",source_key,other_subject," in importing.report(renamed)
    assert importing.whole(*records, keys[0], source=PROVIDER).counts["keys"] == 0


def test_a_file_passes_on_the_word_of_the_organisations_systems_alone(importing: Importing) -> None:
    for label in ("import:HO:hr", "import:organogram"):
        refused = importing.begin(*(one | {"source": label} for one in person_records("1")))
        assert refused.check(1000).state is ImportState.REFUSED
        assert ",source,not_yours," in importing.report(refused)


def test_an_import_that_is_taken_back_leaves_those_who_were_there(importing: Importing) -> None:
    """What another system calls somebody who is recorded does not make them somebody whom it brought."""
    importing.whole(*person_records("1"))
    importing.let_master("pay", source=PROVIDER)
    pay = person_records("1")[-1] | {"source_key": "S9", "employment": "NO-1", "salary_pence": 3_300_000}
    key = {"kind": KEY, "of": "person", "organisation": "HMRC", "source": "payroll"}
    keys = [key | {"source_key": "8", "record": "NO-1"}, key | {"source_key": "9", "record": "P2"}]
    address = {"kind": "phone", "source_key": "F1", "person": "NO-1", "number": "+442079460123"}
    records = [pay, address | {"valid_from": "2024-04-01"}, *person_records("2"), *keys]
    running = importing.begin(*records, source=PROVIDER)
    running.check(1000)
    importing.approve(running)

    def correct_meanwhile(step: str, done: int, total: int) -> None:
        if step == "writing" and done == total:
            with transaction(importing.engine) as session:
                correct(session, _one(session, PayRecord, importing), importing.now, PROVENANCE, scale="G7")

    interrupted = RecordImport(
        importing.engine, running.import_id, clock=lambda: importing.now + HOUR, progress=correct_meanwhile
    )
    assert interrupted.publish(INITIATOR).state is ImportState.RECEIVED
    assert importing.person("NO-1")
    with open_session(importing.engine, writes=False) as session:
        assert len(session.exec(select(Person)).all()) == 1
        sources = select(Source.name).where(col(Source.id).in_(select(col(SourceRecord.source_id))))
        assert session.exec(sources.distinct()).all() == ["hr"]


def _one(session: Session, model: Any, importing: Importing) -> Any:
    return session.exec(select(model).where(known(model, importing.now))).one()
