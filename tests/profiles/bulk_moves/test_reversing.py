"""A bulk move is taken back by another one: who stands where it put them goes back, as they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.database import open_session, transaction
from profiles.bulk_moves import agreeing, reading, redating, reversing
from profiles.bulk_moves.models import BulkMove, BulkMoveState, MemberState, Reason
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.temporal import INSTANT, current, end, record, replace, start_of_day
from profiles.transfers.models import Side
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee

BACK = START + timedelta(days=61)
S, M = BulkMoveState, MemberState


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with two officers."""
    return make_moving(engine, now)


def moved(moving: Moving, **changes: Any) -> UUID:
    """Everybody has moved to BEIS, where two officers of its own are; DECC has an officer again."""
    numbers = changes.pop("numbers", None) or numbers_of(moving)
    move_id = moving.scheduled(numbers=numbers, **changes)
    moving.now = start_of_day(START) + timedelta(days=1)
    moving.work()
    assert moving.state(move_id) is S.RECONCILING
    with transaction(moving.engine) as session:
        second = make_employee(session, moving.now, moving.beis, "ben.prepares").person_id
        give_role(session, moving.now, second, Role.HR_OFFICER, moving.beis.id)
    return move_id


def numbers_of(moving: Moving) -> list[str]:
    with open_session(moving.engine, writes=False) as session:
        query = select(Employment.number).where(col(Employment.person_id).in_(moving.people))
        return list(session.exec(query))


def reverse(moving: Moving, move_id: UUID, officer_id: UUID | None = None, **changes: Any) -> UUID:
    wanted = {"origin_id": moving.decc.id, "start_date": BACK} | changes
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, officer_id or moving.preparer)
        return reversing.reverse(session, moving.now, move_id=move_id, **wanted, **officer).id


def went_back(moving: Moving, back_id: UUID) -> None:
    """Both agree, it is confirmed, and the day comes."""
    moving.agree(back_id, Side.EXPORTING, moving.beis_officer)
    moving.agree(back_id, Side.IMPORTING, moving.decc_officer)
    moving.work()
    moving.confirm(back_id)
    moving.work()
    assert moving.state(back_id) is S.SCHEDULED
    moving.now = start_of_day(BACK) + timedelta(minutes=1)
    moving.work()
    assert moving.state(back_id) is S.RECONCILING


def held(moving: Moving, model: type[Any], person_id: UUID, at: datetime) -> Any:
    with open_session(moving.engine, writes=False) as session:
        [found] = current(session, model, at, moving.now, person_id=person_id)
        session.expunge_all()
        return found


def promote(session: Session, moving: Moving, person_id: UUID) -> None:
    """They have another post there from now on."""
    [post] = current(session, Posting, moving.now, moving.now, person_id=person_id)
    terms = {
        name: getattr(post, name)
        for name in ("person_id", "employment_id", "organisation_id", "kind", "local_grade", "profession")
    }
    end(session, post, moving.now, moving.now, PROVENANCE)
    stamp = PROVENANCE.stamp(moving.now, moving.now)
    record(session, Posting(**terms, job_title="Head of Something", **stamp))


def test_they_go_back_with_their_label_number_unit_and_address(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        [post] = current(session, Posting, moving.now, moving.now, person_id=one)
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        for place, label in ((moving.decc, "London"), (moving.decc, "National"), (moving.beis, "Band 3")):
            record(
                session,
                LocalGrade(organisation_id=place.id, label=label, common_grade=CommonGrade.AO, **stamp),
            )
        replace(session, post, moving.now, PROVENANCE, local_grade="London", unit="Nuclear")
        other = make_employee(session, moving.now, moving.beis, "has.the.number")
        [employment] = current(session, Employment, moving.now, moving.now, person_id=other.person_id)
        [own] = current(session, Employment, moving.now, moving.now, person_id=one)
        replace(session, employment, moving.now, PROVENANCE, number=own.number)
        number, address = own.number, current(session, WorkAddress, moving.now, moving.now, person_id=one)[0]
    move_id = moved(moving)
    there = held(moving, Posting, one, moving.now)
    assert (there.local_grade, there.organisation_id) == ("Band 3", moving.beis.id)
    assert held(moving, Employment, one, moving.now).number != number
    with transaction(moving.engine) as session:
        replace(session, session.get_one(Posting, there.id), moving.now, PROVENANCE, unit="Energy Group")
    back_id = reverse(moving, move_id)
    went_back(moving, back_id)
    at = start_of_day(BACK)
    assert held(moving, Posting, one, at - INSTANT).organisation_id == moving.beis.id
    post = held(moving, Posting, one, at)
    assert (post.organisation_id, post.local_grade, post.unit) == (moving.decc.id, "London", "Nuclear")
    assert held(moving, Employment, one, at).number == number
    assert held(moving, WorkAddress, one, at).organisation_id == moving.decc.id
    assert held(moving, WorkAddress, one, at).address == address.address
    assert set(moving.states(back_id).values()) == {M.JOINED}


def test_who_has_moved_on_since_is_left_out_with_the_reason_at_once_and_at_every_look(moving: Moving) -> None:
    move_id, one = moved(moving), moving.people[0]
    with transaction(moving.engine) as session:
        promote(session, moving, one)
    back_id = reverse(moving, move_id)
    assert moving.member(back_id, one).reason is Reason.MOVED_ON
    assert moving.states(back_id)[moving.people[1]] is M.LISTED
    two = moving.people[1]
    with transaction(moving.engine) as session:
        promote(session, moving, two)
    went_back(moving, back_id)
    for person_id in (one, two):
        member = moving.member(back_id, person_id)
        assert (member.state, member.reason) == (M.SET_APART, Reason.MOVED_ON)
        post = held(moving, Posting, person_id, start_of_day(BACK))
        assert (post.organisation_id, post.job_title) == (moving.beis.id, "Head of Something")
    assert moving.states(back_id)[moving.people[2]] is M.JOINED


def test_a_corrected_post_is_the_same_post(moving: Moving) -> None:
    move_id, one = moved(moving), moving.people[0]
    with transaction(moving.engine) as session:
        [post] = current(session, Posting, moving.now, moving.now, person_id=one)
        replace(session, post, moving.now, PROVENANCE, job_title="Adviser, corrected")
    assert moving.states(reverse(moving, move_id))[one] is M.LISTED


@pytest.mark.parametrize("by_the_old", [True, False])
def test_hr_of_either_side_prepares_it_and_does_not_agree_to_it(moving: Moving, by_the_old: bool) -> None:
    move_id = moved(moving)
    prepares = moving.decc_officer if by_the_old else moving.beis_officer
    back_id = reverse(moving, move_id, prepares)
    with pytest.raises(NotPermitted, match="You prepared this list"):
        moving.agree(back_id, Side.IMPORTING if by_the_old else Side.EXPORTING, prepares)


def test_whoever_goes_back_does_not_agree_to_it(moving: Moving) -> None:
    with transaction(moving.engine) as session:
        [own] = current(session, Employment, moving.now, moving.now, person_id=moving.decc_officer)
        stand_in = make_employee(session, moving.now, moving.decc, "otto.agrees").person_id
        give_role(session, moving.now, stand_in, Role.HR_OFFICER, moving.decc.id)
    move_id = moving.draft(numbers=[*numbers_of(moving), own.number])
    moving.agree(move_id, Side.EXPORTING, stand_in)
    moving.agree(move_id, Side.IMPORTING)
    moving.work()
    moving.confirm(move_id)
    moving.work()
    moving.now = start_of_day(START) + timedelta(days=1)
    moving.work()
    with transaction(moving.engine) as session:
        give_role(session, moving.now, moving.decc_officer, Role.HR_OFFICER, moving.beis.id)
    with pytest.raises(NotPermitted, match="You are on this list"):
        moving.agree(reverse(moving, move_id), Side.EXPORTING, moving.decc_officer)


def test_one_at_a_time_takes_it_back(moving: Moving) -> None:
    move_id = moved(moving)
    back_id = reverse(moving, move_id)
    with pytest.raises(Conflict, match="already"):
        reverse(moving, move_id)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        agreeing.cancel(session, moving.now, move_id=back_id, **officer, reason="Not now.")
    back_id = reverse(moving, move_id)
    went_back(moving, back_id)
    later = BACK + timedelta(days=30)
    with pytest.raises(Conflict, match="already"):
        reverse(moving, move_id, start_date=later)
    with transaction(moving.engine) as session:
        session.get_one(BulkMove, back_id).state = S.COMPLETED
    with pytest.raises(Conflict, match="Nobody works there any more"):
        reverse(moving, move_id, moving.beis_officer, start_date=later)
    reverse(moving, move_id, start_date=later)  # the old department is not told so
    with open_session(moving.engine, writes=False) as session:
        assert len(reversing.reversals_of(session, session.get_one(BulkMove, move_id))) == 3


def test_it_is_refused_before_the_day_a_year_after_it_and_without_a_date_to_come(moving: Moving) -> None:
    move_id = moving.scheduled(numbers=numbers_of(moving))
    with pytest.raises(Conflict, match="has happened"):
        reverse(moving, move_id)
    moving.now = start_of_day(START) + timedelta(days=1)
    moving.work()
    with pytest.raises(Invalid) as refused:
        reverse(moving, move_id, start_date=START)
    assert refused.value.field == "start_date"
    with pytest.raises(Invalid, match="came from"):
        reverse(moving, move_id, origin_id=moving.beis.id)
    moving.now = start_of_day(START + timedelta(days=365))
    with pytest.raises(Conflict, match="has happened"):
        reverse(moving, move_id, start_date=date(2027, 6, 1))


def test_where_the_old_organisation_has_ended_it_says_so(moving: Moving) -> None:
    move_id = moving.scheduled(ends_exporter=True)
    moving.now = start_of_day(START) + timedelta(days=1)
    moving.work()
    moving.now += timedelta(days=1)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        [origin] = reversing.origins_of(session, session.get_one(BulkMove, move_id), moving.now)
    assert not origin.exists
    with pytest.raises(Conflict, match="has ended"):
        reverse(moving, move_id, moving.beis_officer)


def test_only_hr_of_the_two_prepares_it(moving: Moving) -> None:
    move_id = moved(moving)
    with transaction(moving.engine) as session:
        place = make_organisation(session, moving.now, "DFT")
        outsider = make_employee(session, moving.now, place, "otto.outsider").person_id
        give_role(session, moving.now, outsider, Role.HR_OFFICER, place.id)
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    with pytest.raises(NotFound):
        reverse(moving, move_id, outsider)
    with pytest.raises(NotPermitted):
        reverse(moving, move_id, payroll)


def test_with_another_date_who_has_moved_on_stays_left_out(moving: Moving) -> None:
    move_id, one = moved(moving), moving.people[0]
    with transaction(moving.engine) as session:
        promote(session, moving, one)
    back_id = reverse(moving, move_id)
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        day = BACK + timedelta(days=5)
        redating.move_start(session, moving.now, move_id=back_id, **officer, start_date=day)
    with open_session(moving.engine, writes=False) as session:
        assert reading.reasons_of(session, back_id) == {Reason.MOVED_ON: 1}
