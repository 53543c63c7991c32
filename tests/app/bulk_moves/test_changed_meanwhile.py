"""What is recorded of people between the plan of a bulk move and its day, or its cancellation."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from app.database import open_session, transaction
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, record, start_of_day
from tests.factories.bulk_moves import START, Moving
from tests.factories.organisations import PROVENANCE

T = start_of_day(START)


def held(moving: Moving, model, person_id: UUID, at=T) -> list:
    with open_session(moving.engine, writes=False) as session:
        found = list(current(session, model, at, moving.now, person_id=person_id))
        for one in found:
            session.expunge(one)
        return found


def retitle(session: Session, moving: Moving, person_id: UUID) -> None:
    """HR of DECC corrects the title of the post that somebody has now."""
    (posting,) = current(session, Posting, moving.now, moving.now, person_id=person_id)
    wanted = Wanted(
        person_id,
        moving.decc.id,
        Kind.POSTING,
        Action.CORRECT,
        {"job_title": "Inspector"},
        "A wrong title",
        "page:letter",
        posting.id,
    )
    submit(session, wanted, moving.now, moving.preparer, alone_up_to=1000)


def test_a_post_that_was_corrected_meanwhile_goes_on_when_the_move_is_cancelled(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        retitle(session, moving, moving.people[0])
    moving.now += timedelta(hours=1)
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.CANCELLED
    [post] = held(moving, Posting, moving.people[0])
    assert (post.organisation_id, post.job_title) == (moving.decc.id, "Inspector")


def test_a_correction_of_the_old_post_goes_along(moving: Moving) -> None:
    moving.scheduled()
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        retitle(session, moving, moving.people[0])
    moving.now = T + timedelta(minutes=1)
    moving.work()
    [post] = held(moving, Posting, moving.people[0])
    assert (post.organisation_id, post.job_title) == (moving.beis.id, "Inspector")


def test_an_award_on_the_day_stays_and_keeps_up_nobody_when_the_move_is_cancelled(moving: Moving) -> None:
    move_id = moving.scheduled()
    moving.now += timedelta(hours=1)
    last = moving.people[-1]
    [employment] = held(moving, Employment, last, moving.now)
    with transaction(moving.engine) as session:
        award = {"salary_pence": 3_300_000, "pay_reason": PayReason.AWARD, "organisation_id": moving.decc.id}
        stamp = PROVENANCE.stamp(moving.now, T)
        record(session, PayRecord(person_id=last, employment_id=employment.fact_id, **award, **stamp))
    moving.now += timedelta(minutes=1)
    moving.cancel(move_id)
    moving.work()
    assert moving.state(move_id) is BulkMoveState.CANCELLED
    assert set(moving.states(move_id).values()) == {MemberState.CANCELLED}
    for person_id in moving.people:
        assert [one.organisation_id for one in held(moving, Posting, person_id)] == [moving.decc.id]
    assert [one.salary_pence for one in held(moving, PayRecord, last)] == [3_300_000]


def test_an_address_that_came_meanwhile_is_none_of_the_old_organisation_afterwards(moving: Moving) -> None:
    moving.scheduled(addresses_go_along=False)
    moving.now += timedelta(hours=1)
    with transaction(moving.engine) as session:
        record(
            session,
            WorkAddress(
                person_id=moving.people[0],
                organisation_id=moving.decc.id,
                address="second.one@decc.gov.uk",
                **PROVENANCE.stamp(moving.now, moving.now),
            ),
        )
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert held(moving, WorkAddress, moving.people[0]) == []
