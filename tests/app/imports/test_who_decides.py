"""Nobody decides alone, or at all, on a file in which something of their own record stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.database import open_session, transaction
from profiles.errors import NotPermitted
from profiles.imports.records import service, waiting_people
from profiles.imports.records.models import ImportPerson, ImportState, PossibleDuplicate
from profiles.organisations import service as organisations
from profiles.roles.models import Role
from profiles.roles.service import Permissions, assign
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.records import person_records


def hr_officer(importing: Importing, key: str) -> tuple[UUID, Permissions]:
    person_id = importing.person(f"NO-{key}")
    return person_id, importing.officer(person_id, Role.HR_OFFICER)


def leave_record(key: str) -> dict[str, Any]:
    return {
        "kind": "leave",
        "source_key": f"V{key}",
        "employment": f"E{key}",
        "valid_from": "2025-04-01",
        "leave_year_from": "2025-04-01",
        "entitlement_hundredths": 3000,
    }


@pytest.mark.parametrize(
    "records",
    [
        person_records("1", salary_pence=9_900_000),
        person_records("1", given_names="Grace"),
        [leave_record("1")],
    ],
    ids=["pay", "name", "leave"],
)
def test_whatever_stands_of_whoever_sends_it_waits_for_a_colleague(
    importing: Importing, records: list[dict[str, Any]]
) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    sender, of_sender = hr_officer(importing, "1")
    colleague, of_colleague = hr_officer(importing, "2")
    running = importing.begin(*records, by=sender)
    assert running.check(1000).state is ImportState.WAITING
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        with pytest.raises(NotPermitted):
            service.check_may_publish(session, one, sender, of_sender)
        service.check_may_publish(session, one, colleague, of_colleague)


def test_nobody_approves_what_stands_there_of_themselves(importing: Importing) -> None:
    importing.whole(*(one for key in "123" for one in person_records(key)))
    sender, _ = hr_officer(importing, "1")
    colleague, of_colleague = hr_officer(importing, "2")
    other, of_other = hr_officer(importing, "3")
    records = [one for key in "12" for one in person_records(key, salary_pence=9_900_000)]
    running = importing.begin(*records, by=sender)
    running.check(1000)
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        for check in (service.check_may_publish, service.check_may_withdraw):
            with pytest.raises(NotPermitted, match="your own record"):
                check(session, one, colleague, of_colleague)
        service.check_may_publish(session, one, other, of_other)


def test_neither_where_no_second_officer_is_needed(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    sender, of_sender = hr_officer(importing, "1")
    colleague, of_colleague = hr_officer(importing, "2")
    running = importing.begin(*person_records("2", salary_pence=9_900_000), by=sender)
    assert running.check(1000).state is ImportState.READY
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        with pytest.raises(NotPermitted):
            service.check_may_publish(session, one, colleague, of_colleague)
        service.check_may_publish(session, one, sender, of_sender)


def test_who_holds_a_grade_does_not_decide_what_it_stands_for(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    officer, of_officer = hr_officer(importing, "1")
    importing.let_master("grade")
    grade = {"kind": "grade", "source_key": "G", "label": "Officer", "common_grade": "HEO"}
    running = importing.begin(grade | {"valid_from": "2010-01-01"})
    running.check(1000)
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, running.import_id)
        with pytest.raises(NotPermitted):
            service.check_may_publish(session, one, officer, of_officer)


def test_what_stays_as_it_is_touches_nobody(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    sender, _ = hr_officer(importing, "1")
    assert importing.begin(*person_records("1"), by=sender).check(1000).state is ImportState.READY


def test_who_is_touched_is_forgotten_in_the_end(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    running = importing.begin(*person_records("1", job_title="Team leader"))
    running.check(1000)
    with open_session(importing.engine, writes=False) as session:
        assert [one.person_id for one in session.exec(select(ImportPerson))] == [importing.person()]
    importing.approve(running)
    running.publish(INITIATOR)
    with open_session(importing.engine, writes=False) as session:
        assert session.exec(select(ImportPerson)).all() == []


@pytest.mark.parametrize("is_same", [True, False])
def test_who_sent_a_file_stays_who_sent_it_when_a_colleague_says_who_is_who(
    importing: Importing, is_same: bool
) -> None:
    importing.whole(*(one for key in "123" for one in person_records(key)))
    sender, _ = hr_officer(importing, "1")
    colleague, of_colleague = hr_officer(importing, "2")
    twin = [
        one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
        for one in person_records("3", number="NO-9")
        if not is_same or one["kind"] in ("name", "birth_date")
    ]
    running = importing.begin(*twin, *person_records("1", salary_pence=9_900_000), by=sender)
    running.check(1000)
    importing.approve(running)
    running.publish(INITIATOR)
    with transaction(importing.engine) as session:
        waits = session.exec(select(PossibleDuplicate)).one()
        again = waiting_people.settle_duplicate(
            session, importing.now, waits, of_colleague, is_same=is_same, officer_id=colleague
        )
    assert again is not None
    with open_session(importing.engine, writes=False) as session:
        one = service.get(session, again)
        assert one.started_by == sender


@pytest.mark.parametrize("include_subtree", [False, True], ids=["alone", "with what is below"])
def test_an_officer_imports_for_those_below_only_where_their_role_reaches(
    importing: Importing, *, include_subtree: bool
) -> None:
    importing.whole(*person_records("1"))
    sender = importing.person("NO-1")
    with transaction(importing.engine) as session:
        hmrc = organisations.get(session, importing.organisation_id, importing.now)
        make_organisation(session, importing.now, "VOA", parent=hmrc)
        assign(
            session,
            importing.now,
            PROVENANCE,
            INITIATOR,
            person_id=sender,
            role=Role.HR_OFFICER,
            organisation_id=hmrc.id,
            include_subtree=include_subtree,
            valid_from=LONG_AGO,
        )
    grade = {"kind": "grade", "source_key": "G", "organisation": "VOA", "valid_from": "2000-01-01"}
    key = {"kind": "source_key", "of": "grade", "organisation": "VOA", "source": "hr", "source_key": "1"}
    records = [grade | {"label": "Valuer", "common_grade": "EO"}, key | {"record": "G"}]
    running = importing.begin(*records, source="other", by=sender)
    refused = running.check(1000).state is ImportState.REFUSED
    assert refused is not include_subtree
    assert importing.report(running).count(",organisation,not_yours,") == (0 if include_subtree else 2)
