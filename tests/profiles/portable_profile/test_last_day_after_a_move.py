"""The last day at the old organisation is corrected after a move: the new employment stays as it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.loans.models import LoanState
from profiles.pay.models import PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.leaving import ending_with
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.temporal import Fact, current, end_of_day, history, start_of_day
from profiles.transfers.models import TransferState
from profiles.transfers.service import advance_due, of_person
from profiles.transfers.watching import look_at_people
from tests.factories.bulk_moves import START, make_moving
from tests.factories.loans import make_lending
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import RELEASE, Move, Release
from tests.profiles.loans.test_converting import JOINS, agree, convert

EARLIER = end_of_day(date(2026, 3, 11))
APRIL = datetime(2026, 4, 20, 9, tzinfo=UTC)
THE_WEEKEND = datetime(2026, 3, 14, 9, tzinfo=UTC)
JOINED = datetime(2026, 3, 16, 9, tzinfo=UTC)


def correct(
    session: Session, now: datetime, person_id: UUID, place: UUID, officers: tuple[UUID, UUID], ends: datetime
) -> datetime:
    """Two officers of the old organisation correct the last day; when it was decided."""
    (held,) = [
        one for one in history(session, Employment, now, person_id=person_id) if one.organisation_id == place
    ]
    wanted = Wanted(
        person_id=person_id,
        organisation_id=place,
        kind=Kind.EMPLOYMENT,
        action=Action.CORRECT,
        values={"valid_to": ends},
        reason="The last day was a Wednesday",
        source="page:letter",
        version_id=held.id,
    )
    change = submit(session, wanted, now, officers[0], alone_up_to=1000)
    now += timedelta(minutes=5)
    decide(session, change, now, officers[1], approved=True)
    return now


def held_from(session: Session, person_id: UUID, begins: datetime, now: datetime) -> set[UUID]:
    """The versions of everything that begins then or later."""
    found: list[Fact] = [
        one
        for model in MODELS.values()
        if hasattr(model, "person_id")
        for one in history(session, model, now, person_id=person_id)
    ]
    return {one.id for one in found if one.valid_from >= begins}


def priya(move: Move, now: datetime, **asked: Any) -> tuple[UUID, UUID]:
    """The move has come as far as ``now``; two officers of the old department."""
    second = make_employee(move.session, move.now, move.hmrc, "sue.second").person_id
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    move.schedule(**asked)
    advance_due(move.session, now)
    move.now = now
    return move.hmrc_officer, second


@pytest.mark.parametrize("corrected_at", [THE_WEEKEND, APRIL])
def test_what_a_move_began_stays_when_the_old_last_day_is_corrected(
    move: Move, corrected_at: datetime
) -> None:
    session, now = move.session, corrected_at
    officers = priya(move, now)
    before = held_from(session, move.employee, JOINED.replace(hour=0), now)
    (cleared,) = current(session, Clearance, JOINED, now, person_id=move.employee)
    now = correct(session, now, move.employee, move.hmrc.id, officers, EARLIER)
    assert held_from(session, move.employee, JOINED.replace(hour=0), now) == before
    for model in (Employment, Posting, PayRecord, WorkAddress, Sponsorship):
        then = current(session, model, APRIL, now, person_id=move.employee)
        assert move.home_office.id in {one.organisation_id for one in then}, model
        between = current(session, model, EARLIER, now, person_id=move.employee)
        assert move.hmrc.id not in {one.organisation_id for one in between}, model
    assert current(session, Clearance, APRIL, now, person_id=move.employee) == [cleared]
    look_at_people(session, [move.employee], now)
    advance_due(session, max(now, JOINED))
    states = {one.state for one in of_person(session, move.employee)}
    assert states == {TransferState.RECONCILING}


def test_what_the_new_department_decided_since_of_a_clearance_stands(move: Move) -> None:
    session = move.session
    stays = Release(line_manager_confirmed=True, records_released=True, clearance_released=False)
    officers = priya(move, APRIL, release=stays)
    now = correct(session, APRIL, move.employee, move.hmrc.id, officers, EARLIER)
    held = [one.status for one in current(session, Clearance, EARLIER, now, person_id=move.employee)]
    assert held == [ClearanceStatus.LAPSED]
    assert current(session, Employment, APRIL, now, person_id=move.employee)


def test_the_old_department_reads_only_what_was_its_own(move: Move) -> None:
    session = move.session
    priya(move, APRIL, release=RELEASE)
    (old,) = [
        one
        for one in history(session, Employment, APRIL, person_id=move.employee)
        if one.organisation_id == move.hmrc.id
    ]
    said = Employment(**(old.model_dump() | {"valid_to": EARLIER}))
    found: list[Any] = ending_with(session, said, EARLIER, APRIL)
    assert {type(one) for one in found} >= {Posting, Sponsorship}
    assert all(one.valid_from < EARLIER for one in found)


def test_what_a_bulk_move_began_stays(engine: Engine, now: datetime) -> None:
    moving = make_moving(engine, now, people=1)
    moving.scheduled()
    moving.now = APRIL
    moving.work()
    (person_id,), begins = moving.people, start_of_day(START)
    with transaction(engine) as session:
        officers = (moving.preparer, moving.decc_officer)
        before = held_from(session, person_id, begins, APRIL)
        assert before
        decided_at = correct(session, APRIL, person_id, moving.decc.id, officers, begins - timedelta(days=2))
        assert held_from(session, person_id, begins, decided_at) == before


def test_what_a_loan_became_stays(move: Move) -> None:
    lending = make_lending(move)
    session, person_id = lending.move.session, lending.move.employee
    second = make_employee(session, lending.move.now, lending.move.hmrc, "sue.second").person_id
    agree(lending, convert(lending, lending.until(LoanState.ON_LOAN)))
    joins = start_of_day(JOINS)
    advance_due(session, joins)
    now = joins + timedelta(days=30)
    before = held_from(session, person_id, joins, now)
    assert before
    officers = (lending.move.hmrc_officer, second)
    now = correct(session, now, person_id, lending.move.hmrc.id, officers, joins - timedelta(days=2))
    assert held_from(session, person_id, joins, now) == before
