"""What migrations make of moves and imported records that are there, on both kinds of database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, Row, text

from app.database import create_engine
from app.migrations import configuration
from profiles.temporal import civil_date
from profiles.transfers.timetable import STANDARD
from tests.support.databases import blank_database

LONG_AGO, LAST_WEEK = "2020-01-01 00:00:00.000000", "2020-01-08 00:00:00.000000"
FAR_AWAY, PAST = date(2999, 3, 16), date(2020, 3, 16)
HMRC, TEAM, HOME_OFFICE, OFFICER, SOURCE = (UUID(int=number).hex for number in range(1, 6))


class Before:
    """A database at an older version, to which rows are added as they were written then."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.engine: Engine = create_engine(url)

    def to(self, revision: str) -> None:
        command.upgrade(configuration(self._url), revision)

    def back_to(self, revision: str) -> None:
        command.downgrade(configuration(self._url), revision)

    def add(self, table: str, **values: Any) -> str:
        values = {"id": uuid4().hex} | values
        columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)
        return str(values["id"])

    def rows(self, query: str, **values: Any) -> list[Row[Any]]:
        with self.engine.begin() as connection:
            return list(connection.execute(text(query), values))

    def one(self, query: str, **values: Any) -> str | None:
        """The only value, in words, as the two databases have it in different types."""
        ((found,),) = self.rows(query, **values)
        return None if found is None else str(found)

    def person(self) -> str:
        return self.add("people", created_at=LONG_AGO)

    def load(self) -> str:
        """One that is not published yet."""
        counts = {"rows_total": 1, "rows_done": 0, "started_at": LONG_AGO}
        return self.add("loads", organisation_id=HMRC, kind="x", content_hash="x", **counts)

    def move(self, state: str = "in_progress", start: date = FAR_AWAY, **changes: Any) -> str:
        """Somebody's from HMRC to the Home Office."""
        last_day = start - timedelta(days=3)
        words = ("local_grade", "job_title", "profession", "unit", "location", "employment_number", "way_in")
        values = {
            "person_id": self.person() if "person_id" not in changes else changes["person_id"],
            "employment_id": uuid4().hex,
            "exporting_organisation_id": HMRC,
            "importing_organisation_id": HOME_OFFICE,
            "state": state,
            "in_flight": state != "reconciling",
            "offered_on": "2020-01-01",
            "bpss_checked_on": "2020-01-01",
            "last_day": last_day.isoformat(),
            "start_date": start.isoformat(),
            "leave_at": f"{last_day} 23:00:00.000000",
            "join_at": f"{start} 00:00:00.000000",
            "work_address": "priya@ho.gov.uk",
            "salary_pence": 1,
            "clearance_released": False,
            "prepared_by": OFFICER,
            "created_at": LONG_AGO,
            "version": 1,
        }
        return self.add("transfers", **dict.fromkeys(words, "x") | values | changes)

    def task(self, transfer_id: str, kind: str, due_on: date = FAR_AWAY, done_at: str | None = None) -> None:
        self.add(
            "transfer_tasks",
            transfer_id=transfer_id,
            kind=kind,
            side="exporting",
            due_on=due_on.isoformat(),
            done_at=done_at,
            outcome="",
        )

    def clearance(
        self, person_id: str, level: str, *, sponsor: str = HMRC, kind: str = "primary", **changes: Any
    ) -> None:
        clearance_id = uuid4().hex
        stamp = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}
        common = stamp | {"person_id": person_id}
        held = {"fact_id": clearance_id, "level": level, "status": "active"}
        self.add("clearances", **common | held | changes)
        sponsored = {"clearance_id": clearance_id, "organisation_id": sponsor, "kind": kind}
        self.add("sponsorships", **common | sponsored, fact_id=uuid4().hex)


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest) -> Iterator[Before]:
    """The version before the parts of a move, with a department, its team, and another department."""
    with blank_database(request.param) as url:
        database = Before(url)
        database.to("0065")
        for organisation_id, code in ((HMRC, "HMRC"), (TEAM, "HMRC-T"), (HOME_OFFICE, "HO")):
            database.add("organisations", id=organisation_id, code=code, kind="department")
        database.add(
            "organisation_details",
            fact_id=uuid4().hex,
            organisation_id=TEAM,
            parent_id=HMRC,
            name="Team",
            recorded_at=LONG_AGO,
            valid_from=LONG_AGO,
            source="x",
            reason="x",
        )
        database.add("people", id=OFFICER, created_at=LONG_AGO)
        yield database
        database.engine.dispose()


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


def test_an_import_that_is_there_is_about_those_below_that_employ_whom_it_names_or_whom_it_brought(
    before: Before,
) -> None:
    before.to("0086")
    before.add("sources", id=SOURCE, organisation_id=HMRC, name="x")
    stamp = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}

    def employ(person_id: str, organisation_id: str, **changes: Any) -> str:
        terms = {"number": uuid4().hex, "continuous_service_from": "2020-01-01", "contract_type": "permanent"}
        values = stamp | terms | {"fact_id": uuid4().hex, "organisation_id": organisation_id} | changes
        before.add("employments", person_id=person_id, **values)
        return person_id

    def import_of(people: list[str], state: str = "published", load_id: str = "") -> str:
        numbers = dict.fromkeys(("problems", "affected", "done", "total"), 0)
        words = dict.fromkeys(("content_hash", "decided_reason", "plan_hash", "step"), "x")
        place = {"organisation_id": HMRC, "source_id": SOURCE, "load_id": load_id or uuid4().hex}
        values = {**numbers, **words, **place, "counts": "{}", "changes": "[]", "started_at": LONG_AGO}
        made = before.add("imports", **values, state=state, started_by=OFFICER)
        with before.engine.begin() as connection:
            for one in people:
                connection.execute(
                    text("INSERT INTO import_people (import_id, person_id) VALUES (:made, :one)"),
                    {"made": made, "one": one},
                )
        return made

    in_team, of_both = employ(before.person(), TEAM), employ(employ(before.person(), TEAM), HMRC)
    own, away = employ(before.person(), HMRC), employ(before.person(), HOME_OFFICE)
    corrected = employ(before.person(), TEAM, superseded_at=LAST_WEEK)
    loads = {"organisation_id": HMRC, "kind": "x", "rows_total": 1, "rows_done": 1, "started_at": LONG_AGO}
    brought, named = (before.add("loads", **loads, content_hash=one) for one in ("brought", "named"))
    employ(before.person(), TEAM, load_id=brought)
    name = {"given_names": "Ada", "middle_names": "", "family_name": "Lark", "known_as": ""}
    before.add(
        "person_names",
        **stamp,
        **name,
        search_key="lark",
        fact_id=uuid4().hex,
        person_id=in_team,
        load_id=named,
    )
    about_team = {import_of([], load_id=brought), import_of([], load_id=named)}
    about_team |= {import_of([in_team, own]), import_of([in_team], "waiting")}
    import_of([of_both, own, away, corrected])
    before.to("0087")
    found = before.rows("SELECT import_id, organisation_id FROM import_organisations")
    assert {UUID(str(one)).hex for one, _ in found} == about_team
    assert {UUID(str(place)).hex for _, place in found} == {TEAM}
    states = before.rows("SELECT state, COUNT(*) FROM imports WHERE sent_by = started_by GROUP BY state")
    assert dict(map(tuple, states)) == {"published": 4, "received": 1}
