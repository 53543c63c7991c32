"""What may come in of what was known when, and facts of several lines."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.database import open_session
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.imports.records.export import Export
from profiles.imports.records.models import ImportState
from profiles.pay.models import PayRecord
from profiles.people.models import PersonName
from profiles.temporal import current
from tests.factories.importing import Importing
from tests.factories.records import clearance_records, json_lines, person_records

TOLD = {"recorded_at": "2024-05-01T10:00:00.000001Z", "source": "page:hr"}


def of_old(key: str = "1", **changes: Any) -> list[dict[str, Any]]:
    """Somebody's records, as another service had them since May 2024."""
    return [one | TOLD for one in person_records(key, **changes)]


def misspelt(key: str = "1") -> list[dict[str, Any]]:
    """The same, with a name that was corrected in June."""
    name, *others = of_old(key)
    corrected_at = "2024-06-01T10:00:00Z"
    wrong = name | {"source_key": "N0", "given_names": "Eda", "superseded_at": corrected_at}
    return [wrong, name | {"continues": "N0", "recorded_at": corrected_at}, *others]


def refused(
    importing: Importing, *records: dict[str, Any], with_history: bool = True, source: str = "old-provider"
) -> str:
    running = importing.receive(json_lines(*records), source=source, with_history=with_history)
    assert running.check(1000).state is ImportState.REFUSED
    return importing.report(running)


def test_what_was_known_when_is_not_for_a_file_to_say(importing: Importing) -> None:
    assert ",recorded_at,not_yours," in refused(importing, *of_old(), with_history=False)


def test_with_history_each_record_says_when_it_was_recorded(importing: Importing) -> None:
    assert ",recorded_at,missing," in refused(importing, *of_old("1"), *person_records("2"))


def test_a_name_reads_as_it_was_believed_before_it_was_corrected(importing: Importing, now: datetime) -> None:
    importing.with_history(json_lines(*misspelt()))
    (name,) = importing.seen(PersonName)
    with open_session(importing.engine, writes=False) as session:
        for month, expected in ((4, []), (5, ["Eda"]), (6, ["Ada"])):
            known_at = datetime(2024, month, 15, tzinfo=now.tzinfo)
            found = current(session, PersonName, known_at, known_at, person_id=name.person_id)
            assert [one.given_names for one in found] == expected
    assert (name.source, name.recorded_by) == ("page:hr", None)


def test_the_same_history_again_changes_nothing(importing: Importing) -> None:
    importing.with_history(json_lines(*misspelt()))
    again = importing.with_history(json_lines(*misspelt()))
    assert (again.counts["unchanged"], again.counts["added"], again.counts["vanished"]) == (6, 0, 0)
    importing.whole(*person_records("1"))
    assert len(importing.seen(PersonName)) == 1


@pytest.mark.parametrize(
    "records", [of_old("1", given_names="Grace"), misspelt("1")[1:]], ids=["other", "more"]
)
def test_what_is_recorded_here_has_a_past_of_its_own(
    importing: Importing, records: list[dict[str, Any]]
) -> None:
    importing.with_history(json_lines(*of_old("1")))
    records = [
        one | {"continues": "N1", "source_key": "N7"} if "continues" in one else one for one in records
    ]
    assert ",recorded_already," in refused(importing, *records)


def test_nobody_who_may_be_recorded_here_gets_a_past(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    new = [one | ({"family_name": "Byronb"} if one["kind"] == "name" else {}) for one in of_old("2")]
    assert ",person,recorded_already," in refused(importing, *new)


def test_a_grade_that_is_in_use_gets_no_past(importing: Importing) -> None:
    grade = {"kind": "grade", "source_key": "G1", "label": "Officer", "common_grade": "SCS1"} | TOLD
    past = {"valid_from": "1990-01-01", "valid_until": "1990-12-31"}
    assert ",recorded_already," in refused(importing, grade | past)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"recorded_at": "2199-01-01T00:00:00Z"}, ",recorded_at,in_future,"),
        ({"superseded_at": "2024-05-01T10:00:00Z"}, ",superseded_at,ends_first,"),
        ({"recorded_at": "2024-05-01"}, ",recorded_at,moment,"),
        ({"recorded_at": None}, ",recorded_at,missing,"),
        ({"continues": "N1"}, ",continues,unknown_reference,"),
        ({"continues": "N9"}, ",continues,unknown_reference,"),
        ({"continues": "N2", "source_key": "N3"}, ",continues,other_subject,"),
    ],
)
def test_what_cannot_have_been_is_refused(
    importing: Importing, changes: dict[str, Any], problem: str
) -> None:
    name, *others = of_old("1")
    assert problem in refused(importing, name | changes, *others, *of_old("2"))


def test_two_names_believed_at_once_are_refused(importing: Importing) -> None:
    wrong, right, *others = misspelt()
    assert ",valid_from,overlap," in refused(
        importing, wrong, right | {"recorded_at": "2024-05-31T00:00:00Z"}, *others
    )


def suspended(**changes: Any) -> list[dict[str, Any]]:
    clearance, sponsorship = clearance_records("1", valid_until="2025-05-05T14:07:00Z")
    later = {"source_key": "C1/2", "continues": "C1", "valid_from": "2025-05-05T14:07:00Z"}
    rest = {name: value for name, value in clearance.items() if name != "valid_until"}
    return [clearance, rest | later | {"status": "suspended"} | changes, sponsorship]


def test_the_stretches_of_a_clearance_are_one_fact(importing: Importing) -> None:
    importing.whole(*person_records("1"), *suspended())
    with open_session(importing.engine, writes=False) as session:
        first, second = session.exec(select(Clearance).order_by(Clearance.valid_from)).all()  # type: ignore[arg-type]
        assert first.fact_id == second.fact_id
        assert session.exec(select(Sponsorship)).one().clearance_id == first.fact_id


def test_a_stretch_that_is_sent_again_changes_itself_and_no_other(importing: Importing) -> None:
    importing.whole(*person_records("1"), *suspended())
    changed = importing.whole(*person_records("1"), *suspended(review_due_on="2026-05-05"))
    assert (changed.counts["changed"], changed.counts["vanished"]) == (1, 0)
    (now_held,) = importing.seen(Clearance)
    assert (now_held.status, str(now_held.review_due_on)) == (ClearanceStatus.SUSPENDED, "2026-05-05")
    with open_session(importing.engine, writes=False) as session:
        found = current(
            session,
            Clearance,
            datetime(2025, 1, 1, tzinfo=importing.now.tzinfo),
            importing.now,
            person_id=now_held.person_id,
        )
        assert [(one.status, one.review_due_on) for one in found] == [(ClearanceStatus.ACTIVE, None)]


def test_a_fact_of_several_stretches_is_exported_with_a_key_for_each(importing: Importing) -> None:
    importing.whole(*person_records("1"), *suspended())
    with open_session(importing.engine, writes=False) as session:
        leaving = Export(session, importing.now, organisation_id=importing.organisation_id)
        records = [json.loads(line) for line in leaving.lines()]
    first, second = [one for one in records if one["kind"] == "clearance"]
    assert (second["continues"], "continues" in first) == (first["source_key"], False)
    assert second["source_key"] != first["source_key"]


def test_a_later_file_goes_on_with_a_fact_of_an_earlier_one(importing: Importing) -> None:
    importing.whole(*person_records("1"))
    pay = person_records("1")[-1]
    ended = pay | {"valid_until": "2025-03-31"}
    risen = pay | {"source_key": "S1/2", "continues": "S1", "valid_from": "2025-04-01", "salary_pence": 1}
    importing.whole(ended, risen)
    with open_session(importing.engine, writes=False) as session:
        assert len({one.fact_id for one in session.exec(select(PayRecord))}) == 1
    foreign = risen | {"source_key": "S2/2", "employment": "E2"}
    importing.now += timedelta(hours=1)
    assert ",other_subject," in refused(
        importing, *person_records("2")[:3], foreign, with_history=False, source="hr"
    )
