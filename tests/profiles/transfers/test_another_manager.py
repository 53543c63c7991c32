"""A line manager who leaves, or moves, is replaced until the start, and nobody approves anew."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid
from profiles.outbox.models import OutboxMessage
from profiles.temporal import current, end, history, replace
from profiles.transfers import interruptions, managers, service, tasks, watching
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance_due, approvals_of
from profiles.transfers.waiting import Act, waiting_for
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move

SATURDAY, MONDAY = datetime(2026, 3, 14, 9, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def other(move: Move) -> UUID:
    return make_employee(move.session, move.now, move.home_office, "ida.next").person_id


def name_other(move: Move, transfer: Transfer, who: str = "ida.next") -> None:
    managers.name_manager(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.home_office_officer,
        permissions=move.permissions(move.home_office_officer),
        unverified_address=f"{who}@ho.gov.uk",
        side=Side.IMPORTING,
    )


def managed_by(move: Move, at: datetime = MONDAY) -> list[UUID | None]:
    found = current(move.session, Posting, at, move.now, person_id=move.employee)
    return [one.line_manager_id for one in found if one.organisation_id == move.home_office.id]


def test_after_both_have_approved_the_post_begins_under_the_other_one(move: Move, other: UUID) -> None:
    transfer = move.schedule()
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=move.new_manager())
    move.now += timedelta(hours=1)
    told = {one.id for one in move.session.exec(select(OutboxMessage))}
    name_other(move, transfer)
    assert managed_by(move) == [other]
    assert (transfer.state, len(approvals_of(move.session, transfer.id))) == (TransferState.SCHEDULED, 2)
    task = tasks.get(move.session, transfer, TaskKind.FIRST_DAY)
    assert (task.owner_id, task.done_at) == (other, None)
    mails = [one for one in move.session.exec(select(OutboxMessage)) if one.id not in told]
    assert {one.person_id: "not wait" in str(one.payload["subject"]) for one in mails} == {
        other: False,
        move.new_manager(): True,
    }
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=other)
    with pytest.raises(Invalid, match="already") as refused:
        name_other(move, transfer)
    assert refused.value.field == "address"


def test_between_the_approvals_too(move: Move, other: UUID) -> None:
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    name_other(move, transfer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    assert managed_by(move) == [other]


def test_what_is_taken_back_afterwards_leaves_nothing_behind(move: Move, other: UUID) -> None:
    transfer = move.schedule()
    move.now += timedelta(hours=1)
    name_other(move, transfer)
    move.now += timedelta(hours=1)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    posts = history(move.session, Posting, move.now, person_id=move.employee)
    assert {one.organisation_id for one in posts} == {move.hmrc.id}


def test_between_the_last_day_and_the_start_and_no_longer(move: Move, other: UUID) -> None:
    transfer = move.schedule()
    move.now = SATURDAY
    advance_due(move.session, move.now)
    name_other(move, transfer)
    move.now = MONDAY
    with pytest.raises(Conflict, match="not asked any more"):
        name_other(move, transfer, "olivia.ward")
    advance_due(move.session, move.now)
    assert managed_by(move) == [other]
    with pytest.raises(Conflict, match="not asked any more"):
        name_other(move, transfer, "olivia.ward")


@pytest.mark.parametrize("named_meanwhile", [False, True])
def test_a_move_that_stood_still_halfway_begins_under_the_other_one(
    move: Move, other: UUID, *, named_meanwhile: bool
) -> None:
    transfer = move.schedule()
    move.now = SATURDAY
    advance_due(move.session, move.now)
    name_other(move, transfer)
    move.now += timedelta(hours=1)
    held = history(move.session, Clearance, move.now, person_id=move.employee)
    (one,) = [one for one in held if one.valid_to is None]
    suspended = replace(move.session, one, move.now, PROVENANCE, status=ClearanceStatus.SUSPENDED)
    watching.look(move.session, transfer, move.now)
    assert (transfer.state, managed_by(move)) == (TransferState.BLOCKED, [])
    move.now += timedelta(hours=1)
    if named_meanwhile:
        name_other(move, transfer, "olivia.ward")
        assert managed_by(move) == []
    replace(move.session, suspended, move.now, PROVENANCE, status=ClearanceStatus.ACTIVE)
    watching.look(move.session, transfer, move.now)
    assert managed_by(move) == [move.home_office_officer if named_meanwhile else other]


def leave(move: Move, person_id: UUID) -> None:
    for model in (Posting, Employment):
        for one in current(move.session, model, move.now, move.now, person_id=person_id):
            end(move.session, one, move.now, move.now, PROVENANCE)
    move.now += timedelta(hours=1)


def test_hr_are_asked_for_another_once_the_one_has_left_and_approve_all_the_same(
    move: Move, other: UUID
) -> None:
    transfer = move.begin()
    managers.name(move.session, transfer, Side.IMPORTING, other, move.now)
    move.do_tasks(transfer)
    officer = move.home_office_officer

    def acts() -> list[object]:
        found = waiting_for(move.session, officer, move.permissions(officer), move.now)
        return [one.act for one in found]

    assert acts() == [Act.APPROVE]
    leave(move, other)
    assert set(acts()) == {Act.NAME_MANAGER, Act.APPROVE}
    move.approve_both(transfer)
    assert acts() == [Act.NAME_MANAGER]
    name_other(move, transfer, "omar.hughes")
    assert acts() == []
    assert service.history_of(move.session, transfer.id)[-1].to_state is TransferState.SCHEDULED


def hold(move: Move, transfer: Transfer) -> None:
    interruptions.hold(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=Side.IMPORTING,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
        reason="Post under review",
        review_on=move.now.date() + timedelta(days=5),
    )


def resume(move: Move, transfer: Transfer) -> None:
    interruptions.resume(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.preparer,
        permissions=move.permissions(move.preparer),
    )


def mails_to(move: Move, person_id: UUID) -> list[str]:
    found = move.session.exec(select(OutboxMessage).where(OutboxMessage.person_id == person_id)).all()
    return [str(one.payload["subject"]) for one in sorted(found, key=lambda one: one.id)]


def test_while_it_is_on_hold_too_and_the_other_one_is_asked_when_it_goes_on(move: Move, other: UUID) -> None:
    ned = make_employee(move.session, move.now, move.home_office, "ned.named").person_id
    transfer = move.begin()
    managers.name(move.session, transfer, Side.IMPORTING, ned, move.now)
    move.do_tasks(transfer)
    move.approve_both(transfer)
    hold(move, transfer)
    officer = move.home_office_officer

    def acts() -> set[object]:
        return {one.act for one in waiting_for(move.session, officer, move.permissions(officer), move.now)}

    assert Act.NAME_MANAGER not in acts()
    leave(move, ned)
    assert Act.NAME_MANAGER in acts()
    before = mails_to(move, other)
    name_other(move, transfer)
    assert (Act.NAME_MANAGER in acts(), managed_by(move)) == (False, [])
    assert mails_to(move, other) == [*before, "You are named as a line manager for a move"]
    with pytest.raises(Conflict):
        managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=other)
    resume(move, transfer)
    assert (transfer.state, managed_by(move)) == (TransferState.SCHEDULED, [other])
    assert mails_to(move, other)[-1] == "A move to another department waits for you"
    managers.arrange_first_day(move.session, move.now, transfer_id=transfer.id, person_id=other)


def test_the_old_manager_too_until_they_have_confirmed(move: Move) -> None:
    make_employee(move.session, move.now, move.hmrc, "ola.other")
    transfer = move.begin()
    move.do_tasks(transfer, but={TaskKind.LINE_MANAGER})
    hold(move, transfer)

    def name() -> None:
        managers.name_manager(
            move.session,
            move.now,
            transfer_id=transfer.id,
            officer_id=move.hmrc_officer,
            permissions=move.permissions(move.hmrc_officer),
            unverified_address="ola.other@hmrc.gov.uk",
        )

    name()
    resume(move, transfer)
    move.do_tasks(transfer)
    hold(move, transfer)
    with pytest.raises(Conflict, match="not asked any more"):
        name()
