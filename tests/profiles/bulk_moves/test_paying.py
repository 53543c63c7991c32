"""Payroll says of many people whether first pay, leave and pension are right, until all of it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.bulk_moves import pay_file, paying
from profiles.bulk_moves.models import BulkMoveState, MemberState
from profiles.bulk_moves.pay_file import Said
from profiles.errors import Invalid
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from profiles.transfers.models import PayItem
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.people import give_role, make_employee

HEAD = "number,first_pay,leave,pension\n"


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


@pytest.fixture
def move_id(moving: Moving) -> UUID:
    """Everybody has moved, and payroll has seen the first pays."""
    made = moving.scheduled()
    moving.now = start_of_day(START) + timedelta(days=30)
    moving.work()
    return made


def say(moving: Moving, payroll: UUID, move_id: UUID, said: Sequence[Said]) -> int:
    with transaction(moving.engine) as session:
        officer = moving.as_officer(session, payroll)
        return paying.record_many(session, moving.now, move_id=move_id, **officer, said=said)


def numbers(moving: Moving, move_id: UUID) -> list[str]:
    return [moving.member(move_id, one).new_number for one in moving.states(move_id)]


def wrong(*items: PayItem) -> dict[PayItem, bool]:
    return {item: item not in items for item in PayItem}


def test_a_file_says_it_of_many_and_the_last_right_one_completes_the_move(
    moving: Moving, payroll: UUID, move_id: UUID
) -> None:
    first, *others = numbers(moving, move_id)
    said = [Said(one, paying.ALL_RIGHT) for one in others]
    assert say(moving, payroll, move_id, [*said, Said(first, wrong(PayItem.LEAVE, PayItem.PENSION))]) == 5
    assert moving.state(move_id) is BulkMoveState.RECONCILING
    [one] = [key for key, state in moving.states(move_id).items() if state is MemberState.PAY_WRONG]
    member = moving.member(move_id, one)
    assert paying.wrong_of(member) == [PayItem.LEAVE, PayItem.PENSION]
    assert (member.new_number, member.first_pay_right) == (first, True)
    assert say(moving, payroll, move_id, [Said(first, paying.ALL_RIGHT)]) == 1
    assert moving.state(move_id) is BulkMoveState.COMPLETED
    assert moving.member(move_id, one).wrong_items == ""


def test_whoever_it_is_wrong_of_is_told_and_not_what(moving: Moving, payroll: UUID, move_id: UUID) -> None:
    first, *_others = numbers(moving, move_id)
    say(moving, payroll, move_id, [Said(first, wrong(PayItem.PENSION))])
    with open_session(moving.engine, writes=False) as session:
        mails = select(OutboxMessage).where(col(OutboxMessage.reason) == "Payroll puts something right")
        [mail] = session.exec(mails).all()
        assert moving.member(move_id, mail.person_id or UUID(int=0)).new_number == first
        assert "pension" not in mail.payload["body"]


@pytest.mark.parametrize("bad", ["unknown", "twice", "paid", "nothing"])
def test_of_a_file_with_a_line_that_cannot_be_nothing_is_taken(
    moving: Moving, payroll: UUID, move_id: UUID, bad: str
) -> None:
    first, second, *_others = numbers(moving, move_id)
    say(moving, payroll, move_id, [Said(second, paying.ALL_RIGHT)])
    said = {
        "unknown": [Said(first, paying.ALL_RIGHT), Said("nobody-1", paying.ALL_RIGHT)],
        "twice": [Said(first, paying.ALL_RIGHT), Said(first, wrong(PayItem.LEAVE))],
        "paid": [Said(first, paying.ALL_RIGHT), Said(second, paying.ALL_RIGHT)],
        "nothing": [],
    }
    with pytest.raises(Invalid) as refused:
        say(moving, payroll, move_id, said[bad])
    assert refused.value.field == "numbers"
    assert list(moving.states(move_id).values()).count(MemberState.PAID) == 1


def test_nobody_confirms_their_own_pay_by_a_file(moving: Moving, move_id: UUID) -> None:
    own = moving.people[0]
    with transaction(moving.engine) as session:
        give_role(session, moving.now, own, Role.PAYROLL_OFFICER, moving.beis.id)
    with pytest.raises(Invalid, match="your own pay"):
        say(moving, own, move_id, [Said(moving.member(move_id, own).new_number, paying.ALL_RIGHT)])


def test_a_table_is_read_by_its_column_names_and_empty_lines_say_nothing() -> None:
    text = "Name;Number;Leave;First_pay;Pension\nAda;'-12;no;YES;right\nBob;13;;;\n"
    assert pay_file.read(text) == [Said("-12", wrong(PayItem.LEAVE))]


def test_a_table_is_read_with_the_line_ends_of_any_machine() -> None:
    text = HEAD.replace("\n", "\r") + "12,yes,yes,yes\r"
    assert pay_file.read(text) == [Said("12", paying.ALL_RIGHT)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number,first_pay,leave\n1,yes,yes\n", "no column pension"),
        (f"{HEAD}1,yes,yes,perhaps\n", "Line 2 says neither yes nor no in the column pension"),
        (f"{HEAD}1,yes,yes,yes\n2,yes,,yes\n", "Line 3 says neither yes nor no in the column leave"),
        (f"{HEAD},yes,yes,yes\n", "Line 2 has no number"),
        (f"{HEAD}1,yes,yes,yes\n\n\n2,yes,,yes\n", "Line 5 says neither yes nor no in the column leave"),
        ("number,first_pay,leave,pension,leave\n1,no,no,no,yes\n", "two columns leave"),
        ("\x00\x01", "no column number"),
        ("x" * 200_000, "This is no table"),
        (f"{HEAD}{'x' * 200_000},yes,yes,yes", "This is no table"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_by_its_line(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        pay_file.read(text)
