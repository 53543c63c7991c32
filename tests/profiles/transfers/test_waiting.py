"""What waits for an officer is what they can do, and nothing that is somebody else's."""

from datetime import UTC, date, datetime

import pytest

from profiles.transfers import interruptions
from profiles.transfers.models import Side, Transfer
from profiles.transfers.service import advance_due
from profiles.transfers.waiting import Act, waiting_for
from tests.factories.transfers import Move


def acts(move: Move, who: str) -> list[tuple[Side, Act, date]]:
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


def test_the_first_pay_waits_for_the_new_department(move: Move) -> None:
    move.schedule()
    move.now = datetime(2026, 3, 17, 9, tzinfo=UTC)
    assert acts(move, "preparer") == []
    advance_due(move.session, move.now)
    assert acts(move, "preparer") == [(Side.IMPORTING, Act.CONFIRM_FIRST_PAY, date(2026, 4, 16))]
    assert acts(move, "hmrc_officer") == []
