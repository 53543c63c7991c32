"""Pay scales of an organisation: as of a day, by what was known, one at a time of a grade and location."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from app.database import transaction
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound
from profiles.loads import Load
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayScale
from profiles.pay.scales import (
    ScaleTerms,
    correct_scale,
    end_scale,
    find_scale,
    get_scale,
    record_scale,
    scales_of,
    versions_of,
)
from profiles.temporal import start_of_day
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation

OFFICER = ScaleTerms("Officer", "National", "2024", 2_800_000, 3_100_000)
FIRST, AWARD = start_of_day(date(2024, 8, 1)), start_of_day(date(2025, 8, 1))


@dataclass
class Department:
    """HMRC, and what is done to its scales."""

    session: Session
    now: datetime
    hmrc: OrganisationView

    def record(self, terms: ScaleTerms = OFFICER, valid_from: datetime = FIRST, **how: Any) -> PayScale:
        return record_scale(
            *(self.session, self.now, PROVENANCE, INITIATOR),
            organisation_id=self.hmrc.id,
            terms=terms,
            valid_from=valid_from,
            **how,
        )

    def found(self, at: datetime, known_at: datetime | None = None, **which: str) -> tuple[int, int] | None:
        asked = {"local_grade": "Officer", "location": "National"} | which
        found = find_scale(self.session, self.hmrc.id, at=at, known_at=known_at or self.now, **asked)
        return (found.minimum_pence, found.maximum_pence) if found else None


@pytest.fixture
def department(session: Session, now: datetime) -> Department:
    return Department(session, now, make_organisation(session, now))


def test_a_scale_is_so_from_its_first_day_on(department: Department) -> None:
    department.record()
    assert department.found(FIRST - timedelta(microseconds=1)) is None
    assert department.found(FIRST) == (2_800_000, 3_100_000)


def test_the_next_award_ends_the_scale_before_it(department: Department) -> None:
    department.record()
    department.record(replace(OFFICER, maximum_pence=3_200_000), AWARD)
    assert department.found(AWARD - timedelta(microseconds=1)) == (2_800_000, 3_100_000)
    assert department.found(AWARD) == (2_800_000, 3_200_000)


def test_what_is_recorded_of_before_ends_where_the_next_begins(department: Department) -> None:
    department.record(replace(OFFICER, maximum_pence=3_200_000), AWARD)
    department.record()
    assert department.found(AWARD - timedelta(microseconds=1)) == (2_800_000, 3_100_000)
    assert department.found(AWARD) == (2_800_000, 3_200_000)


def test_a_correction_changes_the_past_and_not_what_was_known(department: Department) -> None:
    held, before = department.record(), department.now
    department.now += timedelta(hours=1)
    correct_scale(
        *(department.session, department.now, PROVENANCE, INITIATOR),
        version_id=held.id,
        terms=replace(OFFICER, minimum_pence=2_850_000),
        valid_from=FIRST,
        valid_to=None,
    )
    assert department.found(FIRST) == (2_850_000, 3_100_000)
    assert department.found(FIRST, before) == (2_800_000, 3_100_000)


def test_what_ends_is_so_through_its_last_day_and_what_never_was_is_taken_back(
    department: Department,
) -> None:
    said = (department.session, department.now, PROVENANCE, INITIATOR)
    end_scale(*said, version_id=department.record().id, ends_at=AWARD)
    assert department.found(AWARD - timedelta(microseconds=1)) == (2_800_000, 3_100_000)
    assert department.found(AWARD) is None
    later = department.record(valid_from=AWARD)
    end_scale(*said, version_id=later.id, ends_at=AWARD)
    assert department.found(AWARD) is None


def test_a_location_is_one_however_it_is_spelt(department: Department) -> None:
    first = department.record(replace(OFFICER, location="London"))
    department.record(replace(OFFICER, location="LONDON", maximum_pence=3_500_000), AWARD)
    assert department.found(FIRST, location="London") == (2_800_000, 3_100_000)
    assert department.found(AWARD, location="london") == (2_800_000, 3_500_000)
    found = scales_of(department.session, department.hmrc.id, AWARD, department.now)
    assert [one.location for one in found] == ["London"]
    north = department.record(replace(OFFICER, location="Leeds"))
    how = {"valid_from": FIRST, "valid_to": None}
    by = (department.session, department.now, PROVENANCE, INITIATOR)
    north = correct_scale(*by, version_id=north.id, terms=replace(OFFICER, location="LEEDS"), **how)
    assert north.location == "LEEDS"
    with pytest.raises(Conflict):
        correct_scale(
            *by, version_id=north.id, terms=replace(OFFICER, location=first.location.lower()), **how
        )


def test_of_two_who_spell_one_location_otherwise_at_the_same_instant_one_is_recorded(
    engine: Engine, now: datetime
) -> None:
    with transaction(engine) as session:
        hmrc = make_organisation(session, now)

    def record(session: Session, location: str, at: datetime) -> None:
        Department(session, at, hmrc).record(replace(OFFICER, location=location))

    def record_apart() -> None:
        with transaction(engine) as other:
            record(other, "INNER  London", now)

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as session:
            record(session, "Inner London", now + timedelta(seconds=1))
            apart = pool.submit(record_apart)
            wait([apart], timeout=0.3)  # it waits for this one, which is what is tested
        with pytest.raises(Conflict):
            apart.result()
    with transaction(engine) as session:
        assert [one.location for one in session.exec(select(PayScale))] == ["Inner London"]


def test_a_location_without_a_scale_of_its_own_has_the_grades(department: Department) -> None:
    department.record(replace(OFFICER, location="", maximum_pence=3_000_000))
    department.record(replace(OFFICER, location="London", maximum_pence=3_500_000))
    assert department.found(AWARD, location="London") == (2_800_000, 3_500_000)
    assert department.found(AWARD, location="Croydon") == (2_800_000, 3_000_000)
    assert department.found(AWARD, local_grade="Senior Officer") is None


def test_scales_are_the_organisations_own_and_the_highest_comes_first(department: Department) -> None:
    session, now = department.session, department.now
    other = Department(session, now, make_organisation(session, now, "HO"))
    other.record()
    department.record()
    department.record(replace(OFFICER, local_grade="Senior Officer", maximum_pence=4_200_000))
    found = [one.local_grade for one in scales_of(session, department.hmrc.id, AWARD, now)]
    assert found == ["Senior Officer", "Officer"]


def test_what_two_people_change_at_once_is_changed_by_the_first_alone(department: Department) -> None:
    held = department.record()
    said = (department.session, department.now, PROVENANCE, INITIATOR)
    end_scale(*said, version_id=held.id, ends_at=AWARD)
    with pytest.raises(Conflict):
        end_scale(*said, version_id=held.id, ends_at=AWARD - timedelta(days=1))
    told = versions_of(department.session, held, department.now)
    assert [one.valid_to for one in told] == [None, AWARD]


def test_what_an_import_has_not_published_is_nobodys_to_see(department: Department) -> None:
    session, now = department.session, department.now
    load = Load(
        organisation_id=department.hmrc.id, kind="records", content_hash="x", rows_total=1, started_at=now
    )
    session.add(load)
    session.flush()
    held = department.record()
    held.load_id = load.id
    session.flush()
    with pytest.raises(NotFound):
        get_scale(session, held.id, now)
    assert department.found(AWARD) is None


def test_a_correction_never_overlaps_another(department: Department) -> None:
    department.record()
    later = department.record(valid_from=AWARD)
    with pytest.raises(Conflict):
        correct_scale(
            *(department.session, department.now, PROVENANCE, INITIATOR),
            version_id=later.id,
            terms=OFFICER,
            valid_from=AWARD - timedelta(days=1),
            valid_to=None,
        )


def test_a_scale_that_ends_within_another_leaves_no_hole(department: Department) -> None:
    department.record()
    with pytest.raises(Conflict):
        department.record(valid_from=AWARD, valid_to=AWARD + timedelta(days=365))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"local_grade": "Wizard"}, "local_grade"),
        ({"minimum_pence": 28_000}, "minimum_pence"),
        ({"maximum_pence": 2_799_999}, "maximum_pence"),
        ({"maximum_pence": 100_000_001}, "maximum_pence"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    department: Department, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        department.record(replace(OFFICER, **changes))
    assert refused.value.field == field


def test_a_grade_that_comes_later_has_no_scale_before(department: Department) -> None:
    with pytest.raises(Invalid) as refused:
        department.record(valid_from=datetime(2009, 1, 1, tzinfo=UTC))
    assert refused.value.field == "local_grade"


def test_the_database_refuses_a_scale_upside_down(department: Department) -> None:
    department.record()
    with pytest.raises(IntegrityError):
        department.session.execute(text("UPDATE pay_scales SET maximum_pence = minimum_pence - 1"))


def test_the_trail_says_what_was_done_and_of_which_grade(department: Department) -> None:
    said = (department.session, department.now, PROVENANCE, INITIATOR)
    held = department.record()
    corrected = correct_scale(
        *said, version_id=held.id, terms=replace(OFFICER, name="2024-25"), valid_from=FIRST, valid_to=None
    )
    end_scale(*said, version_id=corrected.id, ends_at=AWARD)
    events = [Event.PAY_SCALE_RECORDED, Event.PAY_SCALE_CORRECTED, Event.PAY_SCALE_ENDED]
    entries = department.session.exec(select(AuditEntry)).all()
    told = [one for one in entries if one.event in events]
    assert sorted(one.event for one in told) == sorted(events)
    assert {one.details["grade"] for one in told} == {"Officer"}
