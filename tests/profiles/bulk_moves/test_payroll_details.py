"""Payroll of the new organisation says of whom it has what it needs, and reads what is handed on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.audit.models import AuditEntry
from profiles.bulk_moves import handed_on, payroll_details
from profiles.bulk_moves.models import MemberState, PayrollDetail
from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.leave.models import LeaveBalance
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import AllowanceKind, PayAllowance, PensionMembership, PensionScheme
from profiles.people.models import SensitiveMark
from profiles.roles.models import Role
from profiles.temporal import current, record, start_of_day
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee

ALL = dict.fromkeys(PayrollDetail, True)


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)


@pytest.fixture
def payroll(moving: Moving) -> UUID:
    with transaction(moving.engine) as session:
        payroll = make_employee(session, moving.now, moving.beis, "nadia.pays").person_id
        give_role(session, moving.now, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
    return payroll


def say(moving: Moving, officer_id: UUID, move_id: UUID, person: UUID, *missing: PayrollDetail) -> None:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, officer_id)
        member_id = moving.member(move_id, person).id
        has = ALL | dict.fromkeys(missing, False)
        payroll_details.record_details(
            session, moving.now, move_id=move_id, member_id=member_id, **officer, has=has
        )


def rest(moving: Moving, officer_id: UUID, move_id: UUID, shown: int = 1) -> int:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, officer_id)
        return payroll_details.record_rest_taken_up(
            session, moving.now, move_id=move_id, **officer, shown=shown
        )


def counts(moving: Moving, move_id: UUID) -> tuple[int, int, int]:
    with open_session(moving.engine, writes=False) as session:
        return payroll_details.counts_of(session, payroll_details.reading.get(session, move_id))


def test_before_the_day_all_are_taken_up_at_once_but_whose_something_is_missing(
    moving: Moving, payroll: UUID
) -> None:
    move_id, lacking = moving.scheduled(), moving.people[0]
    say(moving, payroll, move_id, lacking, PayrollDetail.BANK, PayrollDetail.TAX)
    assert counts(moving, move_id) == (0, 1, 4)
    assert rest(moving, payroll, move_id, shown=4) == 4
    assert counts(moving, move_id) == (4, 1, 0)
    member = moving.member(move_id, lacking)
    assert payroll_details.missing_of(member) == [PayrollDetail.TAX, PayrollDetail.BANK]
    with pytest.raises(Conflict):
        rest(moving, payroll, move_id)
    say(moving, payroll, move_id, lacking)
    assert counts(moving, move_id) == (5, 0, 0)
    assert set(moving.states(move_id).values()) == {MemberState.SCHEDULED}


def test_payroll_is_told_once_when_the_moves_are_recorded(moving: Moving, payroll: UUID) -> None:
    subject = select(OutboxMessage.person_id).where(col(OutboxMessage.reason) == "People come by a bulk move")
    move_id = moving.validated()
    with open_session(moving.engine, writes=False) as session:
        assert session.exec(subject).all() == []
    moving.confirm(move_id)
    moving.work()
    with open_session(moving.engine, writes=False) as session:
        assert session.exec(subject).all() == [payroll]


def test_whose_something_is_missing_is_told_and_not_what(moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    say(moving, payroll, move_id, moving.people[0], PayrollDetail.STUDENT_LOAN)
    with open_session(moving.engine, writes=False) as session:
        subject = "Payroll needs something before your first pay"
        [mail] = session.exec(select(OutboxMessage).where(col(OutboxMessage.reason) == subject)).all()
        assert mail.person_id == moving.people[0]
        assert "loan" not in mail.payload["body"]
        noted = select(AuditEntry).where(col(AuditEntry.event) == "bulk_move.details_missing")
        [entry] = session.exec(noted).all()
        assert "loan" not in str(entry.details)


def test_nobody_says_it_of_themselves_nor_with_all_the_others(moving: Moving) -> None:
    move_id, own = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        give_role(session, moving.now, own, Role.PAYROLL_OFFICER, moving.beis.id)
    with pytest.raises(NotPermitted, match="your own pay"):
        say(moving, own, move_id, own)
    assert rest(moving, own, move_id, shown=4) == 4
    assert moving.member(move_id, own).details_at is None


def test_nothing_is_said_of_others_than_the_page_showed(moving: Moving, payroll: UUID) -> None:
    move_id = moving.scheduled()
    with pytest.raises(Conflict, match="5 people now, and the page showed 4"):
        rest(moving, payroll, move_id, shown=4)
    assert counts(moving, move_id) == (0, 0, 5)


def test_who_is_marked_sensitive_is_taken_up_by_their_own_line_alone(moving: Moving, payroll: UUID) -> None:
    move_id, hidden = moving.scheduled(), moving.people[0]
    with transaction(moving.engine) as session:
        stamp = PROVENANCE.stamp(moving.now, LONG_AGO)
        record(session, SensitiveMark(person_id=hidden, organisation_id=moving.decc.id, **stamp))
    assert rest(moving, payroll, move_id, shown=4) == 4
    assert moving.member(move_id, hidden).details_at is None
    with pytest.raises(Conflict, match="nobody left of whom"):
        rest(moving, payroll, move_id, shown=1)
    say(moving, payroll, move_id, hidden)
    assert counts(moving, move_id) == (5, 0, 0)


def test_only_payroll_of_the_new_organisation_says_it(moving: Moving) -> None:
    move_id = moving.scheduled()
    with transaction(moving.engine) as session:
        theirs = make_employee(session, moving.now, moving.decc, "olli.pays").person_id
        give_role(session, moving.now, theirs, Role.PAYROLL_OFFICER, moving.decc.id)
    for officer_id, refused in ((moving.beis_officer, NotPermitted), (theirs, NotFound)):
        with pytest.raises(refused):
            rest(moving, officer_id, move_id)
        with pytest.raises(refused):
            say(moving, officer_id, move_id, moving.people[0])
    assert counts(moving, move_id) == (0, 0, 5)


def test_it_is_said_of_everything_and_of_whom_a_move_is_recorded(moving: Moving, payroll: UUID) -> None:
    early = moving.validated()
    with pytest.raises(Conflict):
        say(moving, payroll, early, moving.people[0])
    with pytest.raises(Conflict):
        rest(moving, payroll, early)
    moving.confirm(early)
    moving.work()
    with transaction(moving.engine) as session:
        asked = {"move_id": early, "member_id": moving.member(early, moving.people[0]).id}
        asked |= moving.as_officer(session, payroll) | {"has": {PayrollDetail.TAX: True}}
        with pytest.raises(Invalid) as refused:
            payroll_details.record_details(session, moving.now, **asked)
    assert refused.value.field == "student_loan"


def test_what_is_handed_on_is_read_before_the_day_and_after_it(moving: Moving) -> None:
    person = moving.people[0]
    with transaction(moving.engine) as session:
        [employment] = current(session, Employment, moving.now, moving.now, person_id=person)
        about = {
            "person_id": person,
            "employment_id": employment.fact_id,
            "organisation_id": moving.decc.id,
            **PROVENANCE.stamp(moving.now, LONG_AGO),
        }
        record(session, PensionMembership(scheme=PensionScheme.ALPHA, member_number="A-1", **about))
        year = {"leave_year_from": date(2026, 1, 1), "entitlement_hundredths": 2500, "taken_hundredths": 750}
        record(session, LeaveBalance(**year, **about))
        record(session, PayAllowance(kind=AllowanceKind.ON_CALL, amount_pence=120_000, **about))
    move_id = moving.scheduled()
    before = read(moving, move_id, person)
    assert before.pension is not None
    assert before.pension.member_number == "A-1"
    assert before.leave is not None
    assert before.leave.remaining_hundredths == 1750
    assert before.pay is not None
    assert before.pay.salary_pence == 3_200_000
    assert [one.amount_pence for one in before.allowances] == [120_000]
    assert before.employment.organisation_id == moving.beis.id
    assert before.employment.valid_from == start_of_day(START)
    moving.now = start_of_day(START) + timedelta(days=1)
    moving.work()
    assert read(moving, move_id, person) == before


def test_nothing_is_handed_on_before_the_move_is_recorded(moving: Moving) -> None:
    move_id = moving.validated()
    with open_session(moving.engine, writes=False) as session:
        members = [moving.member(move_id, one) for one in moving.people]
        assert handed_on.handed_on(session, members, moving.now) == {}


def read(moving: Moving, move_id: UUID, person: UUID) -> handed_on.HandedOn:
    with open_session(moving.engine, writes=False) as session:
        member = moving.member(move_id, person)
        found = handed_on.handed_on(session, [member], moving.now)[member.id]
        session.expunge_all()
        return found
