"""Payroll's part: only payroll, only once agreed, and complete when all is right."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from profiles.transfers import payroll, tasks
from profiles.transfers.models import PayItem, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance_due
from profiles.transfers.timetable import Timetable
from tests.factories.people import give_role
from tests.factories.transfers import Move

RIGHT = dict.fromkeys(PayItem, True)
JOINED = datetime(2026, 3, 17, 9, tzinfo=UTC)


def confirm(move: Move, transfer: Transfer, officer: UUID) -> None:
    payroll.confirm_details(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
    )


def check(move: Move, transfer: Transfer, officer: UUID, right: dict[PayItem, bool]) -> None:
    payroll.record_checks(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        right=right,
    )


def joined(move: Move) -> tuple[Transfer, UUID]:
    """A move that reconciles, of which payroll has taken up what it needs."""
    officer, transfer = move.payroll_officer(), move.schedule()
    move.now = JOINED
    advance_due(move.session, JOINED)
    confirm(move, transfer, officer)
    return transfer, officer


def test_all_right_completes_the_transfer(move: Move) -> None:
    transfer, officer = joined(move)
    check(move, transfer, officer, RIGHT)
    assert transfer.state is TransferState.COMPLETED
    assert tasks.get(move.session, transfer, TaskKind.FIRST_PAY).done_by == officer


@pytest.mark.parametrize("item", list(PayItem))
def test_what_is_wrong_is_asked_about_again_until_it_is_right(move: Move, item: PayItem) -> None:
    transfer, officer = joined(move)
    check(move, transfer, officer, RIGHT | {item: False})
    assert transfer.state is TransferState.RECONCILING
    assert tasks.get(move.session, transfer, TaskKind.FIRST_PAY).due_on == date(2026, 3, 24)
    mails = [one for one in move.session.exec(select(OutboxMessage)) if "something right" in str(one.payload)]
    told = [one.person_id for one in mails]
    assert {move.employee, move.preparer} <= set(told)
    assert not any(word in str(one.payload) for one in mails for word in ("pension", "leave", "first pay"))
    assert move.hmrc_officer not in told
    wrong = move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.pay_wrong")).one()
    assert wrong.details["wrong"] == item.value
    check(move, transfer, officer, RIGHT)
    assert transfer.state is TransferState.COMPLETED


def test_nothing_is_confirmed_that_nobody_spoke_of(move: Move) -> None:
    transfer, officer = joined(move)
    with pytest.raises(Invalid) as refused:
        check(move, transfer, officer, {PayItem.FIRST_PAY: True, PayItem.LEAVE: True})
    assert refused.value.field == "pension"


@pytest.mark.parametrize("who", ["employee", "hmrc_officer", "preparer", "home_office_officer", "stranger"])
def test_nobody_but_payroll_of_the_new_department_confirms(move: Move, who: str) -> None:
    transfer, _officer = joined(move)
    give_role(move.session, move.now, move.stranger, Role.PAYROLL_OFFICER, move.hmrc.id)
    for act in (confirm, lambda *one: check(*one, RIGHT)):
        with pytest.raises(NotFound):
            act(move, transfer, getattr(move, who))
    assert transfer.state is TransferState.RECONCILING


def test_nobody_confirms_their_own_pay(move: Move) -> None:
    transfer, _officer = joined(move)
    give_role(move.session, move.now, move.employee, Role.PAYROLL_OFFICER, move.home_office.id)
    with pytest.raises(NotPermitted):
        check(move, transfer, move.employee, RIGHT)


def test_payroll_hears_nothing_before_it_is_agreed(move: Move) -> None:
    officer, transfer = move.payroll_officer(), move.prepare()
    with pytest.raises(Conflict):
        confirm(move, transfer, officer)
    assert officer not in [one.person_id for one in move.session.exec(select(OutboxMessage))]


def test_the_first_pay_is_not_right_before_payroll_has_what_it_needs(move: Move) -> None:
    officer, transfer = move.payroll_officer(), move.schedule()
    with pytest.raises(Conflict):
        check(move, transfer, officer, RIGHT)
    assert officer in [one.person_id for one in move.session.exec(select(OutboxMessage))]
    advance_due(move.session, JOINED)
    with pytest.raises(Conflict, match="has what it needs"):
        check(move, transfer, officer, RIGHT)


def test_a_first_pay_counts_as_wrong_though_it_was_put_right(move: Move) -> None:
    transfer, officer = joined(move)
    check(move, transfer, officer, RIGHT | {PayItem.FIRST_PAY: False})
    check(move, transfer, officer, RIGHT)
    since = JOINED - timedelta(days=1)
    found = payroll.first_pays(move.session, [move.home_office.id], since)
    assert (found.checked, found.wrong, found.share) == (1, 1, 100.0)
    assert payroll.first_pays(move.session, [move.hmrc.id], since).checked == 0
    assert payroll.first_pays(move.session, [move.home_office.id], JOINED + timedelta(days=1)).share == 0


@pytest.mark.parametrize(
    ("start", "cut_off"),
    [
        (date(2026, 3, 1), date(2026, 3, 15)),
        (date(2026, 3, 15), date(2026, 3, 15)),
        (date(2026, 3, 16), date(2026, 4, 15)),
        (date(2026, 12, 31), date(2027, 1, 15)),
        (date(2028, 2, 29), date(2028, 3, 15)),
    ],
)
def test_the_cut_off_is_the_first_after_the_start(start: date, cut_off: date) -> None:
    assert Timetable(cut_off_day=15).cut_off(start) == cut_off


def test_a_move_that_was_over_before_payroll_had_a_part_has_none(move: Move) -> None:
    transfer = move.schedule()
    move.session.delete(tasks.get(move.session, transfer, TaskKind.PAYROLL_DETAILS))
    move.session.flush()
    with pytest.raises(NotFound):
        tasks.get(move.session, transfer, TaskKind.PAYROLL_DETAILS)
