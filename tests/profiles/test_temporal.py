"""The two time lines: nothing is overwritten, and what cannot overlap does not."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from profiles.errors import Conflict, Invalid
from profiles.people.models import PersonName
from profiles.temporal import (
    Provenance,
    civil_date,
    current,
    end,
    end_of_day,
    history,
    months_after,
    record,
    replace,
    start_of_day,
)
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_person

SPRING = datetime(2026, 4, 1, 12, tzinfo=UTC)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_a_civil_day_holds_the_instants_from_its_start_to_its_end(day: date) -> None:
    assert civil_date(start_of_day(day)) == day
    assert civil_date(end_of_day(day) - timedelta(microseconds=1)) == day
    assert civil_date(end_of_day(day)) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 10, 31), 3, date(2027, 1, 31)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
        (date(2026, 3, 16), 12, date(2027, 3, 16)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


def test_the_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    assert end_of_day(date(2026, 3, 29)) - start_of_day(date(2026, 3, 29)) == timedelta(hours=23)


def a_name(session: Session, now: datetime) -> tuple[UUID, PersonName]:
    person_id = make_person(session, now)
    return person_id, current(session, PersonName, now, now, person_id=person_id)[0]


def test_what_we_believed_before_a_correction_reads_the_same_after_it(
    session: Session, now: datetime
) -> None:
    person_id, name = a_name(session, now)
    later = now + timedelta(days=1)
    replace(session, name, later, Provenance(None, "test", "misspelt"), family_name="Patil")
    assert [n.family_name for n in current(session, PersonName, now, now, person_id=person_id)] == ["Patel"]
    assert [n.family_name for n in current(session, PersonName, now, later, person_id=person_id)] == ["Patil"]


def test_a_correction_keeps_the_identity_of_the_fact(session: Session, now: datetime) -> None:
    _, name = a_name(session, now)
    corrected = replace(session, name, now, PROVENANCE, family_name="Patil")
    assert corrected.fact_id == name.fact_id
    assert corrected.id != name.id


def test_a_correction_leaves_the_superseded_version_in_place(session: Session, now: datetime) -> None:
    _, name = a_name(session, now)
    replace(session, name, now, PROVENANCE, family_name="Patil")
    assert len(session.exec(select(PersonName)).all()) == 2


def test_a_version_can_be_superseded_only_once(session: Session, now: datetime) -> None:
    _, name = a_name(session, now)
    replace(session, name, now, PROVENANCE, family_name="Patil")
    with pytest.raises(Conflict):
        replace(session, name, now, PROVENANCE, family_name="Patell")


def test_a_fact_ended_before_it_began_is_retracted(session: Session, now: datetime) -> None:
    person_id, name = a_name(session, now)
    assert end(session, name, name.valid_from, now, PROVENANCE) is None
    assert history(session, PersonName, now, person_id=person_id) == []


def test_a_fact_is_not_so_from_the_very_instant_of_its_end(session: Session, now: datetime) -> None:
    person_id, name = a_name(session, now)
    end(session, name, SPRING, now, PROVENANCE)
    just_before = SPRING - timedelta(microseconds=1)
    assert len(current(session, PersonName, just_before, SPRING, person_id=person_id)) == 1
    assert current(session, PersonName, SPRING, SPRING, person_id=person_id) == []


def test_two_names_at_the_same_time_are_refused(session: Session, now: datetime) -> None:
    person_id, name = a_name(session, now)
    values = name.model_dump(exclude={"id", "fact_id"}) | {"valid_from": SPRING}
    with pytest.raises(Conflict):
        record(session, PersonName(**values))
    assert len(history(session, PersonName, now, person_id=person_id)) == 1


def test_a_fact_cannot_end_before_it_begins(session: Session, now: datetime) -> None:
    _, name = a_name(session, now)
    values = name.model_dump(exclude={"id", "fact_id"}) | {"valid_from": SPRING, "valid_to": SPRING}
    with pytest.raises(Invalid):
        record(session, PersonName(**values))
