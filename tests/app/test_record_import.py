"""An import from its files to what everybody sees, on both databases."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, func
from sqlmodel import col, select

from app.database import open_session, transaction
from app.record_import import RecordImport
from profiles.audit.models import AuditEntry
from profiles.employments.models import Employment, Posting
from profiles.imports.records import vanished, writing
from profiles.imports.records.models import (
    FieldConflict,
    ImportState,
    PossibleDuplicate,
    SourceRecord,
)
from profiles.loads import Load
from profiles.organisations import service as organisations
from profiles.pay.models import PayRecord
from profiles.people.models import Person, PersonName
from profiles.temporal import as_of
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR
from tests.factories.people import make_employee
from tests.factories.records import leaver_records, person_records


def test_a_person_arrives_with_everything(importing: Importing) -> None:
    one = importing.whole(*person_records("1"))
    assert one.state is ImportState.PUBLISHED
    assert (one.counts["people"], one.counts["added"]) == (1, 5)
    [posting], [employment], [pay] = map(importing.seen, (Posting, Employment, PayRecord))
    assert posting.employment_id == employment.fact_id
    assert posting.person_id == employment.person_id == pay.person_id
    assert (posting.source, posting.reason) == ("import:HMRC:hr", "Imported from hr")


def test_nobody_sees_a_part_of_it(importing: Importing, engine: Engine) -> None:
    running = importing.begin(*person_records("1"))
    running.check(1000)
    importing.approve(running)
    assert importing.seen(Posting) == []
    assert importing.seen(PersonName) == []


def test_the_same_again_changes_nothing(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    again = importing.whole(*person_records("1"))
    assert (again.counts["unchanged"], again.counts["added"], again.counts["people"]) == (5, 0, 0)
    with open_session(engine, writes=False) as session:
        assert session.exec(select(func.count()).select_from(Posting)).one() == 1
        assert session.exec(select(func.count()).select_from(Person)).one() == 1


def test_a_changed_line_supersedes_and_what_was_known_stays_known(
    importing: Importing, engine: Engine
) -> None:
    importing.whole(*person_records("1"))
    before = importing.now
    changed = importing.whole(*person_records("1", job_title="Team leader"))
    assert (changed.counts["changed"], changed.counts["unchanged"]) == (1, 4)
    assert [one.job_title for one in importing.seen(Posting)] == ["Team leader"]
    with open_session(engine, writes=False) as session:
        was = session.exec(select(Posting).where(as_of(Posting, before, before))).all()
    assert [one.job_title for one in was] == ["Caseworker"]
    assert importing.whole(*person_records("1", job_title="Team leader")).counts["unchanged"] == 5


def test_an_award_ends_one_salary_and_begins_another(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    records = person_records("1")
    records[-1]["valid_until"] = "2026-02-28"
    award = records[-1] | {"source_key": "S2", "valid_from": "2026-03-01", "salary_pence": 3_100_000}
    importing.whole(*records, award | {"valid_until": None})
    assert [one.salary_pence for one in importing.seen(PayRecord)] == [3_100_000]


def test_what_vanished_is_reported_and_stays(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    running = importing.begin(*person_records("2"))
    one = running.check(1000)
    assert one.counts["vanished"] == 5
    assert "The posting T1 came earlier and is missing now" in importing.report(running)
    importing.approve(running)
    running.publish(INITIATOR)
    assert len(importing.seen(Posting)) == 2


def test_of_very_many_that_vanished_some_are_named_and_the_others_counted(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vanished, "MOST_NAMED", 2)
    importing.whole(*[one for key in "1234" for one in person_records(key)])
    running = importing.begin(*person_records("4"))
    assert running.check(1000).counts["vanished"] == 15
    told = importing.report(running)
    assert "The posting T2 came earlier" in told
    assert "The posting T3 came earlier" not in told
    assert "1 more of the kind posting came earlier and are missing now" in told


def test_a_record_whose_key_another_continues_has_not_vanished(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    records = person_records("1")
    posting = next(one for one in records if one["kind"] == "posting")
    posting |= {"source_key": "T9", "continues": "T1"}
    assert importing.begin(*records).check(1000).counts["vanished"] == 0


def test_more_access_than_allowed_waits_for_a_second_officer(importing: Importing) -> None:
    running = importing.begin(*[one for key in range(101) for one in person_records(str(key))])
    assert running.check(100).state is ImportState.WAITING


def test_so_does_a_grade_that_comes_to_stand_for_more(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    importing.make_senior_app()
    grade = {"kind": "grade", "source_key": "G", "label": "Officer", "common_grade": "SCS2"}
    checked = importing.begin(grade | {"valid_from": "2010-01-01"}).check(0)
    assert (checked.state, checked.affected) == (ImportState.WAITING, 1)


def test_so_does_the_employment_of_somebody_who_had_left(importing: Importing) -> None:
    importing.whole(*leaver_records("1"))
    employment = next(one for one in person_records("1") if one["kind"] == "employment")
    checked = importing.begin(employment).check(0)
    assert (checked.state, checked.affected) == (ImportState.WAITING, 1)


def test_who_has_left_is_out_of_reach(importing: Importing) -> None:
    importing.whole(*leaver_records("1"))
    running = importing.begin(person_records("1", given_names="Eve")[0])
    assert running.check(1000).state is ImportState.REFUSED
    assert "not_yours" in importing.report(running)
    assert "Eve" not in importing.report(running)


def test_an_import_that_broke_off_goes_on_where_it_ended(
    importing: Importing, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROWS_IN_A_BATCH", 4)
    running = importing.begin(*person_records("1"), *person_records("2"))
    running.check(1000)
    importing.approve(running)
    told: list[int] = []

    def die_at_the_second(step: str, done: int, total: int) -> None:
        told.append(done)
        if step == "writing" and done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RecordImport(
            engine, running.import_id, clock=lambda: importing.now, progress=die_at_the_second
        ).publish(INITIATOR)
    assert importing.seen(Posting) == []
    resumed: list[tuple[str, int]] = []
    again = RecordImport(
        engine,
        running.import_id,
        clock=lambda: importing.now,
        progress=lambda step, done, total: resumed.append((step, done)),
    )
    assert again.publish(INITIATOR).state is ImportState.PUBLISHED
    assert ("writing", 8) in resumed
    assert ("writing", 4) not in resumed
    assert len(importing.seen(Posting)) == 2
    assert importing.whole(*person_records("1"), *person_records("2")).counts["unchanged"] == 10


def test_facts_that_changed_after_the_check_send_it_back(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    running = importing.begin(*person_records("1", job_title="Team leader"))
    running.check(1000)
    importing.approve(running)
    with transaction(engine) as session:
        session.execute(Posting.__table__.update().values(superseded_at=importing.now))  # type: ignore[attr-defined]
    assert running.publish(INITIATOR).state is ImportState.RECEIVED
    assert importing.seen(Posting) == []


def test_what_was_written_is_taken_back_when_publishing_fails(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    running = importing.begin(*person_records("1", job_title="Team leader"), *person_records("2"))
    running.check(1000)
    importing.approve(running)

    def correct_meanwhile(step: str, done: int, total: int) -> None:
        if step == "writing" and done == total:
            with transaction(engine) as session:
                session.execute(
                    Posting.__table__.update()  # type: ignore[attr-defined]
                    .where(col(Posting.superseded_at).is_(None), col(Posting.job_title) == "Caseworker")
                    .values(superseded_at=importing.now)
                )

    interrupted = RecordImport(
        engine, running.import_id, clock=lambda: importing.now, progress=correct_meanwhile
    )
    assert interrupted.publish(INITIATOR).state is ImportState.RECEIVED
    with open_session(engine, writes=False) as session:
        assert len(session.exec(select(Load)).all()) == 1
        assert len(session.exec(select(Person)).all()) == 1
        assert len(session.exec(select(SourceRecord)).all()) == 6


def test_a_source_does_not_overwrite_what_another_recorded(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    payroll = [
        {**one, "source_key": "X" + one["source_key"]} for one in person_records("1") if one["kind"] == "pay"
    ]
    payroll[0] |= {"employment": "NO-1", "salary_pence": 2_900_000}
    one = importing.whole(*payroll, source="payroll")
    assert (one.counts["conflicts"], one.counts["changed"], one.counts["people"]) == (1, 0, 0)
    assert [pay.salary_pence for pay in importing.seen(PayRecord)] == [3_000_000]
    with open_session(engine, writes=False) as session:
        conflict = session.exec(select(FieldConflict)).one()
    assert (conflict.field, conflict.offered, conflict.recorded) == ("salary_pence", 2_900_000, 3_000_000)
    assert importing.whole(*payroll, source="payroll").counts["conflicts"] == 0


def test_the_master_of_a_field_is_taken_at_its_word(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    importing.let_master("pay", "salary_pence", source="payroll")
    payroll = person_records("1")[-1] | {"source_key": "XS1", "employment": "NO-1", "salary_pence": 2_900_000}
    assert importing.whole(payroll, source="payroll").counts["changed"] == 1
    assert [pay.salary_pence for pay in importing.seen(PayRecord)] == [2_900_000]
    one = importing.whole(*person_records("1", salary_pence=3_200_000))
    assert one.counts["conflicts"] == 1
    assert [pay.salary_pence for pay in importing.seen(PayRecord)] == [2_900_000]


def test_somebody_who_may_be_recorded_already_waits(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    twin = [
        one
        | {
            name: one[name].replace("1", "7")
            for name in ("source_key", "person", "employment")
            if name in one
        }
        for one in person_records("1", number="NO-7")
    ]
    one = importing.whole(*twin, *person_records("2"))
    assert (one.counts["waiting"], one.counts["held"], one.counts["people"]) == (1, 5, 1)
    with open_session(engine, writes=False) as session:
        duplicate = session.exec(select(PossibleDuplicate)).one()
    assert (duplicate.source_key, duplicate.reasons) == ("P7", ["name_and_birth_date"])
    assert importing.whole(*twin).counts["waiting"] == 1


def test_one_import_is_one_audit_entry_without_values(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"))
    with open_session(engine, writes=False) as session:
        entries = session.exec(
            select(AuditEntry).where(col(AuditEntry.event).startswith("import.")).order_by(col(AuditEntry.id))
        ).all()
    assert [entry.event for entry in entries] == ["import.received", "import.approved", "import.published"]
    assert "Byron" not in str([entry.details for entry in entries])


def test_an_employment_number_of_somebody_else_waits_too(
    importing: Importing, engine: Engine, now: datetime
) -> None:
    with transaction(engine) as session:
        hmrc = organisations.get(session, importing.organisation_id, now)
        make_employee(session, now, hmrc, "priya.patel")
    one = importing.whole(*person_records("1", number="HMRC-priya.patel"))
    assert (one.counts["waiting"], one.counts["people"]) == (1, 0)
