"""What an organisation reaches by a file: its own people, while they work there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.employments.models import ContractType, Employment, Posting
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.imports.records import conflicts, waiting_people
from profiles.imports.records.export import Export
from profiles.imports.records.models import FieldConflict, ImportState, PossibleDuplicate, Settlement
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate, PersonName
from profiles.roles.models import Role
from profiles.temporal import end, known, record
from profiles.temporal import replace as correct
from tests.factories.importing import Importing
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.records import clearance_records, leaver_records, person_records


def leave(importing: Importing, number: str = "NO-1") -> None:
    """Their employment ends; the next import is after it."""
    importing.now += timedelta(hours=1)
    with transaction(importing.engine) as session:
        held = session.exec(
            select(Employment).where(known(Employment, importing.now), col(Employment.number) == number)
        ).one()
        end(session, held, importing.now, importing.now, PROVENANCE)
    importing.now += timedelta(hours=1)


def employ_elsewhere(importing: Importing, number: str = "NO-1") -> Importing:
    """They work for the Home Office too, as HO-1 there."""
    person_id = importing.person(number)
    with transaction(importing.engine) as session:
        home_office = make_organisation(session, importing.now, "HO")
        record(
            session,
            Employment(
                person_id=person_id,
                organisation_id=home_office.id,
                number="HO-1",
                continuous_service_from=importing.now.date(),
                contract_type=ContractType.PERMANENT,
                **PROVENANCE.stamp(importing.now, importing.now),
            ),
        )
    return importing.of(home_office.id)


def test_systems_that_two_organisations_call_the_same_are_two(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    elsewhere = employ_elsewhere(importing)
    born = person_records("1", born_on="1991-01-01")[1] | {"source_key": "X", "person": "HO-1"}
    done = elsewhere.whole(born)
    assert (done.counts["changed"], done.counts["conflicts"]) == (0, 1)
    assert [one.born_on.year for one in elsewhere.seen(BirthDate)] == [1990]


def test_what_two_systems_say_is_not_shown_or_settled_once_somebody_has_left(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    officer = importing.person("NO-2")
    permissions = importing.officer(officer, Role.HR_OFFICER)
    born = person_records("1", born_on="1991-01-01")[1] | {"source_key": "X", "person": "NO-1"}
    importing.whole(born, source="payroll")
    with open_session(importing.engine, writes=False) as session:
        assert len(conflicts.open_conflicts(session, permissions, importing.now)) == 1
    leave(importing)
    with transaction(importing.engine) as session:
        found = session.exec(select(FieldConflict)).one()
        assert conflicts.open_conflicts(session, permissions, importing.now) == []
        with pytest.raises(NotFound):
            conflicts.get_conflict(session, found.id, permissions, importing.now)
        with pytest.raises(NotPermitted, match="does not work for you"):
            conflicts.settle_conflict(
                session, importing.now, found, Settlement.TAKEN, officer, permissions, alone_up_to=1
            )
    assert {one.born_on.year for one in importing.seen(BirthDate)} == {1990}


def test_how_many_disagree_is_not_found_through_all_that_an_organisation_has_recorded(
    importing: Importing,
) -> None:
    """SQLite, which has no statistics, took the wrong index: seconds for each page."""
    if importing.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL counts its rows, and decides by that")
    importing.whole(*person_records("1"), *person_records("2"))
    permissions = importing.officer(importing.person("NO-2"), Role.HR_OFFICER)
    pay = person_records("1", salary_pence=2_900_000)[-1] | {"source_key": "X", "employment": "NO-1"}
    importing.whole(pay, source="payroll")
    asked: list[tuple[str, Any]] = []
    event.listen(importing.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with open_session(importing.engine, writes=False) as session:
        assert conflicts.count_open(session, permissions, importing.now) == 1
        statement, values = asked[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = " ".join(row[3] for row in plan)
    assert "pay_records USING INDEX ix_pay_records_fact_id" in steps
    assert "pay_records USING INDEX ix_pay_records_organisation_id" not in steps


def test_of_two_who_settle_one_at_the_same_instant_one_does(importing: Importing) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    officer = importing.person("NO-2")
    permissions = importing.officer(officer, Role.HR_OFFICER)
    born = person_records("1", born_on="1991-01-01")[1] | {"source_key": "X", "person": "NO-1"}
    importing.whole(born, source="payroll")
    with transaction(importing.engine) as session:
        found = session.exec(select(FieldConflict)).one()
        # Another has settled it after it was read here.
        session.execute(
            update(FieldConflict)
            .values(settled_at=importing.now, settlement=Settlement.KEPT)
            .execution_options(synchronize_session=False)
        )
        with pytest.raises(Conflict, match="meanwhile"):
            conflicts.settle_conflict(
                session, importing.now, found, Settlement.TAKEN, officer, permissions, alone_up_to=1
            )
    assert {one.born_on.year for one in importing.seen(BirthDate)} == {1990}


@pytest.mark.parametrize(
    "guess",
    [
        person_records("1", given_names="Eve")[0],
        person_records("1", born_on="1991-01-01")[1],
        clearance_records("1")[0],
    ],
    ids=["name", "birth_date", "clearance"],
)
def test_a_guess_about_somebody_who_has_left_answers_the_same_whatever_is_so(
    importing: Importing, guess: dict[str, Any]
) -> None:
    importing.whole(*leaver_records("1"))
    running = importing.begin(guess | {"source_key": "X"})
    assert running.check(1000).state is ImportState.REFUSED
    assert "is about somebody who does not work for you" in importing.report(running)


def twin(key: str) -> list[dict[str, Any]]:
    return [
        one | {name: "9" + one[name] for name in ("source_key", "person", "employment") if name in one}
        for one in person_records(key, number="NO-9")
    ]


def test_who_has_left_is_no_candidate_for_a_new_person(importing: Importing) -> None:
    importing.whole(*leaver_records("1"))
    checked = importing.begin(*twin("1")).check(1000)
    assert (checked.counts["waiting"], checked.counts["people"]) == (0, 1)


def test_who_leaves_while_a_question_waits_is_shown_no_more(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    importing.whole(*twin("1"))
    where = {importing.organisation_id}
    with open_session(importing.engine, writes=False) as session:
        [found] = waiting_people.open_duplicates(session, where, importing.now)
    leave(importing)
    with open_session(importing.engine, writes=False) as session:
        assert session.get(PossibleDuplicate, found.id) is not None
        assert waiting_people.open_duplicates(session, where, importing.now) == []
        with pytest.raises(NotFound):
            waiting_people.get_duplicate(session, found.id, where, importing.now)


def exported(importing: Importing) -> list[dict[str, Any]]:
    with open_session(importing.engine, writes=False) as session:
        lines = list(Export(session, importing.now, organisation_id=importing.organisation_id).lines())
    return [json.loads(line) for line in lines[1:]]


def test_an_export_holds_of_who_has_left_what_was_so_then(importing: Importing) -> None:
    importing.whole(*person_records("1"), *clearance_records("1"))
    leave(importing)
    with transaction(importing.engine) as session:
        held = session.exec(select(PersonName)).one()
        correct(session, held, importing.now, PROVENANCE, family_name="Lovelace")
    found = exported(importing)
    assert [one["family_name"] for one in found if one["kind"] == "name"] == ["Byronb"]
    kinds = {one["kind"] for one in found}
    assert {"birth_date", "employment", "posting", "pay"} <= kinds
    assert kinds.isdisjoint({"clearance", "sponsorship"})


def test_an_export_holds_who_had_left_before_they_were_brought_in(importing: Importing) -> None:
    importing.whole(*leaver_records("1"))
    assert sorted(
        one["kind"] for one in exported(importing) if one["kind"] not in {"grade", "source_key"}
    ) == [
        "birth_date",
        "employment",
        "name",
        "pay",
        "posting",
    ]


def test_what_another_source_says_of_an_employment_that_is_recorded_is_said_of_that_one(
    importing: Importing,
) -> None:
    importing.whole(*person_records("1"))
    records = [
        one | ({"person": "NO-1"} if "person" in one else {}) for one in person_records("9", number="NO-1")
    ]
    earlier = {"valid_from": "2023-01-01", "valid_until": "2023-12-31"}
    _, _, employment, posting, pay = records
    importing.whole(employment, posting | earlier, pay, source="payroll")
    with open_session(importing.engine, writes=False) as session:
        (known_as,) = {one.fact_id for one in session.exec(select(Employment))}
        assert {one.employment_id for one in session.exec(select(Posting))} == {known_as}
        assert [one.employment_id for one in session.exec(select(PayRecord))] == [known_as]
