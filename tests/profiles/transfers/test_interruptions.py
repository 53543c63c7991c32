"""Holds, blocks, cancellations and dates that pass: nothing of a transfer that stands still takes effect."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.clearances.service import set_status
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted, ProfileError
from profiles.organisations.models import OrganisationDetail
from profiles.outbox.models import OutboxMessage
from profiles.people.models import WorkAddress
from profiles.people.service import addresses_of
from profiles.suspensions.service import (
    find_account_suspension,
    lift_account_suspension,
    suspend_account,
)
from profiles.temporal import Fact, current, end, history, replace
from profiles.transfers import interruptions, owners, waiting, watching
from profiles.transfers.dates import move_start
from profiles.transfers.ending import Cause, cancel, expire_due, withdraw
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.parts import Doer
from profiles.transfers.service import advance_due, approvals_of, history_of
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.transfers import Move

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
JOIN = datetime(2026, 3, 16, tzinfo=UTC)
WEEKEND = datetime(2026, 3, 15, 12, tzinfo=UTC)
REVIEW = date(2026, 3, 6)


def organisations_of(move: Move, model: type[Fact], at: datetime) -> list[object]:
    facts = current(move.session, model, at, max(at, move.now), person_id=move.employee)
    return [fact.organisation_id for fact in facts]  # type: ignore[attr-defined]


def hold(move: Move, transfer: Transfer, side: Side = Side.EXPORTING, officer: str = "hmrc_officer") -> None:
    officer_id = getattr(move, officer)
    interruptions.hold(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=side,
        officer_id=officer_id,
        permissions=move.permissions(officer_id),
        reason="A warning is being looked into",
        review_on=REVIEW,
    )


def resume(move: Move, transfer: Transfer, officer: str = "hmrc_officer") -> None:
    officer_id = getattr(move, officer)
    interruptions.resume(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer_id,
        permissions=move.permissions(officer_id),
    )


def look(move: Move) -> list[object]:
    return list(watching.look_at_people(move.session, [move.employee], move.now))


def suspend(move: Move) -> None:
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )


def reinstate(move: Move) -> None:
    held = find_account_suspension(move.session, move.employee, move.now)
    assert held is not None
    lift_account_suspension(
        move.session, move.now, suspension=held, officer_id=move.hmrc_officer, reason="Found again"
    )


def end_employment(move: Move, at: datetime) -> None:
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    end(move.session, held, at, move.now, PROVENANCE)


def test_a_hold_takes_back_what_is_scheduled_and_the_clearance_goes_back(move: Move) -> None:
    hold(move, move.schedule())
    for model in (Employment, Posting, Sponsorship):
        assert organisations_of(move, model, JOIN) == [move.hmrc.id]


def test_it_resumes_where_it_was(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    resume(move, transfer)
    assert transfer.state is TransferState.SCHEDULED
    assert organisations_of(move, Posting, LEAVE) == []
    assert organisations_of(move, Posting, JOIN) == [move.home_office.id]


def test_what_was_not_agreed_is_not_agreed_after_the_hold(move: Move) -> None:
    transfer = move.prepare()
    hold(move, transfer, Side.IMPORTING, "preparer")
    resume(move, transfer, "home_office_officer")
    assert transfer.state is TransferState.IN_PROGRESS


def test_on_hold_it_is_not_approved_and_does_not_happen(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    assert advance_due(move.session, JOIN) == []
    assert transfer.state is TransferState.ON_HOLD


def test_the_reason_is_for_one_side(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    step = history_of(move.session, transfer.id)[-1]
    assert (step.reason, step.reason_for) == ("A warning is being looked into", Side.EXPORTING)
    mails = move.session.exec(select(OutboxMessage)).all()
    assert all("warning" not in str(mail.payload) for mail in mails)


def test_after_its_last_day_it_goes_on_with_new_dates_to_agree(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    move.now = WEEKEND
    resume(move, transfer)
    assert transfer.state is TransferState.IN_PROGRESS
    assert approvals_of(move.session, transfer.id) == []
    assert organisations_of(move, Posting, JOIN) == [move.hmrc.id]


@pytest.mark.parametrize(
    ("officer", "side", "refusal"),
    [
        ("home_office_officer", Side.EXPORTING, NotPermitted),
        ("stranger", Side.EXPORTING, NotFound),
        ("employee", Side.EXPORTING, NotPermitted),
    ],
)
def test_who_may_not_hold(move: Move, officer: str, side: Side, refusal: type[ProfileError]) -> None:
    transfer = move.prepare()
    with pytest.raises(refusal):
        hold(move, transfer, side, officer)


def test_the_other_side_does_not_resume_it(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    with pytest.raises(NotPermitted):
        resume(move, transfer, "home_office_officer")


@pytest.mark.parametrize("review_on", [date(2026, 3, 2), date(2026, 9, 2)])
def test_a_review_is_soon(move: Move, review_on: date) -> None:
    transfer = move.prepare()
    with pytest.raises(Invalid) as refused:
        interruptions.hold(
            move.session,
            move.now,
            transfer_id=transfer.id,
            side=Side.EXPORTING,
            officer_id=move.hmrc_officer,
            permissions=move.permissions(move.hmrc_officer),
            reason="Why",
            review_on=review_on,
        )
    assert refused.value.field == "review_on"


def test_the_review_is_due_on_its_day_and_again_each_week_until_somebody_acts(move: Move) -> None:
    hold(move, move.prepare())
    assert interruptions.due_for_review(move.session, datetime(2026, 3, 5, 12, tzinfo=UTC), 5) == []
    (due,) = interruptions.due_for_review(move.session, datetime(2026, 3, 6, 1, tzinfo=UTC), 5)
    due.reminded_at = datetime(2026, 3, 6, 1, tzinfo=UTC)
    assert interruptions.due_for_review(move.session, datetime(2026, 3, 12, 12, tzinfo=UTC), 5) == []
    assert interruptions.due_for_review(move.session, datetime(2026, 3, 13, 1, tzinfo=UTC), 5) == [due]


def test_a_suspended_account_blocks_and_goes_on_by_itself_when_reinstated(move: Move) -> None:
    transfer = move.schedule()
    suspend(move)
    assert look(move) == [move.employee]
    assert transfer.state is TransferState.BLOCKED
    assert organisations_of(move, Posting, JOIN) == [move.hmrc.id]
    assert look(move) == []
    reinstate(move)
    assert look(move) == [move.employee]
    assert transfer.state is TransferState.SCHEDULED
    assert organisations_of(move, Posting, JOIN) == [move.home_office.id]


def set_clearance(move: Move, status: ClearanceStatus) -> None:
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    set_status(move.session, move.now, PROVENANCE, INITIATOR, clearance_id=held.fact_id, status=status)


def test_a_suspended_clearance_blocks_what_takes_it_along_until_it_is_decided(move: Move) -> None:
    transfer = move.schedule()
    set_clearance(move, ClearanceStatus.SUSPENDED)
    assert watching.concerned(move.session, move.now) == [transfer.id]
    look(move)
    assert transfer.state is TransferState.BLOCKED
    assert organisations_of(move, Sponsorship, JOIN) == [move.hmrc.id]
    move.now += timedelta(hours=1)
    set_clearance(move, ClearanceStatus.ACTIVE)
    look(move)
    assert transfer.state is TransferState.SCHEDULED


def told(move: Move, person_id: object) -> list[str]:
    mails = move.session.exec(select(OutboxMessage).where(OutboxMessage.person_id == person_id))
    return [str(one.payload["subject"]) for one in mails]


@pytest.mark.parametrize("by", ["clearance", "account"])
def test_the_security_officers_of_the_old_department_are_told_of_what_they_decide(
    move: Move, by: str
) -> None:
    transfer, officer = move.schedule(), move.security_officer()
    allowed = move.permissions(officer)
    assert owners.blocked_for(move.session, officer, allowed) == []
    before = told(move, officer)
    suspend(move) if by == "account" else set_clearance(move, ClearanceStatus.SUSPENDED)
    look(move)
    assert told(move, officer) == [*before, "A move to another department waits for you"]
    assert owners.blocked_for(move.session, officer, allowed) == [transfer]
    assert owners.blocked_for(move.session, move.stranger, move.permissions(move.stranger)) == []
    (own,) = waiting.waiting_of(move.session, transfer, (Side.EXPORTING,), move.now)
    assert (own.act, own.doer) == (waiting.Act.DECIDE_SECURITY, Doer.SECURITY_OFFICER)
    for other in (Side.IMPORTING, None):
        (masked,) = waiting.waiting_of(move.session, transfer, (other,), move.now)
        assert (masked.act, masked.side, masked.doer) == (waiting.Act.UNBLOCK, Side.EXPORTING, Doer.HR)


def test_an_organisation_that_closes_before_the_start_blocks(move: Move) -> None:
    transfer = move.schedule()
    (detail,) = history(move.session, OrganisationDetail, move.now, organisation_id=move.home_office.id)
    end(move.session, detail, LEAVE, move.now, PROVENANCE)
    assert watching.concerned(move.session, move.now) == [transfer.id]
    look(move)
    assert transfer.state is TransferState.BLOCKED


def test_between_the_instants_a_block_takes_back_only_what_has_not_begun(move: Move) -> None:
    transfer = move.schedule()
    move.now = WEEKEND
    advance_due(move.session, move.now)
    set_clearance(move, ClearanceStatus.SUSPENDED)
    look(move)
    assert transfer.state is TransferState.BLOCKED
    assert organisations_of(move, Posting, JOIN) == []
    with pytest.raises(Conflict, match="last day has passed"):
        withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    move.now = JOIN + timedelta(hours=9)
    set_clearance(move, ClearanceStatus.WITHDRAWN)
    look(move)
    assert transfer.state is TransferState.LEFT
    assert organisations_of(move, Posting, JOIN) == [move.home_office.id]
    advance_due(move.session, move.now)
    assert transfer.state is TransferState.RECONCILING


def test_between_the_instants_the_employee_is_told_where_they_may_still_read_it(move: Move) -> None:
    (held,) = current(move.session, WorkAddress, move.now, move.now, person_id=move.employee)
    held.organisation_id = move.hmrc.id
    transfer = move.schedule()
    move.now = WEEKEND
    advance_due(move.session, move.now)
    assert addresses_of(move.session, move.employee, move.now) == []
    set_clearance(move, ClearanceStatus.SUSPENDED)
    look(move)
    mails = move.session.exec(select(OutboxMessage).where(OutboxMessage.person_id == move.employee))
    blocked = {str(one.payload["to"]) for one in mails if one.payload["subject"] == "A move is blocked"}
    assert blocked == {held.address, transfer.work_address}


def test_between_the_instants_a_request_takes_it_back_though_no_worker_noted_that_they_left(
    move: Move,
) -> None:
    transfer = move.schedule()
    move.now = WEEKEND
    set_clearance(move, ClearanceStatus.SUSPENDED)
    assert look(move) == [move.employee]
    assert transfer.state is TransferState.BLOCKED
    assert organisations_of(move, Posting, JOIN) == []
    steps = [one.to_state for one in history_of(move.session, transfer.id)]
    assert steps[-2:] == [TransferState.LEFT, TransferState.BLOCKED]
    move.now += timedelta(hours=1)
    set_clearance(move, ClearanceStatus.ACTIVE)
    look(move)
    advance_due(move.session, JOIN)
    assert transfer.state is TransferState.RECONCILING
    assert organisations_of(move, Posting, JOIN) == [move.home_office.id]


def test_after_the_last_day_the_old_department_keeps_nobody_by_a_suspension(move: Move) -> None:
    transfer = move.schedule()
    move.now = WEEKEND
    advance_due(move.session, move.now)
    suspend(move)
    assert look(move) == []
    assert transfer.state is TransferState.LEFT


def test_what_has_begun_is_not_taken_back_after_downtime(move: Move) -> None:
    transfer = move.schedule()
    move.now = JOIN + timedelta(days=1)
    suspend(move)
    assert look(move) == []
    assert transfer.state is TransferState.SCHEDULED
    assert organisations_of(move, Posting, JOIN) == [move.home_office.id]


def test_a_suspended_account_is_not_scheduled(move: Move) -> None:
    transfer = move.prepare()
    suspend(move)
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    with pytest.raises(Conflict, match="account is suspended"):
        move.approve(transfer, Side.EXPORTING, move.hmrc_officer)


def test_an_employment_that_is_made_to_go_on_blocks_until_an_officer_lets_it_go_on(move: Move) -> None:
    transfer = move.schedule()
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, valid_to=None)
    assert watching.concerned(move.session, move.now) == [transfer.id]
    look(move)
    assert transfer.state is TransferState.BLOCKED
    assert look(move) == []
    resume(move, transfer)
    assert transfer.state is TransferState.SCHEDULED
    assert organisations_of(move, Employment, LEAVE) == []


@pytest.mark.parametrize("scheduled", [True, False])
def test_a_leavers_transfer_is_cancelled_and_nothing_outlives_the_employment(
    move: Move, scheduled: bool
) -> None:
    transfer = move.schedule() if scheduled else move.prepare()
    left_at = datetime(2026, 3, 6, tzinfo=UTC)
    end_employment(move, left_at)
    assert watching.concerned(move.session, move.now) == [transfer.id]
    assert look(move) == [move.employee]
    assert transfer.state is TransferState.CANCELLED
    assert organisations_of(move, Posting, JOIN) == ([] if scheduled else [move.hmrc.id])
    assert organisations_of(move, Employment, JOIN) == []


def test_an_employment_that_ends_with_the_agreed_day_cancels_nothing(move: Move) -> None:
    transfer = move.prepare()
    end_employment(move, LEAVE)
    assert look(move) == []
    assert transfer.state is TransferState.IN_PROGRESS


@pytest.mark.parametrize("cause", list(Cause))
def test_the_exporter_cancels_for_a_cause_that_it_alone_reads(move: Move, cause: Cause) -> None:
    transfer = move.schedule()
    move.session.exec(select(OutboxMessage)).all()
    before = {mail.id for mail in move.session.exec(select(OutboxMessage))}
    cancel(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        cause=cause,
    )
    assert transfer.state is TransferState.CANCELLED
    assert history_of(move.session, transfer.id)[-1].reason_for is Side.EXPORTING
    assert organisations_of(move, Posting, JOIN) == [move.hmrc.id]
    told = [mail for mail in move.session.exec(select(OutboxMessage)) if mail.id not in before]
    assert any(mail.person_id == move.home_office_officer for mail in told)
    assert any(mail.person_id == move.employee for mail in told) is (cause is not Cause.DIED)
    assert all(cause.value not in str(mail.payload) for mail in told)


def test_the_importer_cannot_cancel(move: Move) -> None:
    transfer = move.prepare()
    with pytest.raises(NotPermitted):
        cancel(
            move.session,
            move.now,
            transfer_id=transfer.id,
            officer_id=move.home_office_officer,
            permissions=move.permissions(move.home_office_officer),
            cause=Cause.RESIGNED,
        )


@pytest.mark.parametrize("stopped", [False, True])
def test_what_is_not_agreed_expires_after_its_start_date(move: Move, stopped: bool) -> None:
    transfer = move.prepare()
    if stopped:
        hold(move, transfer)
    last = datetime(2026, 4, 15, 12, tzinfo=UTC)
    assert list(expire_due(move.session, last, timedelta(days=30))) == []
    assert list(expire_due(move.session, last + timedelta(days=1), timedelta(days=30))) == [transfer]
    assert transfer.state is TransferState.EXPIRED
    assert interruptions.find_open(move.session, transfer.id) is None


def test_what_is_agreed_does_not_expire(move: Move) -> None:
    move.schedule()
    assert list(expire_due(move.session, datetime(2027, 1, 1, tzinfo=UTC), timedelta(days=30))) == []


def redate(move: Move, transfer: Transfer, start: date, officer: str = "preparer") -> None:
    officer_id = getattr(move, officer)
    move_start(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer_id,
        permissions=move.permissions(officer_id),
        start_date=start,
        last_day=None,
    )


@pytest.mark.parametrize("start", [date(2026, 3, 4), date(2026, 3, 29), date(2028, 2, 29)])
def test_a_start_date_moves_and_both_agree_again(move: Move, start: date) -> None:
    """29 March 2026 has 23 hours, 29 February is there every fourth year."""
    transfer = move.schedule()
    redate(move, transfer, start)
    assert transfer.state is TransferState.IN_PROGRESS
    assert organisations_of(move, Posting, JOIN) == [move.hmrc.id]
    move.do_tasks(transfer)
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    assert transfer.leave_at == transfer.join_at
    moment = timedelta(microseconds=1)
    assert organisations_of(move, Posting, transfer.join_at - moment) == [move.hmrc.id]
    assert organisations_of(move, Posting, transfer.join_at) == [move.home_office.id]


def test_who_moved_the_date_does_not_approve_it(move: Move) -> None:
    transfer = move.prepare()
    redate(move, transfer, date(2026, 3, 20), "home_office_officer")
    for officer in ("home_office_officer", "preparer"):
        with pytest.raises(NotPermitted, match="prepared"):
            move.approve(transfer, Side.IMPORTING, getattr(move, officer))


def test_the_exporter_does_not_move_the_date(move: Move) -> None:
    transfer = move.prepare()
    with pytest.raises(NotPermitted):
        redate(move, transfer, date(2026, 3, 20), "hmrc_officer")


def test_a_date_is_not_moved_while_on_hold(move: Move) -> None:
    transfer = move.schedule()
    hold(move, transfer)
    with pytest.raises(Conflict):
        redate(move, transfer, date(2026, 3, 20))
