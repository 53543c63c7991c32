"""What migrations make of moves and imported records that are there, on both kinds of database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from profiles.temporal import civil_date
from profiles.transfers.timetable import STANDARD
from tests.architecture.conftest import (
    FAR_AWAY,
    HMRC,
    HOME_OFFICE,
    LAST_WEEK,
    LONG_AGO,
    OFFICER,
    PAST,
    SOURCE,
    TEAM,
    Before,
)


def test_the_key_of_the_person_is_known_where_the_source_has_one_only(before: Before) -> None:
    load = before.load()
    before.add("sources", id=SOURCE, organisation_id=HMRC, name="x")
    one, two = before.person(), before.person()
    records = (
        (one, "person", "P1"),
        (one, "post", "A"),
        (two, "person", "P2"),
        (two, "person", "P3"),
        (two, "post", "B"),
        (None, "office", "C"),
    )
    with before.engine.begin() as connection:
        for person_id, kind, key in records:
            connection.execute(
                text(
                    "INSERT INTO source_records"
                    " (source_id, kind, source_key, fact_id, person_id, content_hash, load_id)"
                    " VALUES (:source, :kind, :key, :fact, :person, :hash, :load)"
                ),
                {
                    "source": SOURCE,
                    "kind": kind,
                    "key": key,
                    "fact": uuid4().hex,
                    "person": person_id,
                    "hash": b"x",
                    "load": load,
                },
            )
    before.to("0066")
    found = before.rows("SELECT source_key, person_key FROM source_records")
    assert dict(map(tuple, found)) == {
        "P1": "P1",
        "A": "P1",
        "P2": "P2",
        "P3": "P3",
        "B": None,
        "C": None,
    }


def test_the_line_manager_is_asked_about_the_first_day_where_nobody_approved_yet(before: Before) -> None:
    asked, held, approved, over = (
        before.move(state) for state in ("in_progress", "on_hold", "in_progress", "scheduled")
    )
    before.add(
        "transfer_approvals", transfer_id=approved, side="importing", officer_id=OFFICER, approved_at=LONG_AGO
    )
    before.to("0067")
    found = before.rows(
        "SELECT transfer_id, side, outcome, done_at IS NULL, due_on FROM transfer_tasks"
        " WHERE kind = 'first_day'"
    )
    last_day = (FAR_AWAY - timedelta(days=3)).isoformat()
    tasks = {UUID(str(one)).hex: (side, said, bool(waits), str(due)) for one, side, said, waits, due in found}
    assert tasks == {
        asked: ("importing", "", True, last_day),
        held: ("importing", "", True, last_day),
        approved: ("importing", "Not asked.", False, last_day),
        over: ("importing", "Not asked.", False, last_day),
    }
    before.move(bpss_checked_on=None)


def test_moves_without_a_check_count_as_checked_on_the_day_of_the_offer_when_it_is_taken_back(
    before: Before,
) -> None:
    before.to("0067")
    unchecked = before.move(bpss_checked_on=None)
    before.back_to("0066")
    assert before.one("SELECT bpss_checked_on FROM transfers WHERE id = :id", id=unchecked) == "2020-01-01"
    assert before.rows("SELECT id FROM transfer_tasks WHERE kind = 'first_day'") == []


def due_on(before: Before, transfer_id: str, kind: str) -> date:
    query = "SELECT due_on FROM transfer_tasks WHERE transfer_id = :id AND kind = :kind"
    return date.fromisoformat(str(before.one(query, id=transfer_id, kind=kind)))


def test_payroll_has_until_the_cut_off_and_is_late_with_nothing(before: Before) -> None:
    ahead, paid = before.move("scheduled"), before.move("reconciling", PAST)
    for one in (ahead, paid):
        before.task(one, "first_pay", PAST)
    before.to("0068")
    today = civil_date(datetime.now(UTC))
    assert due_on(before, ahead, "payroll_details") == STANDARD.cut_off(FAR_AWAY)
    assert due_on(before, ahead, "first_pay") == date(2999, 4, 30)
    assert due_on(before, paid, "payroll_details") == STANDARD.cut_off(today)
    assert due_on(before, paid, "first_pay") > due_on(before, paid, "payroll_details") >= today


def test_the_policy_date_counts_anew_where_nobody_was_reminded(before: Before) -> None:
    asked, held, agreed = (before.move(state) for state in ("in_progress", "on_hold", "scheduled"))
    before.to("0069")
    offered = {
        one: before.one("SELECT dates_offered_on FROM transfers WHERE id = :id", id=one)
        for one in (asked, held, agreed)
    }
    today = civil_date(datetime.now(UTC)).isoformat()
    assert offered == {asked: today, held: today, agreed: "2020-01-01"}


def required_level(before: Before, transfer_id: str) -> str | None:
    before.to("0071")
    return before.one("SELECT required_level FROM transfers WHERE id = :id", id=transfer_id)


def test_a_move_needs_what_was_released_or_may_be(before: Before) -> None:
    found: dict[str, str | None] = {}
    for released, done_at, level in ((True, LONG_AGO, "SC"), (False, None, "SC"), (False, LONG_AGO, None)):
        person_id = before.person()
        transfer_id = before.move(person_id=person_id, clearance_released=released)
        before.task(transfer_id, "clearance", done_at=done_at)
        before.clearance(person_id, "SC")
        found[transfer_id] = level
    assert {one: required_level(before, one) for one in found} == found


def test_of_several_it_needs_the_highest(before: Before) -> None:
    found: dict[str, str] = {}
    for *lower, highest in (
        ("BPSS", "CTC"),
        ("CTC", "SC"),
        ("SC", "eSC"),
        ("eSC", "DV"),
        ("DV", "eDV"),
        ("AC", "BPSS"),
        ("AC",),
    ):
        person_id = before.person()
        found[before.move(person_id=person_id, clearance_released=True)] = highest
        for level in (*lower, highest):
            before.clearance(person_id, level, sponsor=TEAM)
    assert {one: required_level(before, one) for one in found} == found


def test_what_the_old_department_cannot_release_is_not_needed(before: Before) -> None:
    unpublished = before.load()
    cannot: dict[str, dict[str, Any]] = {}
    for other in (
        {"sponsor": HOME_OFFICE},
        {"kind": "shared"},
        {"valid_to": LAST_WEEK},
        {"valid_from": "2999-01-01 00:00:00.000000"},
        {"superseded_at": LAST_WEEK},
        {"load_id": unpublished},
        {"status": "withdrawn"},
        {"expires_on": "2020-01-01"},
    ):
        person_id = before.person()
        cannot[before.move(person_id=person_id, clearance_released=True)] = other
        before.clearance(person_id, "SC")
        before.clearance(person_id, "DV", **other)
    assert [other for one, other in cannot.items() if required_level(before, one) != "SC"] == []


def test_after_the_last_day_it_is_what_went_along(before: Before) -> None:
    person_id = before.person()
    transfer_id = before.move("left", PAST, person_id=person_id, clearance_released=True)
    before.clearance(person_id, "SC", expires_on="2999-01-01")
    with before.engine.begin() as connection:
        connection.execute(text("UPDATE sponsorships SET valid_to = '2020-03-13 23:00:00.000000'"))
    assert required_level(before, transfer_id) == "SC"


def test_who_took_over_from_whom_is_kept_with_when_and_by_whom_it_was_recorded(before: Before) -> None:
    before.to("0083")
    by_hand, by_move = (UUID(int=(1_700_000_000_000 << 80) + number).hex for number in (1, 2))
    common = {"successor_id": HOME_OFFICE, "since": LAST_WEEK}
    before.add("organisation_successions", id=by_hand, predecessor_id=TEAM, **common)
    before.add("organisation_successions", id=by_move, predecessor_id=HMRC, **common)
    before.add(
        "bulk_moves",
        exporting_organisation_id=HMRC,
        importing_organisation_id=HOME_OFFICE,
        state="completed",
        by_list=False,
        include_subtree=True,
        profession="",
        start_date="2020-01-08",
        starts_at=LAST_WEEK,
        ends_exporter=True,
        addresses_go_along=True,
        prepared_by=OFFICER,
        confirmed_by=OFFICER,
        created_at=LONG_AGO,
        exporter_ended_at=LAST_WEEK,
        version=1,
    )
    before.to("0084")
    found = before.rows(
        "SELECT id, valid_from, recorded_at, recorded_by, source FROM organisation_successions"
        " WHERE fact_id = id AND superseded_at IS NULL AND valid_to IS NULL ORDER BY id"
    )
    said = [
        (str(since)[:10], str(at)[:16], by and UUID(str(by)).hex, source.split(":")[0])
        for _id, since, at, by, source in found
    ]
    assert [UUID(str(one[0])).hex for one in found] == [by_hand, by_move]
    assert said == [
        ("2020-01-08", "2023-11-14 22:13", None, "command"),
        ("2020-01-08", "2023-11-14 22:13", OFFICER, "bulk-move"),
    ]
    before.back_to("0083")
    kept = before.rows("SELECT id, since FROM organisation_successions ORDER BY id")
    assert [(UUID(str(one)).hex, str(since)[:10]) for one, since in kept] == [
        (by_hand, "2020-01-08"),
        (by_move, "2020-01-08"),
    ]


def test_bulk_moves_that_were_there_take_none_back(before: Before) -> None:
    before.to("0109")
    before.add(
        "bulk_moves",
        exporting_organisation_id=HMRC,
        importing_organisation_id=HOME_OFFICE,
        state="completed",
        regime="civil_service",
        by_list=False,
        include_subtree=True,
        profession="",
        start_date="2020-01-08",
        starts_at=LAST_WEEK,
        ends_exporter=False,
        addresses_go_along=True,
        providers_go_along=False,
        prepared_by=OFFICER,
        created_at=LONG_AGO,
        version=1,
    )
    before.to("0108")
    assert before.rows("SELECT state, reverses_id FROM bulk_moves") == [("completed", None)]
    before.back_to("0109")
    assert before.rows("SELECT state FROM bulk_moves") == [("completed",)]
