"""Somebody of a bulk move began on another day: two organisations say so, and the record follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import open_session, transaction
from profiles.bulk_moves import pay_corrections, restarting, reversing
from profiles.bulk_moves.before import before_of
from profiles.bulk_moves.models import BulkMoveMember
from profiles.bulk_moves.steps import get
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import current, record, replace, start_of_day
from profiles.transfers.models import Side
from profiles.transfers.timetable import Timetable
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee

TIMETABLE = Timetable(backdate_days=7)
EARLIER, LATER = START - timedelta(days=3), START + timedelta(days=2)


@pytest.fixture
def moving(engine: Engine, now: Any) -> Moving:
    return make_moving(engine, now)


def moved(moving: Moving, **changes: Any) -> UUID:
    """It happened to two people; it is the week after."""
    two = {"numbers": ["DECC-mover.number0", "DECC-mover.number1"]}
    move_id = moving.scheduled(**two | changes)
    moving.now = start_of_day(START) + timedelta(hours=9)
    moving.work()
    moving.now += timedelta(days=6)
    return move_id


def ask(moving: Moving, move_id: UUID, start: date, who: UUID | None = None, of: int = 0) -> BulkMoveMember:
    member = moving.member(move_id, moving.people[of])
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, who or moving.beis_officer)
        restarting.ask(
            session,
            moving.now,
            move_id=move_id,
            member_id=member.id,
            start_date=start,
            timetable=TIMETABLE,
            **officer,
        )
    return moving.member(move_id, moving.people[of])


def answer(
    moving: Moving, move_id: UUID, *, agreed: bool = True, who: UUID | None = None, seen: str = ""
) -> None:
    member = moving.member(move_id, moving.people[0])
    with transaction(moving.engine) as session:
        restarting.answer(
            session,
            moving.now,
            move_id=move_id,
            member_id=member.id,
            agreed=agreed,
            seen=seen or restarting.shown(member),
            timetable=TIMETABLE,
            **moving.as_officer(session, who or moving.decc_officer),
        )


def places(moving: Moving, model: type[Any], day: date, person_id: UUID | None = None) -> list[UUID]:
    at = start_of_day(day) + timedelta(hours=12)
    with open_session(moving.engine, writes=False) as session:
        found = current(session, model, at, moving.now, person_id=person_id or moving.people[0])
        return [one.organisation_id for one in found]


@pytest.mark.parametrize("start", [EARLIER, LATER])
def test_the_record_of_that_person_follows_and_nobody_elses(moving: Moving, start: date) -> None:
    move_id = moved(moving)
    ask(moving, move_id, start)
    assert places(moving, Employment, EARLIER) == [moving.decc.id]
    answer(moving, move_id)
    for model in (Employment, Posting, PayRecord, WorkAddress):
        assert places(moving, model, start - timedelta(days=1)) == [moving.decc.id], model
        assert places(moving, model, start) == [moving.beis.id], model
        assert places(moving, model, START + timedelta(days=5)) == [moving.beis.id], model
        other = moving.people[1]
        assert places(moving, model, START - timedelta(days=1), other) == [moving.decc.id], model
        assert places(moving, model, START, other) == [moving.beis.id], model
    assert moving.member(move_id, moving.people[0]).restart_on is None


def test_it_can_be_put_right_once_more(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id)
    moving.now += timedelta(hours=1)
    ask(moving, move_id, START)
    answer(moving, move_id)
    assert places(moving, Posting, START - timedelta(days=1)) == [moving.decc.id]
    assert places(moving, Posting, START) == [moving.beis.id]


def test_both_payrolls_take_it_up(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id)
    with open_session(moving.engine, writes=False) as session:
        move = get(session, move_id)
        assert all(pay_corrections.has_open(session, move, side) for side in Side)


def test_a_refusal_leaves_the_record(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id, agreed=False)
    assert places(moving, Posting, EARLIER) == [moving.decc.id]
    assert moving.member(move_id, moving.people[0]).restart_on is None


def test_mails_name_nobody_but_the_person_to_themselves(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id)
    with open_session(moving.engine, writes=False) as session:
        mails = session.exec(select(OutboxMessage)).all()
        said = {one.person_id: one.payload for one in mails if "day" in str(one.payload.get("subject"))}
        assert "29 March 2026" in said[moving.people[0]]["body"]
        told = [
            one for one in mails if one.payload.get("subject") == "Somebody may have begun on another day"
        ]
        assert {one.person_id for one in told} == {moving.preparer, moving.decc_officer}
        assert all("Mover" not in one.payload["body"] for one in told)


def test_the_new_organisation_says_so_and_the_old_one_answers(moving: Moving) -> None:
    move_id = moved(moving)
    with pytest.raises(NotPermitted):
        ask(moving, move_id, EARLIER, moving.decc_officer)
    ask(moving, move_id, EARLIER)
    with pytest.raises(NotPermitted, match="old organisation"):
        answer(moving, move_id, who=moving.beis_officer)
    with pytest.raises(Conflict, match="answered"):
        ask(moving, move_id, LATER)
    answer(moving, move_id, who=moving.beis_officer, agreed=False)
    with pytest.raises(NotFound):
        ask(moving, move_id, EARLIER, moving.people[1])


def test_who_is_hr_of_both_does_not_agree_with_themselves(moving: Moving) -> None:
    move_id = moved(moving)
    with transaction(moving.engine) as session:
        give_role(session, moving.now, moving.beis_officer, Role.HR_OFFICER, moving.decc.id)
    ask(moving, move_id, EARLIER)
    with pytest.raises(NotPermitted, match="somebody else"):
        answer(moving, move_id, who=moving.beis_officer)


def test_where_all_have_moved_a_colleague_of_the_new_one_answers(moving: Moving) -> None:
    move_id = moved(moving, numbers=None)
    with transaction(moving.engine) as session:
        bert = make_employee(session, moving.now, moving.beis, "bert.agrees").person_id
        give_role(session, moving.now, bert, Role.HR_OFFICER, moving.beis.id)
    ask(moving, move_id, EARLIER)
    with transaction(moving.engine) as session:
        waiting = [
            restarting.count_waiting(session, one, permissions_of(session, one, moving.now), moving.now)
            for one in (bert, moving.beis_officer, moving.people[1])
        ]
    assert waiting == [1, 0, 0]
    answer(moving, move_id, who=bert)
    assert places(moving, Posting, EARLIER) == [moving.beis.id]


def test_of_an_organisation_that_has_ended_a_colleague_of_the_new_one_answers(moving: Moving) -> None:
    move_id = moved(moving, numbers=None, ends_exporter=True)
    with open_session(moving.engine, writes=False) as session:
        assert get(session, move_id).exporter_ended_at is not None
    with transaction(moving.engine) as session:
        bert = make_employee(session, moving.now, moving.beis, "bert.agrees").person_id
        give_role(session, moving.now, bert, Role.HR_OFFICER, moving.beis.id)
    with pytest.raises(Invalid, match="had ended"):
        ask(moving, move_id, LATER)
    ask(moving, move_id, EARLIER)
    with pytest.raises(NotPermitted, match="somebody else"):
        answer(moving, move_id, who=moving.beis_officer)
    answer(moving, move_id, who=bert)
    assert places(moving, Posting, EARLIER) == [moving.beis.id]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (START, "that is recorded"),
        (START + timedelta(days=7), "must have come"),
        (START - timedelta(days=8), "7 days"),
    ],
)
def test_a_day_that_cannot_be_is_named(moving: Moving, start: date, words: str) -> None:
    move_id = moved(moving)
    with pytest.raises(Invalid, match=words) as refused:
        ask(moving, move_id, start)
    assert refused.value.field == "start_date"


def test_nothing_is_said_before_it_happened_nor_of_oneself(moving: Moving) -> None:
    move_id = moving.scheduled()
    with pytest.raises(Conflict, match="not moved"):
        ask(moving, move_id, EARLIER)


def test_what_was_seen_is_what_is_agreed_to(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    with pytest.raises(Conflict, match="changed"):
        answer(moving, move_id, seen="2026-03-31 somebody")


def told(moving: Moving, subject: str) -> set[UUID | None]:
    with open_session(moving.engine, writes=False) as session:
        mails = session.exec(select(OutboxMessage)).all()
        return {one.person_id for one in mails if one.payload.get("subject") == subject}


def test_of_what_is_taken_back_those_hear_who_were_asked(moving: Moving) -> None:
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id, who=moving.beis_officer, agreed=False)
    expected = {moving.preparer, moving.decc_officer}
    assert told(moving, "Somebody began on the day that is recorded") == expected
    assert told(moving, "The day on which somebody began is answered") == set()


def test_who_acts_through_the_same_shared_service_is_not_counted_as_waiting(moving: Moving) -> None:
    move_id = moved(moving)
    with transaction(moving.engine) as session:
        service = make_organisation(session, moving.now, "SSCL")
        says, agrees = (
            make_employee(session, moving.now, service, f"{one}.serves").person_id
            for one in ("says", "agrees")
        )
        for who, place in ((says, moving.beis), (agrees, moving.decc)):
            give_role(session, moving.now, who, Role.HR_OFFICER, place.id, operator_id=service.id)
    ask(moving, move_id, EARLIER, says)
    with open_session(moving.engine, writes=False) as session:
        waiting = [
            restarting.count_waiting(session, one, permissions_of(session, one, moving.now), moving.now)
            for one in (moving.decc_officer, agrees)
        ]
    assert waiting == [1, 0]
    asked = told(moving, "Somebody may have begun on another day")
    assert (moving.decc_officer in asked, agrees in asked) == (True, False)
    answer(moving, move_id, who=says, agreed=False)
    taken_back = told(moving, "Somebody began on the day that is recorded")
    assert (moving.decc_officer in taken_back, agrees in taken_back) == (True, False)


def has_label(moving: Moving, label: str, since: date, source: str = "page") -> None:
    """DECC has had a label that BEIS gets by the move, or has by another source ``since`` a day."""
    with transaction(moving.engine) as session:
        for person_id in moving.people[:2]:
            [post] = current(session, Posting, moving.now, moving.now, person_id=person_id)
            replace(session, post, moving.now, PROVENANCE, local_grade=label, unit="Nuclear")
        for place, begins in ((moving.decc, LONG_AGO), (moving.beis, start_of_day(since))):
            if place is moving.beis and source != "page":
                continue
            stamp = PROVENANCE.stamp(moving.now, begins)
            grade = LocalGrade(organisation_id=place.id, label=label, common_grade=CommonGrade.G6, **stamp)
            record(session, grade)


def test_a_label_that_came_along_begins_with_the_post(moving: Moving) -> None:
    has_label(moving, "Nuclear 6", START, source="the move")
    move_id = moved(moving)
    ask(moving, move_id, EARLIER)
    answer(moving, move_id)
    with open_session(moving.engine, writes=False) as session:
        at = start_of_day(EARLIER)
        [post] = current(session, Posting, at, moving.now, person_id=moving.people[0])
        assert post.organisation_id == moving.beis.id
        meaning = organisations.common_grade(session, moving.beis.id, post.local_grade, at, moving.now)
        assert meaning is CommonGrade.G6


def test_a_day_on_which_there_was_no_such_grade_is_refused(moving: Moving) -> None:
    has_label(moving, "Nuclear 6", START)
    move_id = moved(moving)
    with pytest.raises(Invalid, match="no grade called Nuclear 6") as refused:
        ask(moving, move_id, EARLIER)
    assert refused.value.field == "start_date"
    ask(moving, move_id, LATER)


@pytest.mark.parametrize("start", [EARLIER, LATER])
def test_a_move_back_gives_back_what_they_had_all_the_same(moving: Moving, start: date) -> None:
    has_label(moving, "Nuclear 6", START, source="the move")
    move_id = moved(moving)
    ask(moving, move_id, start)
    answer(moving, move_id)
    with transaction(moving.engine) as session:
        back = reversing.reverse(
            session,
            moving.now,
            move_id=move_id,
            origin_id=moving.decc.id,
            start_date=START + timedelta(days=61),
            **moving.as_officer(session, moving.decc_officer),
        )
        had = before_of(session, back, moving.now)
        assert [(one.local_grade, one.unit) for one in had.values()] == [("Nuclear 6", "Nuclear")] * 2
