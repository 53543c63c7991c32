"""What is corrected of the first day of people who came by a bulk move is a list for both payrolls."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.access_changes import settle_people
from app.database import open_session, transaction
from app.pay_watch import watch_pay
from profiles.bulk_moves import pay_corrections, paying
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.pay_corrections import Corrected
from profiles.bulk_moves.pay_file import Said
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound
from profiles.loads import Load
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, replace, start_of_day
from profiles.transfers.models import Side
from tests.factories.bulk_moves import EXPORTING, IMPORTING, START, make_moving
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee

BY_HR = Provenance(None, "page", "it was wrong")
LATER = start_of_day(START) + timedelta(days=3, hours=9)


class Reconciling:
    """All of DECC has come to BEIS. ``old`` and ``new`` are payroll of the one and the other."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.moving = moving = make_moving(engine, now)
        with transaction(engine) as session:
            self.old = make_employee(session, now, make_place(session, now), "pat.pays").person_id
            self.new = make_employee(session, now, moving.beis, "nadia.pays").person_id
            give_role(session, now, self.old, Role.PAYROLL_OFFICER, moving.decc.id)
            give_role(session, now, self.new, Role.PAYROLL_OFFICER, moving.beis.id)
        self.move_id = moving.scheduled()
        moving.now = start_of_day(START) + timedelta(hours=9)
        moving.work()
        self.now = LATER

    def correct(self, model: type[Any], *people: UUID, load_id: UUID | None = None, **values: Any) -> None:
        with transaction(self.moving.engine) as session:
            for person_id in people:
                held = current(session, model, self.now, self.now, person_id=person_id)[0]
                made = replace(session, held, self.now, BY_HR, **values)
                made.load_id = load_id
                session.add(made)
            if load_id is None:
                settle_people(session, people, self.now, "A record was changed.")

    def waits(self, officer: UUID, side: Side) -> list[Corrected]:
        with open_session(self.moving.engine, writes=False) as session:
            permissions = self.moving.as_officer(session, officer)["permissions"]
            move = pay_corrections.get_for(session, self.move_id, side, permissions)
            found = pay_corrections.list_open(session, move, side, permissions, officer, limit=100)
            session.expunge_all()
            return found

    def shown(self, officer: UUID, side: Side, only: UUID | None = None) -> str:
        with open_session(self.moving.engine, writes=False) as session:
            permissions = self.moving.as_officer(session, officer)["permissions"]
            move = pay_corrections.get_for(session, self.move_id, side, permissions)
            return pay_corrections.as_shown(session, move, side, permissions, officer, only)

    def take_up(self, officer: UUID, side: Side, shown: str, only: UUID | None = None) -> int:
        with transaction(self.moving.engine) as session:
            asked = self.moving.as_officer(session, officer)
            return pay_corrections.take_up(
                session, self.now, move_id=self.move_id, side=side, shown=shown, only=only, **asked
            )

    def pay(self, person_id: UUID) -> None:
        with transaction(self.moving.engine) as session:
            asked = self.moving.as_officer(session, self.new)
            member = self.moving.member(self.move_id, person_id)
            paying.record_pay(
                session,
                self.now,
                move_id=self.move_id,
                member_id=member.id,
                right=paying.ALL_RIGHT,
                **asked,
            )

    def pay_many(self, said: list[Said]) -> None:
        with transaction(self.moving.engine) as session:
            asked = self.moving.as_officer(session, self.new)
            paying.record_many(session, self.now, move_id=self.move_id, said=said, **asked)

    def mails(self) -> list[UUID | None]:
        with open_session(self.moving.engine, writes=False) as session:
            found = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
            assert not [one for one in found if "33,000" in str(one.payload)]
            return [one.person_id for one in found if one.reason.startswith("Corrections after")]


def make_place(session: Any, now: datetime) -> Any:
    return make_organisation(session, now, "SHARED")


@pytest.fixture
def here(engine: Engine, now: datetime) -> Reconciling:
    return Reconciling(engine, now)


def test_a_corrected_salary_is_for_the_new_payroll_alone_and_holds_the_first_pay(here: Reconciling) -> None:
    one, other, _ = here.moving.people
    here.correct(PayRecord, one, salary_pence=3_300_000)
    [found] = here.waits(here.new, IMPORTING)
    assert (found.before.salary_pence, found.after.salary_pence) == (3_200_000, 3_300_000)
    assert here.waits(here.old, EXPORTING) == []
    with pytest.raises(Conflict, match="was corrected"):
        here.pay(one)
    here.pay(other)
    assert here.take_up(here.new, IMPORTING, here.shown(here.new, IMPORTING)) == 1
    here.pay(one)
    assert here.waits(here.new, IMPORTING) == []


def test_a_corrected_start_date_is_for_both_and_the_old_payroll_learns_nothing_else(
    here: Reconciling,
) -> None:
    one = here.moving.people[0]
    here.correct(Employment, one, valid_from=start_of_day(date(2026, 4, 2)))
    here.correct(PayRecord, one, salary_pence=3_300_000)
    for officer, side in ((here.new, IMPORTING), (here.old, EXPORTING)):
        [found] = here.waits(officer, side)
        assert (found.before.start_date, found.after.start_date) == (START, date(2026, 4, 2))
    assert (found.after.local_grade, found.after.salary_pence) == (None, None)


def test_nothing_waits_while_nothing_of_the_first_day_is_changed(here: Reconciling) -> None:
    one = here.moving.people[0]
    here.correct(Posting, one, job_title="Chief clerk")
    assert here.waits(here.new, IMPORTING) == []
    assert here.mails() == []


def test_of_many_there_is_one_list_and_one_mail_and_all_the_others_are_right(here: Reconciling) -> None:
    one, other, third = here.moving.people
    here.correct(PayRecord, one, other, salary_pence=3_300_000)
    here.now += timedelta(minutes=5)
    here.correct(Posting, third, local_grade="Grade 7")
    assert here.mails() == [here.new]
    assert len(here.waits(here.new, IMPORTING)) == 3
    with transaction(here.moving.engine) as session:
        asked = here.moving.as_officer(session, here.new)
        paying.record_rest_right(session, here.now, move_id=here.move_id, **asked)
    states = here.moving.states(here.move_id)
    assert [states[person] for person in (one, other, third)] == [MemberState.JOINED] * 3
    assert here.moving.state(here.move_id) is BulkMoveState.RECONCILING
    numbers = sorted(here.moving.member(here.move_id, person).new_number for person in (one, other, third))
    said = [Said(number, paying.ALL_RIGHT) for number in numbers]
    with pytest.raises(Invalid, match=", ".join(numbers)):
        here.pay_many(said)
    assert here.take_up(here.new, IMPORTING, here.shown(here.new, IMPORTING)) == 3


def test_a_list_that_changed_after_it_was_shown_is_not_taken_up(here: Reconciling) -> None:
    one, other, _ = here.moving.people
    here.correct(PayRecord, one, salary_pence=3_300_000)
    seen = here.shown(here.new, IMPORTING)
    here.now += timedelta(minutes=5)
    here.correct(PayRecord, one, salary_pence=3_400_000)
    with pytest.raises(Conflict, match="has changed"):
        here.take_up(here.new, IMPORTING, seen)
    [found] = here.waits(here.new, IMPORTING)
    assert (found.before.salary_pence, found.after.salary_pence) == (3_200_000, 3_400_000)
    seen = here.shown(here.new, IMPORTING, found.correction.id)
    here.correct(PayRecord, other, salary_pence=3_300_000)
    assert here.take_up(here.new, IMPORTING, seen, found.correction.id) == 1
    with pytest.raises(Conflict, match="has changed"):
        here.take_up(here.new, IMPORTING, seen, found.correction.id)


def test_what_is_corrected_after_the_first_pay_says_so_and_compares_with_what_was_taken_up(
    here: Reconciling,
) -> None:
    one = here.moving.people[0]
    here.correct(PayRecord, one, salary_pence=3_300_000)
    here.take_up(here.new, IMPORTING, here.shown(here.new, IMPORTING))
    here.pay(one)
    here.now += timedelta(days=1)
    here.correct(PayRecord, one, salary_pence=3_400_000)
    [found] = here.waits(here.new, IMPORTING)
    assert (found.before.salary_pence, found.after.salary_pence) == (3_300_000, 3_400_000)
    assert found.came_after_first_pay


def test_nobody_takes_up_their_own_and_payroll_of_the_other_side_nothing(here: Reconciling) -> None:
    one = here.moving.people[0]
    with transaction(here.moving.engine) as session:
        give_role(session, here.moving.now, one, Role.PAYROLL_OFFICER, here.moving.beis.id)
    here.correct(PayRecord, one, salary_pence=3_300_000)
    assert here.waits(one, IMPORTING) == []
    shown = here.shown(here.new, IMPORTING)
    with pytest.raises(Conflict):
        here.take_up(one, IMPORTING, shown)
    for officer, side in (
        (here.old, IMPORTING),
        (here.new, EXPORTING),
        (here.moving.beis_officer, IMPORTING),
    ):
        with pytest.raises(NotFound):
            here.take_up(officer, side, shown)


def test_what_an_import_corrected_is_found_once_published_also_long_after(here: Reconciling) -> None:
    one, other, _ = here.moving.people
    engine = here.moving.engine
    watch_pay(engine, here.now)
    with transaction(engine) as session:
        load = Load(
            organisation_id=here.moving.beis.id,
            kind="records",
            content_hash="1",
            rows_total=2,
            started_at=here.now,
        )
        session.add(load)
        session.flush()
        load_id = load.id
    here.correct(PayRecord, one, other, load_id=load_id, salary_pence=3_300_000)
    watch_pay(engine, here.now)
    assert here.waits(here.new, IMPORTING) == []
    here.now += timedelta(hours=1)
    with transaction(engine) as session:
        published = session.get(Load, load_id)
        assert published is not None
        published.published_at = here.now
    here.now += timedelta(days=40)
    watch_pay(engine, here.now)
    watch_pay(engine, here.now + timedelta(minutes=1))
    assert len(here.waits(here.new, IMPORTING)) == 2
    assert here.mails() == [here.new]
