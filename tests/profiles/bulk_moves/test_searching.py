"""People on the list of a bulk move are found by a name or a number, as far as the reader may know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.database import open_session, transaction
from profiles.bulk_moves import reading, searching
from profiles.bulk_moves.models import MemberState, Reason
from profiles.people.models import PersonName, SensitiveMark
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import current, end, record, start_of_day
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE

BOTH = (EXPORTING, IMPORTING)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


def found(moving: Moving, move_id: UUID, text: str, sides: Collection[object] = BOTH) -> set[UUID]:
    with open_session(moving.engine, writes=False) as session:
        move = reading.get(session, move_id)
        by = searching.found_by(move, sides, text, moving.now)  # type: ignore[arg-type]
        return {one.person_id for one in reading.members_of(session, move_id, found_by=by, limit=10)}


def test_a_name_is_found_by_all_of_its_words_and_a_number_by_its_beginning(moving: Moving) -> None:
    move_id = moving.draft()
    assert found(moving, move_id, "mover  NUMBER1") == {moving.people[1]}
    assert found(moving, move_id, "number") == set(moving.people)
    assert found(moving, move_id, "decc-MOVER.number2") == {moving.people[2]}
    assert found(moving, move_id, "mover.number2") == set()
    assert found(moving, move_id, "mover olga") == set()
    assert found(moving, move_id, "%") == set()
    assert len(found(moving, move_id, " ")) == 5


def test_nobody_who_is_marked_sensitive_is_found_by_anything(moving: Moving) -> None:
    move_id, hidden = moving.draft(), moving.people[0]
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=hidden, organisation_id=moving.decc.id, **stamp))
    for text in ("number0", "DECC-mover.number0"):
        assert found(moving, move_id, text) == set()
    assert hidden in found(moving, move_id, "")


def test_the_old_organisation_finds_whom_it_has_let_go_by_the_name_of_then(moving: Moving) -> None:
    move_id, person = moving.scheduled(), moving.people[0]
    moving.now = start_of_day(START) + timedelta(days=3)
    moving.work()
    with transaction(moving.engine) as session:
        [name] = current(session, PersonName, moving.now, moving.now, person_id=person)
        end(session, name, moving.now, moving.now, PROVENANCE)
        called = {"given_names": "Mover", "family_name": "Newname", "search_key": "mover newname"}
        record(session, PersonName(person_id=person, **called, **PROVENANCE.stamp(moving.now, moving.now)))
    moving.now += timedelta(hours=1)
    assert found(moving, move_id, "newname", (EXPORTING,)) == set()
    assert found(moving, move_id, "number0", (EXPORTING,)) == {person}
    assert found(moving, move_id, "newname", (IMPORTING,)) == {person}


def test_reasons_are_of_those_who_are_set_apart(moving: Moving) -> None:
    move_id, person = moving.draft(), moving.people[0]
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, AccountSuspension(person_id=person, organisation_id=moving.decc.id, **stamp))
    moving.agree(move_id, EXPORTING)
    moving.agree(move_id, IMPORTING)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        for reasons, expected in (([Reason.SUSPENDED], [person]), ([Reason.ON_LOAN], [])):
            some = reading.members_of(session, move_id, reasons=reasons, limit=10)
            assert [one.person_id for one in some] == expected
            assert all(one.state is MemberState.SET_APART for one in some)
