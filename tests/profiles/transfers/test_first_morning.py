"""Nobody's move is agreed, or goes on, without a way in that they keep."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from profiles.errors import Conflict, Invalid, NotFound
from profiles.outbox.models import OutboxMessage
from profiles.transfers import first_morning, interruptions, watching
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.parts import Doer
from profiles.transfers.tasks import get
from tests.factories.transfer_tasks import WAY_IN
from tests.factories.transfers import Move

OTHER = "passkey:00000000-0000-0000-0000-000000000008"


def is_done(move: Move, transfer: Transfer) -> bool:
    return get(move.session, transfer, TaskKind.SIGN_IN).done_at is not None


def lose(move: Move, transfer: Transfer, *left: str) -> None:
    first_morning.look(move.session, transfer, left, move.now)
    watching.look(move.session, transfer, move.now)


def subjects(move: Move, person_id: object) -> list[str]:
    mails = move.session.exec(select(OutboxMessage)).all()
    return [mail.reason for mail in mails if mail.person_id == person_id]


def test_the_task_is_the_employees_and_open(move: Move) -> None:
    task = get(move.session, move.begin(), TaskKind.SIGN_IN)
    assert (task.side, task.done_at) == (None, None)


@pytest.mark.parametrize("side", list(Side))
def test_nobody_approves_before_they_named_one(move: Move, side: Side) -> None:
    transfer = move.prepare()
    lose(move, transfer)
    officer = move.hmrc_officer if side is Side.EXPORTING else move.home_office_officer
    with pytest.raises(Conflict, match="how they sign in"):
        move.approve(transfer, side, officer)


def test_officers_hear_of_it_when_it_waits_for_them(move: Move) -> None:
    transfer = move.begin()
    assert "A transfer waits for approval" not in subjects(move, move.hmrc_officer)
    move.do_tasks(transfer)
    move.name_way_in(transfer)
    for officer in (move.hmrc_officer, move.home_office_officer):
        assert subjects(move, officer).count("A transfer waits for approval") == 1


@pytest.mark.parametrize("who", ["hmrc_officer", "preparer", "home_office_officer", "stranger"])
def test_nobody_names_one_for_them(move: Move, who: str) -> None:
    transfer = move.begin()
    with pytest.raises(NotFound):
        first_morning.confirm(
            move.session,
            move.now,
            transfer_id=transfer.id,
            person_id=getattr(move, who),
            ways_in=[WAY_IN],
            way_in=WAY_IN,
        )


def test_only_what_lasts_can_be_named(move: Move) -> None:
    transfer = move.begin()
    with pytest.raises(Invalid) as refused:
        first_morning.confirm(
            move.session,
            move.now,
            transfer_id=transfer.id,
            person_id=move.employee,
            ways_in=[OTHER],
            way_in=WAY_IN,
        )
    assert refused.value.field == "way_in"
    assert not is_done(move, transfer)


def test_what_was_removed_before_the_agreement_is_named_anew(move: Move) -> None:
    transfer = move.prepare()
    lose(move, transfer, OTHER)
    assert not is_done(move, transfer)
    assert "You need a way to sign in on your first morning" in subjects(move, move.employee)
    with pytest.raises(Conflict, match="how they sign in"):
        move.approve(transfer, Side.IMPORTING, move.home_office_officer)


def test_it_is_looked_at_again_when_the_move_is_agreed(move: Move) -> None:
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Conflict, match="how they sign in"):
        move.approve(transfer, Side.EXPORTING, move.hmrc_officer, ways_in=[])


def test_after_the_agreement_another_one_takes_its_place(move: Move) -> None:
    transfer = move.schedule()
    lose(move, transfer, OTHER)
    assert (transfer.state, transfer.way_in) == (TransferState.SCHEDULED, OTHER)


def test_who_has_lost_all_is_blocked_and_goes_on_when_they_name_another(move: Move) -> None:
    transfer = move.schedule()
    lose(move, transfer)
    assert transfer.state is TransferState.BLOCKED
    stopped = interruptions.find_open(move.session, transfer.id)
    assert stopped is not None
    assert interruptions.mended_by(stopped) == ((None, Doer.EMPLOYEE),)
    move.name_way_in(transfer, OTHER)
    assert transfer.state is TransferState.SCHEDULED


def test_after_the_last_day_nothing_is_taken_back_for_it(move: Move) -> None:
    """The new department's HR helps instead: without the post they would have nothing at all."""
    transfer = move.schedule()
    move.now = datetime(2026, 3, 14, 9, tzinfo=UTC)
    lose(move, transfer)
    assert transfer.state is TransferState.SCHEDULED
    with pytest.raises(Conflict, match="before the last day has ended"):
        move.name_way_in(transfer)


def test_blocked_beyond_the_last_day_it_returns_to_both_departments(move: Move) -> None:
    transfer = move.schedule()
    lose(move, transfer)
    move.now = datetime(2026, 3, 14, 9, tzinfo=UTC)
    watching.look(move.session, transfer, move.now)
    assert transfer.state is TransferState.IN_PROGRESS
    move.name_way_in(transfer, OTHER)
    assert is_done(move, transfer)
