"""Salaries of an import beside the pay scales: said in the dry run by line, and never refused."""

from __future__ import annotations

import csv
import io
from typing import Any

from app.database import transaction
from app.record_import import RecordImport
from profiles.imports.records.models import ImportState
from profiles.pay.models import PayRecord, PayScale
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR
from tests.factories.pay_scales import make_scale
from tests.factories.records import person_records

SCALE = {"kind": "pay_scale", "source_key": "Y", "valid_from": "2020-01-01", "local_grade": "Officer"}
SCALE |= {"minimum_pence": 2_800_000, "maximum_pence": 3_100_000}
LONDON = SCALE | {"source_key": "YL", "location": "London", "maximum_pence": 3_500_000}


def found(importing: Importing, *records: dict[str, Any], source: str = "hr") -> list[tuple[int, str]]:
    """Lines and codes of what the dry run notes of salaries."""
    running = importing.begin(*records, source=source)
    checked = running.check(1000)
    assert checked.state is ImportState.READY, importing.report(running)
    rows = list(csv.DictReader(io.StringIO(importing.report(running))))
    noted = [(int(row["line"]), row["code"]) for row in rows if row["field"] == "salary_pence"]
    assert checked.counts["outside_scale"] == len({line for line, _ in noted})
    assert all(row["message"].startswith("The pay S") for row in rows if row["field"] == "salary_pence")
    importing.approve(running)
    running.publish(INITIATOR)
    return noted


def test_a_salary_outside_its_scale_is_noted_by_its_line_and_recorded(importing: Importing) -> None:
    importing.whole(SCALE, source="reward")
    people = [
        *person_records("1", salary_pence=3_100_000),
        *person_records("2", salary_pence=3_100_001),
        *person_records("3", salary_pence=2_799_999),
    ]
    assert found(importing, *people) == [(10, "above_scale"), (15, "below_scale")]
    assert len(importing.seen(PayRecord)) == 3
    assert found(importing, *people) == []


def test_scales_and_posts_of_the_same_files_count(importing: Importing) -> None:
    people = person_records("1", salary_pence=3_400_000)
    in_london = people[-1] | {"location": "london"}
    assert found(importing, SCALE, LONDON, *people[:-1], in_london) == []
    promoted = people[-2] | {"local_grade": "Senior Officer"}
    above = SCALE | {"source_key": "YS", "local_grade": "Senior Officer", "minimum_pence": 3_450_000}
    above |= {"maximum_pence": 4_000_000}
    assert found(importing, above, promoted, in_london | {"salary_pence": 3_410_000}) == [(3, "below_scale")]


def test_a_scale_that_changes_in_the_same_files_counts_as_it_will_be(importing: Importing) -> None:
    importing.whole(SCALE, *person_records("1"))
    raised = SCALE | {"maximum_pence": 3_300_000}
    assert found(importing, raised, person_records("1", salary_pence=3_300_000)[-1]) == []
    assert [one.maximum_pence for one in importing.seen(PayScale)] == [3_300_000]


def test_mark_time_is_above_and_another_scale_is_noted(importing: Importing) -> None:
    importing.whole(SCALE, source="reward")
    one, other = (person_records(key, salary_pence=3_200_000) for key in ("1", "2"))
    one[-1] |= {"pay_reason": "mark_time", "mark_time_until": "2027-03-31"}
    other[-1] |= {"scale_minimum_pence": 2_900_000, "scale_maximum_pence": 3_300_000}
    assert found(importing, *one, *other) == [(10, "another_scale")]


def test_a_place_that_is_recorded_meanwhile_in_other_letters_sends_it_back(importing: Importing) -> None:
    running = importing.begin(LONDON)
    running.check(1000)
    importing.approve(running)

    def record_meanwhile(step: str, done: int, total: int) -> None:
        if (step, done) == ("writing", 0):
            with transaction(importing.engine) as session:
                make_scale(session, importing.now, importing.organisation_id, location="LONDON")

    published = RecordImport(
        importing.engine, running.import_id, clock=lambda: importing.now, progress=record_meanwhile
    ).publish(INITIATOR)
    assert published.state is ImportState.RECEIVED
    assert running.check(1000).state is ImportState.REFUSED
    assert "another_spelling" in importing.report(running)
    assert [one.location for one in importing.seen(PayScale)] == ["LONDON"]


def test_without_scales_nothing_is_said(importing: Importing) -> None:
    assert found(importing, *person_records("1", salary_pence=1)) == []
