"""A move that happened is taken back by another: the same person, on the terms that they had."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from profiles.clearances.models import Sponsorship
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.temporal import current, end_of_day, start_of_day
from profiles.transfers import employees_part, managers, tasks
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.reversing import SETTLED, find_reversal, is_reversible, offer_reversal, reverse
from profiles.transfers.service import advance_due, approvals_of
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfer_tasks import WAY_IN, decide_clearance, name_way_in
from tests.factories.transfers import Move

JOINED = datetime(2026, 3, 18, 9, tzinfo=UTC)
BACK = date(2026, 3, 30)
THEN = start_of_day(BACK) + timedelta(hours=9)
ADDRESS = "p.patel@hmrc.gov.uk"


@pytest.fixture
def moved(move: Move) -> Transfer:
    """The employee, with pay and an address of HMRC, works at the Home Office since Monday."""
    (posting,) = held(move, Posting, move.now)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
    }
    pay = PayRecord(
        employment_id=posting.employment_id,
        salary_pence=3_200_000,
        pay_reason=PayReason.AWARD,
        scale="HO band 4",
        fte_thousandths=800,
        **stamp,
    )
    move.session.add_all([pay, WorkAddress(address=ADDRESS, **stamp)])
    move.session.flush()
    transfer = move.schedule()
    move.now = JOINED
    advance_due(move.session, move.now)
    return transfer


def held(move: Move, model: Any, at: datetime) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def send_back(move: Move, transfer: Transfer, who: str = "hmrc_officer") -> Transfer:
    officer = getattr(move, who)
    return reverse(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        start_date=BACK,
        last_day=None,
    )


def agree(move: Move, back: Transfer) -> None:
    """The employee, the Home Office's security officer, and an officer of each who did not begin it."""
    give_role(move.session, move.now, move.stranger, Role.SECURITY_OFFICER, move.home_office.id)
    employees_part.accept_terms(move.session, move.now, transfer_id=back.id, person_id=move.employee)
    name_way_in(move.session, move.now, back)
    decide_clearance(move.session, move.now, back, move.stranger, released=True)
    if tasks.find_owner(move.session, back, TaskKind.FIRST_DAY) is None:
        managers.name(move.session, back, Side.IMPORTING, move.manager(), move.now)
    second = move.security_officer()
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    move.approve(back, Side.IMPORTING, second, ways_in=[WAY_IN])
    move.approve(back, Side.EXPORTING, move.home_office_officer, ways_in=[WAY_IN])


def test_everything_is_as_it_was_with_service_unbroken(move: Move, moved: Transfer) -> None:
    before = datetime(2026, 3, 10, 9, tzinfo=UTC)
    (post,), (old,) = held(move, Posting, before), held(move, Employment, before)
    back = send_back(move, moved)
    agree(move, back)
    assert back.state is TransferState.SCHEDULED
    move.now = THEN
    advance_due(move.session, move.now)
    assert back.state is TransferState.RECONCILING
    (posting,), (employment,) = held(move, Posting, THEN), held(move, Employment, THEN)
    assert (posting.organisation_id, posting.local_grade, posting.job_title) == (
        move.hmrc.id,
        post.local_grade,
        post.job_title,
    )
    assert (employment.number, employment.continuous_service_from, employment.contract_type) == (
        old.number,
        old.continuous_service_from,
        old.contract_type,
    )
    (pay,) = held(move, PayRecord, THEN)
    assert (pay.salary_pence, pay.scale, pay.fte_thousandths) == (3_200_000, "HO band 4", 800)
    assert [one.address for one in held(move, WorkAddress, THEN) if one.organisation_id] == [ADDRESS]
    assert {one.organisation_id for one in held(move, Sponsorship, THEN)} == {move.hmrc.id}
    assert (back.reverses_id, find_reversal(move.session, moved)) == (moved.id, back)


def test_allowances_that_would_still_be_paid_come_back_and_no_others(move: Move) -> None:
    (posting,) = held(move, Posting, move.now)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
    }
    pay = PayRecord(
        employment_id=posting.employment_id,
        salary_pence=3_200_000,
        pay_reason=PayReason.AWARD,
        **stamp,
    )
    move.session.add_all([pay, WorkAddress(address=ADDRESS, **stamp)])
    until = {
        AllowanceKind.LOCATION: None,
        AllowanceKind.SPECIALIST: end_of_day(date(2026, 12, 31)),
        AllowanceKind.ON_CALL: end_of_day(date(2026, 3, 20)),
    }
    move.session.add_all(
        PayAllowance(
            employment_id=posting.employment_id, kind=kind, amount_pence=100, **(stamp | {"valid_to": ends})
        )
        for kind, ends in until.items()
    )
    move.session.flush()
    move.now += timedelta(minutes=1)
    transfer = move.schedule()
    move.now = JOINED
    advance_due(move.session, move.now)
    agree(move, send_back(move, transfer))
    del until[AllowanceKind.ON_CALL]
    assert {one.kind: one.valid_to for one in held(move, PayAllowance, THEN)} == until


def test_after_a_year_it_is_too_late(move: Move, moved: Transfer) -> None:
    move.now = moved.join_at + timedelta(days=365)
    assert not is_reversible(moved, move.now)
    with pytest.raises(Conflict, match="more than a year ago"):
        send_back(move, moved)
    assert find_reversal(move.session, moved) is None


def test_what_the_first_move_settled_is_not_asked_again(move: Move, moved: Transfer) -> None:
    back = send_back(move, moved)
    done = {one.kind for one in tasks.of_transfer(move.session, back.id) if one.outcome == SETTLED}
    assert done == {TaskKind.EMPLOYEE_DETAILS, TaskKind.BPSS, TaskKind.LINE_MANAGER}
    for kind in (TaskKind.TERMS, TaskKind.SIGN_IN, TaskKind.CLEARANCE):
        assert tasks.get(move.session, back, kind).done_at is None
    assert not approvals_of(move.session, back.id)


def test_either_department_begins_it_and_no_other_nor_the_employee(move: Move, moved: Transfer) -> None:
    with pytest.raises(NotFound):
        send_back(move, moved, "stranger")
    with pytest.raises(NotPermitted):
        send_back(move, moved, "employee")
    assert send_back(move, moved, "home_office_officer").prepared_by == move.home_office_officer


def test_who_began_it_does_not_approve_it(move: Move, moved: Transfer) -> None:
    back = send_back(move, moved)
    with pytest.raises(NotPermitted, match="prepared"):
        move.approve(back, Side.IMPORTING, move.hmrc_officer, ways_in=[WAY_IN])


def test_a_move_is_reversed_once_unless_that_came_to_nothing(move: Move, moved: Transfer) -> None:
    back = send_back(move, moved)
    with pytest.raises(Conflict, match="already"):
        send_back(move, moved)
    withdraw(move.session, move.now, transfer_id=back.id, person_id=move.employee)
    assert send_back(move, moved).reverses_id == moved.id


def test_why_it_cannot_be_is_for_the_department_where_they_work(move: Move, moved: Transfer) -> None:
    (posting,) = held(move, Posting, move.now)
    lent = PROVENANCE.stamp(move.now, start_of_day(BACK))
    host = {"organisation_id": move.hmrc.id, "kind": PostingKind.HOST, "job_title": "Adviser"}
    values = posting.model_dump(exclude={"id", "fact_id"})
    move.session.add(Posting(**(values | lent | host)))
    move.session.flush()
    with pytest.raises(Conflict, match="on loan"):
        send_back(move, moved, "home_office_officer")
    with pytest.raises(Conflict, match="other department can say why"):
        send_back(move, moved)


def test_before_it_has_happened_a_move_is_stopped_and_not_reversed(move: Move) -> None:
    with pytest.raises(Conflict, match="has happened"):
        send_back(move, move.schedule())


def test_nothing_is_written_by_looking_at_it(move: Move, moved: Transfer) -> None:
    offered = offer_reversal(
        move.session,
        move.now,
        transfer_id=moved.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        start_date=BACK,
        last_day=None,
    )
    assert (offered.salary_pence, offered.work_address) == (3_200_000, ADDRESS)
    assert find_reversal(move.session, moved) is None


def test_an_address_that_is_somebody_elses_by_now_stops_it(move: Move, moved: Transfer) -> None:
    stamp = PROVENANCE.stamp(move.now, end_of_day(date(2026, 3, 14)))
    taken = WorkAddress(address=ADDRESS, organisation_id=move.hmrc.id, person_id=move.hmrc_officer, **stamp)
    move.session.add(taken)
    move.session.flush()
    with pytest.raises(Exception, match="has this work address"):
        send_back(move, moved)
