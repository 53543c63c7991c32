"""Somebody is left out of a bulk move: alone before it is recorded, by two officers from then on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col, select

from app.database import open_session, transaction
from identity.sign_in.models import PasswordCredential
from profiles.bulk_moves import batches, leaving_out, looking, steps, working
from profiles.bulk_moves.looking import AnotherWorker
from profiles.bulk_moves.models import MemberState, Reason
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.temporal import current, start_of_day
from profiles.transfers.models import Transfer, TransferState
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

T = start_of_day(START)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    return make_moving(engine, now, people=2)


def leave_out(
    moving: Moving,
    move_id: UUID,
    person_id: UUID,
    officer_id: UUID,
    words: str = "They stay.",
    alone: int = 0,
) -> None:
    member_id = moving.member(move_id, person_id).id
    with transaction(moving.engine) as session:
        asked: dict[str, Any] = {"move_id": move_id, "member_id": member_id, "words": words}
        officer = moving.as_officer(session, officer_id)
        leaving_out.leave_out(session, moving.now, **asked, **officer, alone_up_to=alone)


def decide(moving: Moving, move_id: UUID, person_id: UUID, officer_id: UUID, *, leaves_out: bool) -> None:
    member_id = moving.member(move_id, person_id).id
    with transaction(moving.engine) as session:
        asked: dict[str, Any] = {"move_id": move_id, "member_id": member_id, "leaves_out": leaves_out}
        leaving_out.decide(session, moving.now, **asked, **moving.as_officer(session, officer_id))


def places_from_the_day_on(moving: Moving, person_id: UUID) -> list[UUID]:
    with open_session(moving.engine, writes=False) as session:
        return [
            one.organisation_id
            for model in (Employment, Posting, PayRecord)
            for one in current(session, model, T, moving.now, person_id=person_id)
        ]


def test_one_officer_leaves_out_whose_move_is_not_recorded(moving: Moving) -> None:
    move_id, one = moving.validated(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer)
    moving.confirm(move_id)
    moving.work()
    member = moving.member(move_id, one)
    assert (member.state, member.reason) == (MemberState.SET_APART, Reason.EXCLUDED)


@pytest.mark.parametrize("other_side", [True, False])
def test_a_second_officer_of_either_side_leaves_out_whose_move_is_recorded(
    moving: Moving, other_side: bool
) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    moving.now += timedelta(hours=1)
    leave_out(moving, move_id, one, moving.decc_officer, "They stay for the archive.")
    assert moving.states(move_id)[one] is MemberState.SCHEDULED
    assert places_from_the_day_on(moving, one) == [moving.beis.id] * 3
    moving.now += timedelta(hours=1)
    second = moving.beis_officer if other_side else moving.preparer
    decide(moving, move_id, one, second, leaves_out=True)
    member = moving.member(move_id, one)
    assert (member.state, member.reason, member.words) == (
        MemberState.SET_APART,
        Reason.EXCLUDED,
        "They stay for the archive.",
    )
    assert not member.in_flight
    assert places_from_the_day_on(moving, one) == [moving.decc.id] * 3
    assert places_from_the_day_on(moving, moving.people[1]) == [moving.beis.id] * 3
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.SET_APART
    assert moving.states(move_id)[moving.people[1]] is MemberState.JOINED


def test_whoever_is_left_out_is_told_and_officers_of_both_sides_are_asked(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer, "A private reason.")
    decide(moving, move_id, one, moving.beis_officer, leaves_out=True)
    with open_session(moving.engine, writes=False) as session:
        mails = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
        asked = {mail.person_id for mail in mails if mail.reason.startswith("Somebody is to be left out")}
        told = [mail.person_id for mail in mails if mail.reason.startswith("Your move to another")]
        assert not any("private" in str(mail.payload) for mail in mails)
    assert asked == {moving.preparer, moving.beis_officer}
    assert told == [one]


@pytest.mark.parametrize("serves_both", [True, False])
def test_two_of_a_shared_service_of_both_sides_do_not_leave_somebody_out(
    moving: Moving, serves_both: bool
) -> None:
    places = [moving.decc, moving.beis] if serves_both else [moving.decc, moving.decc]
    with transaction(moving.engine) as session:
        service = make_organisation(session, moving.now, "SSCL")
        clerks = [make_employee(session, moving.now, service, f"s.{n}").person_id for n in "ab"]
        for person_id, place in zip(clerks, places, strict=True):
            give_role(session, moving.now, person_id, Role.HR_OFFICER, place.id, operator_id=service.id)
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, clerks[0])
    if serves_both:
        with pytest.raises(NotPermitted, match="shared service"):
            decide(moving, move_id, one, clerks[1], leaves_out=True)
        decide(moving, move_id, one, moving.beis_officer, leaves_out=True)
    else:
        decide(moving, move_id, one, clerks[1], leaves_out=True)
    assert moving.states(move_id)[one] is MemberState.SET_APART


def test_nobody_leaves_out_alone_whose_move_is_recorded(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer)
    with pytest.raises(NotPermitted):
        decide(moving, move_id, one, moving.decc_officer, leaves_out=True)
    with pytest.raises(Conflict):
        leave_out(moving, move_id, one, moving.beis_officer)
    assert moving.states(move_id)[one] is MemberState.SCHEDULED


def test_an_officer_who_may_change_one_persons_access_alone_leaves_them_out_alone(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer, alone=1)
    assert moving.states(move_id)[one] is MemberState.SET_APART
    assert places_from_the_day_on(moving, one) == [moving.decc.id] * 3


def test_who_asked_takes_it_back_and_they_move(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer)
    decide(moving, move_id, one, moving.decc_officer, leaves_out=False)
    with pytest.raises(Conflict):
        decide(moving, move_id, one, moving.beis_officer, leaves_out=True)
    moving.now = T + timedelta(minutes=1)
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED


def test_what_nobody_decided_by_the_day_is_over_and_they_move(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    leave_out(moving, move_id, one, moving.decc_officer)
    moving.now = T
    for act in (
        lambda: decide(moving, move_id, one, moving.beis_officer, leaves_out=True),
        lambda: leave_out(moving, move_id, moving.people[1], moving.beis_officer),
    ):
        with pytest.raises(Conflict):
            act()
    moving.work()
    assert moving.states(move_id)[one] is MemberState.JOINED


def test_nobody_decides_on_themselves_nor_without_a_reason_nor_from_elsewhere(moving: Moving) -> None:
    move_id, one = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        place = make_organisation(session, moving.now, "DFT")
        outsider = make_employee(session, moving.now, place, "otto.outsider").person_id
        give_role(session, moving.now, outsider, Role.HR_OFFICER, place.id)
    with pytest.raises(NotPermitted):
        leave_out(moving, move_id, moving.decc_officer, moving.decc_officer)
    with pytest.raises(Invalid):
        leave_out(moving, move_id, one, moving.decc_officer, " ")
    with pytest.raises(NotFound):
        leave_out(moving, move_id, one, outsider)
    leave_out(moving, move_id, moving.decc_officer, moving.preparer)
    with pytest.raises(NotPermitted):
        decide(moving, move_id, moving.decc_officer, moving.decc_officer, leaves_out=False)
    with pytest.raises(NotFound):
        decide(moving, move_id, moving.decc_officer, outsider, leaves_out=True)


def test_who_is_left_out_while_the_worker_looks_at_them_stays(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        session.execute(delete(PasswordCredential).where(col(PasswordCredential.person_id) == one))
    move_id = moving.validated()
    with transaction(moving.engine) as session:
        move = steps.get(session, move_id)
        found = working.look_at_all(session, move, moving.now, lambda _session, _move, people: people)
        known = batches.Known.of(session, move, moving.now)
    assert [(each.person_id, each.reason) for each in found] == [(one, None)]
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, moving.decc_officer)
        wanted = {"move_id": move_id, "member_id": found[0].member_id, "words": "They stay for the archive."}
        leaving_out.leave_out(session, moving.now, **wanted, **officer, alone_up_to=0)
    with transaction(moving.engine) as session:
        move = steps.get(session, move_id)
        recording = known.recording(session, move, moving.now)
        with pytest.raises(AnotherWorker):
            looking.write(session, move, found, recording, moving.now)
    assert moving.member(move_id, one).reason is Reason.EXCLUDED


def test_of_whom_a_transfer_begins_while_the_worker_looks_at_them_is_not_made_ready(moving: Moving) -> None:
    one = moving.people[0]
    with transaction(moving.engine) as session:
        session.execute(delete(PasswordCredential).where(col(PasswordCredential.person_id) == one))
    move_id = moving.validated()
    with transaction(moving.engine) as session:
        move = steps.get(session, move_id)
        found = working.look_at_all(session, move, moving.now, lambda _session, _move, people: people)
        known = batches.Known.of(session, move, moving.now)
    with transaction(moving.engine) as session:
        session.add(
            Transfer(
                person_id=one,
                employment_id=moving.member(move_id, one).employment_id,
                exporting_organisation_id=moving.decc.id,
                importing_organisation_id=moving.beis.id,
                state=TransferState.DRAFT,
                offered_on=moving.now.date(),
                last_day=START,
                start_date=START,
                leave_at=start_of_day(START),
                join_at=start_of_day(START),
                local_grade="Officer",
                job_title="Adviser",
                employment_number="1",
                work_address="one@beis.gov.uk",
                salary_pence=1,
                prepared_by=moving.beis_officer,
                dates_offered_on=moving.now.date(),
                created_at=moving.now,
            )
        )
    with transaction(moving.engine) as session:
        move = steps.get(session, move_id)
        recording = known.recording(session, move, moving.now)
        with pytest.raises(AnotherWorker):
            looking.write(session, move, found, recording, moving.now)
    moving.now += working.LOOK_EVERY
    moving.work()
    assert moving.member(move_id, one).reason is Reason.IN_TRANSFER
