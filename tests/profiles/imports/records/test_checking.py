"""What only all records together, and what is recorded, can tell against a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from profiles.imports.records import checking
from profiles.imports.records.models import Source
from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import read
from profiles.imports.records.workbook import Workbook
from tests.factories.organisations import make_organisation
from tests.factories.records import json_lines, person_records


@pytest.fixture
def problems(session: Session, now: datetime) -> Any:
    hmrc = make_organisation(session, now, "HMRC")
    make_organisation(session, now, "VOA", parent=hmrc)
    make_organisation(session, now, "HO")
    place = checking.place_of(session, hmrc.id, Source(organisation_id=hmrc.id, name="hr"), now)

    def found(*records: Mapping[str, Any]) -> list[Problem]:
        with Workbook("HMRC") as workbook:
            for _ in workbook.add("r.jsonl", read("r.jsonl", [json_lines(*records)])):
                pass
            checking.check(session, workbook, place, now)
            return list(workbook.listed())

    return found


def codes(found: list[Problem]) -> list[tuple[int, str, str]]:
    return [(one.line, one.field, one.code) for one in found]


def managed(*pairs: tuple[str, str, str]) -> list[dict[str, Any]]:
    """People by key, each with a manager by key since a day."""
    records = []
    for key, manager, since in pairs:
        records += [
            one | ({"line_manager": f"P{manager}", "valid_from": since} if one["kind"] == "posting" else {})
            for one in person_records(key)
        ]
    return records


def test_a_good_file_has_no_problems(problems: Any) -> None:
    assert problems(*person_records("1"), *person_records("2")) == []


def test_a_key_is_used_once_within_its_kind(problems: Any) -> None:
    again = person_records("1")[0] | {"valid_from": "2010-01-01", "valid_until": "2011-01-01"}
    assert codes(problems(*person_records("1"), again)) == [(6, "source_key", "key_twice")]


def test_who_is_named_must_be_there(problems: Any) -> None:
    records = person_records("1")
    assert codes(problems(*records[1:])) == [
        (1, "person", "unknown_reference"),
        (2, "person", "unknown_reference"),
    ]
    assert codes(problems(records[3])) == [(1, "employment", "unknown_reference")]


def test_two_cannot_be_so_at_the_same_time(problems: Any) -> None:
    second = person_records("1")[-1] | {"source_key": "S2", "valid_from": "2025-01-01"}
    assert codes(problems(*person_records("1"), second)) == [(6, "valid_from", "overlap")]


def test_one_long_record_overlaps_a_later_one_past_a_short_one(problems: Any) -> None:
    pay = person_records("1")[-1]
    short = pay | {"source_key": "S2", "valid_from": "2020-01-01", "valid_until": "2020-12-31"}
    long = pay | {"source_key": "S0", "valid_from": "2019-01-01", "valid_until": "2024-12-31"}
    found = codes(problems(*person_records("1"), long, short))
    assert {code for _, _, code in found} == {"overlap"}
    assert [line for line, _, _ in found] == [5, 7]


def test_only_ones_own_organisations_may_be_written_about(problems: Any) -> None:
    assert problems(*person_records("1"), *_office("VOA")) == []
    assert codes(problems(*_office("HO"))) == [(1, "organisation", "not_yours")]


def test_an_address_of_somebody_elses_domain_is_refused(problems: Any) -> None:
    address = {"kind": "address", "source_key": "A1", "person": "P1", "valid_from": "2024-01-01"}
    ours, theirs = address | {"address": "ada@hmrc.gov.uk"}, address | {"address": "ada@ho.gov.uk"}
    assert problems(*person_records("1"), ours) == []
    assert codes(problems(*person_records("1"), theirs)) == [(6, "address", "not_yours")]


def test_unknown_grades_are_listed_once_each_with_how_often_they_are_used(problems: Any) -> None:
    records = [one for key in "123" for one in person_records(key, local_grade="Wizard")]
    [found] = problems(*records, *person_records("4"))
    assert (found.line, found.code) == (4, "unknown_grade")
    assert "'Wizard' of HMRC" in found.message
    assert "(3 postings have it)" in found.message


def test_a_department_brings_its_mapping_along(problems: Any) -> None:
    grade = {
        "kind": "grade",
        "source_key": "G1",
        "valid_from": "2000-01-01",
        "label": "Wizard",
        "common_grade": "SEO",
    }
    assert problems(grade, *person_records("1", local_grade="Wizard")) == []


@pytest.mark.parametrize(
    ("pairs", "circles"),
    [
        ([("1", "1", "2024-04-01")], 1),
        ([("1", "2", "2024-04-01"), ("2", "1", "2024-04-01")], 1),
        ([("1", "2", "2024-04-01"), ("2", "3", "2024-04-01"), ("3", "2", "2024-04-01")], 1),
        ([("1", "2", "2024-04-01"), ("2", "3", "2024-04-01"), ("3", "4", "2024-04-01")], 0),
    ],
)
def test_circles_of_managers_are_refused(
    problems: Any, pairs: list[tuple[str, str, str]], circles: int
) -> None:
    missing = {manager for _, manager, _ in pairs} - {key for key, _, _ in pairs}
    others = [one for key in sorted(missing) for one in person_records(key)]
    assert [one.code for one in problems(*managed(*pairs), *others)] == ["circle"] * circles


def test_two_who_managed_each_other_at_different_times_are_no_circle(problems: Any) -> None:
    records = managed(("1", "2", "2024-04-01"), ("2", "1", "2025-04-01"))
    for one in records:
        if one["source_key"] == "T1":
            one["valid_until"] = "2025-03-31"
    assert problems(*records) == []


def _office(code: str) -> list[dict[str, Any]]:
    office = {"kind": "office", "source_key": "O1", "valid_from": "2024-01-01", "name": "HQ"}
    place = {"street_address": "1 Road", "locality": "Leeds", "postal_code": "LS1 4DT", "country": "UK"}
    return [office | place | {"organisation": code}]
