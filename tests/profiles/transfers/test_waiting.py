"""What waits for an officer is what they can do, and nothing that is somebody else's."""

from datetime import UTC, date, datetime

import pytest

from profiles.roles.models import Role
from profiles.transfers import employees_part, interruptions, managers
from profiles.transfers.models import Side, TaskKind, Transfer
from profiles.transfers.parts import Doer
from profiles.transfers.service import advance_due
from profiles.transfers.waiting import Act, Waiting, waiting_for, waiting_for_others, waiting_of
from tests.factories.people import give_role
from tests.factories.transfers import Move

LAST_DAY = date(2026, 3, 13)


def acts(move: Move, who: str) -> list[tuple[Side | None, Act | TaskKind, date | None]]:
    person_id = getattr(move, who)
    found = waiting_for(move.session, person_id, move.permissions(person_id), move.now)
    return [(one.side, one.act, one.due_on) for one in found]


def hold(move: Move, transfer: Transfer) -> None:
    interruptions.hold(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=Side.EXPORTING,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        reason="Why",
        review_on=date(2026, 3, 6),
    )


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("hmrc_officer", [(Side.EXPORTING, Act.APPROVE, date(2026, 3, 13))]),
        ("home_office_officer", [(Side.IMPORTING, Act.APPROVE, date(2026, 3, 13))]),
        ("preparer", []),
        ("stranger", []),
        ("employee", []),
    ],
)
def test_an_approval_waits_for_who_may_give_it(
    move: Move, who: str, expected: list[tuple[Side, Act, date]]
) -> None:
    move.prepare()
    assert acts(move, who) == expected


def test_what_is_approved_waits_no_longer(move: Move) -> None:
    move.approve(move.prepare(), Side.IMPORTING, move.home_office_officer)
    assert acts(move, "home_office_officer") == []
    assert len(acts(move, "hmrc_officer")) == 1


def test_a_hold_waits_for_its_own_side_alone(move: Move) -> None:
    hold(move, move.prepare())
    assert acts(move, "hmrc_officer") == [(Side.EXPORTING, Act.REVIEW_HOLD, date(2026, 3, 6))]
    assert acts(move, "home_office_officer") == []


def test_dates_that_passed_wait_for_the_new_department(move: Move) -> None:
    move.prepare()
    move.now = datetime(2026, 3, 17, 9, tzinfo=UTC)
    assert acts(move, "hmrc_officer") == []
    assert acts(move, "preparer") == [(Side.IMPORTING, Act.CHANGE_DATES, date(2026, 3, 16))]


def test_the_first_pay_waits_for_payroll(move: Move) -> None:
    transfer = move.schedule()
    move.now = datetime(2026, 3, 17, 9, tzinfo=UTC)
    advance_due(move.session, move.now)
    assert acts(move, "preparer") == []
    assert [
        (one.doer, one.side, one.act, one.due_on)
        for one in waiting_of(move.session, transfer, (None,), move.now)
    ] == [
        (Doer.PAYROLL, Side.IMPORTING, TaskKind.PAYROLL_DETAILS, date(2026, 4, 15)),
        (Doer.PAYROLL, Side.IMPORTING, TaskKind.FIRST_PAY, date(2026, 4, 30)),
    ]


def others(move: Move, who: str) -> list[Waiting]:
    person_id = getattr(move, who)
    return waiting_for_others(move.session, person_id, move.permissions(person_id), move.now)


def test_each_open_task_waits_for_its_owner_and_not_for_hr(move: Move) -> None:
    transfer = move.begin()
    assert {(one.doer, one.side, one.act, one.due_on) for one in others(move, "preparer")} == {
        (Doer.EMPLOYEE, None, TaskKind.EMPLOYEE_DETAILS, LAST_DAY),
        (Doer.EMPLOYEE, None, TaskKind.TERMS, LAST_DAY),
        (Doer.EMPLOYEE, None, TaskKind.SIGN_IN, LAST_DAY),
        (Doer.SECURITY_OFFICER, Side.EXPORTING, TaskKind.CLEARANCE, LAST_DAY),
        (Doer.HR, Side.EXPORTING, Act.NAME_MANAGER, LAST_DAY),
    }
    assert acts(move, "preparer") == [(Side.IMPORTING, Act.NAME_MANAGER, LAST_DAY)]
    assert acts(move, "hmrc_officer") == [(Side.EXPORTING, Act.NAME_MANAGER, LAST_DAY)]
    move.do_tasks(transfer, but=[TaskKind.CLEARANCE])
    assert [(one.doer, one.side) for one in others(move, "hmrc_officer")] == [
        (Doer.SECURITY_OFFICER, Side.EXPORTING),
        (Doer.LINE_MANAGER, Side.IMPORTING),
    ]
    assert acts(move, "hmrc_officer") == []


def test_what_the_employee_says_is_wrong_waits_for_hr(move: Move) -> None:
    transfer = move.begin()
    employees_part.ask_correction(
        move.session, move.now, transfer_id=transfer.id, person_id=move.employee, what="Anjali"
    )
    assert (Side.EXPORTING, Act.ANSWER_CORRECTION, LAST_DAY) in acts(move, "hmrc_officer")
    assert TaskKind.EMPLOYEE_DETAILS not in [one.act for one in others(move, "hmrc_officer")]


def test_an_approval_that_one_may_not_give_waits_for_a_colleague(move: Move) -> None:
    move.prepare()
    assert [(one.side, one.act) for one in others(move, "preparer")] == [
        (Side.EXPORTING, Act.APPROVE),
        (Side.IMPORTING, Act.APPROVE),
        (Side.IMPORTING, TaskKind.FIRST_DAY),
    ]


def test_only_the_side_that_holds_reads_when_it_looks_again(move: Move) -> None:
    transfer = move.prepare()
    hold(move, transfer)
    assert [(one.act, one.due_on) for one in others(move, "preparer")] == [(Act.REVIEW_HOLD, None)]
    (told,) = waiting_of(move.session, transfer, (None,), move.now)
    assert told.due_on is None
    (known,) = waiting_of(move.session, transfer, (Side.EXPORTING,), move.now)
    assert known.due_on == date(2026, 3, 6)


def test_what_is_agreed_waits_for_the_first_day_and_for_payroll(move: Move) -> None:
    transfer = move.schedule()
    first_day, pay = others(move, "preparer")
    assert (first_day.act, first_day.due_on) == (TaskKind.FIRST_DAY, date(2026, 3, 15))
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=move.new_manager())
    assert waiting_of(move.session, transfer, (None,), move.now) == [pay]


@pytest.mark.parametrize("who", ["stranger", "employee"])
def test_nobody_else_reads_what_others_are_to_do(move: Move, who: str) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.hmrc.id)
    move.prepare()
    assert others(move, who) == []
    assert acts(move, who) == []
