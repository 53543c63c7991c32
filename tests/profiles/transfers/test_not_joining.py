"""Between the last day and the start date somebody resigns, dies, or is not wanted: nothing begins."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.clearances.service import set_status
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import AllowanceKind, PayAllowance, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import MISTAKEN_DEATH, has_died, record_leaving
from profiles.portable_profile.models import Action, LeavingCause
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, history, record
from profiles.transfers import interruptions, not_joining, service, watching
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.not_joining import Why
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.transfers import Move

SATURDAY = datetime(2026, 3, 14, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 12, tzinfo=UTC)
CASES = [(Side.IMPORTING, one) for one in Why] + [(Side.EXPORTING, Why.DIED)]


def left(move: Move) -> Transfer:
    transfer = move.schedule()
    move.now = SATURDAY
    service.advance_due(move.session, move.now)
    assert transfer.state is TransferState.LEFT
    return transfer


def say(move: Move, transfer: Transfer, side: Side, why: Why) -> None:
    officer = move.hmrc_officer if side is Side.EXPORTING else move.home_office_officer
    not_joining.end_before_joining(
        move.session,
        move.now,
        transfer_id=transfer.id,
        side=side,
        officer_id=officer,
        permissions=move.permissions(officer),
        why=why,
    )


def take_back(move: Move, transfer: Transfer, officer: str) -> None:
    officer_id = getattr(move, officer)
    not_joining.take_back_death_of(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer_id,
        permissions=move.permissions(officer_id),
    )


def nothing_begins(move: Move) -> bool:
    kinds = (Employment, Posting, PayRecord, PayAllowance, WorkAddress)
    at = [move.now, MONDAY, MONDAY + timedelta(days=400)]
    found = [
        fact
        for one in kinds
        for when in at
        for fact in current(move.session, one, when, max(when, move.now), person_id=move.employee)
        if fact.organisation_id is not None
    ]
    assert found == []
    return not found


def clearances(move: Move) -> list[ClearanceStatus]:
    held = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    return [one.status for one in held]


@pytest.mark.parametrize(("side", "why"), CASES)
def test_nothing_begins_and_everybody_hears_but_the_dead(move: Move, side: Side, why: Why) -> None:
    payroll = move.payroll_officer()
    transfer = left(move)
    assert clearances(move) == [ClearanceStatus.ACTIVE]
    before = set(move.session.exec(select(OutboxMessage.id)))
    say(move, transfer, side, why)
    assert transfer.state is TransferState.CANCELLED
    assert not transfer.in_flight
    assert nothing_begins(move)
    assert clearances(move) == [ClearanceStatus.LAPSED]
    assert service.history_of(move.session, transfer.id)[-1].reason_for is side
    died = why is Why.DIED
    assert has_died(move.session, [move.employee]) is died
    told = move.session.exec(select(OutboxMessage).where(col(OutboxMessage.id).not_in(before))).all()
    expected = {move.hmrc_officer, move.home_office_officer, move.preparer, payroll}
    assert {one.person_id for one in told} == expected | (set() if died else {move.employee})
    assert all(why.value not in str(one.payload) for one in told)
    move.now = MONDAY
    assert service.advance_due(move.session, move.now) == []
    assert nothing_begins(move)


def test_the_old_department_says_only_that_they_died(move: Move) -> None:
    transfer = left(move)
    for why in (Why.RESIGNED, Why.OFFER_WITHDRAWN):
        with pytest.raises(NotPermitted):
            say(move, transfer, Side.EXPORTING, why)


@pytest.mark.parametrize("joined", [False, True])
def test_neither_before_the_last_day_nor_after_the_start(move: Move, joined: bool) -> None:
    transfer = move.schedule()
    if joined:
        move.now = MONDAY
    with pytest.raises(Conflict, match="after the last day"):
        say(move, transfer, Side.IMPORTING, Why.RESIGNED)


def test_nothing_has_to_run_for_the_last_day(move: Move) -> None:
    transfer = move.schedule()
    move.now = SATURDAY
    say(move, transfer, Side.IMPORTING, Why.RESIGNED)
    taken = [one.to_state for one in service.history_of(move.session, transfer.id)]
    assert taken[-2:] == [TransferState.LEFT, TransferState.CANCELLED]
    assert nothing_begins(move)


@pytest.mark.parametrize("after_the_start", [False, True])
def test_one_that_is_blocked_ends_too(move: Move, after_the_start: bool) -> None:
    transfer = left(move)
    clearance = current(move.session, Clearance, move.now, move.now, person_id=move.employee)[0]
    block(move, clearance)
    assert transfer.state is TransferState.BLOCKED
    if after_the_start:
        move.now = MONDAY
    say(move, transfer, Side.IMPORTING, Why.OFFER_WITHDRAWN)
    assert transfer.state is TransferState.CANCELLED
    assert interruptions.find_open(move.session, transfer.id) is None
    assert nothing_begins(move)
    assert clearances(move) == [ClearanceStatus.SUSPENDED], "what is suspended stays so"


def block(move: Move, clearance: Clearance) -> None:
    set_status(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        clearance_id=clearance.fact_id,
        status=ClearanceStatus.SUSPENDED,
    )
    watching.look_at_people(move.session, [move.employee], move.now)


def test_what_was_added_for_the_first_day_never_begins(move: Move) -> None:
    transfer = left(move)
    (coming,) = [
        one
        for one in history(move.session, Employment, move.now, person_id=move.employee)
        if one.valid_from > move.now
    ]
    stamp = PROVENANCE.stamp(move.now, coming.valid_from) | {
        "person_id": move.employee,
        "organisation_id": move.home_office.id,
    }
    record(
        move.session,
        PayAllowance(
            employment_id=coming.fact_id, kind=AllowanceKind.TEMPORARY_RESPONSIBILITY, amount_pence=1, **stamp
        ),
    )
    say(move, transfer, Side.IMPORTING, Why.RESIGNED)
    assert nothing_begins(move)


def test_a_death_by_mistake_is_taken_back_by_who_said_it(move: Move) -> None:
    transfer = left(move)
    say(move, transfer, Side.EXPORTING, Why.DIED)
    with pytest.raises(NotPermitted):
        take_back(move, transfer, "home_office_officer")
    take_back(move, transfer, "hmrc_officer")
    assert not has_died(move.session, [move.employee])
    assert transfer.state is TransferState.CANCELLED
    with pytest.raises(Conflict, match="no death"):
        take_back(move, transfer, "hmrc_officer")


def test_a_death_is_not_taken_back_long_after(move: Move) -> None:
    transfer = left(move)
    say(move, transfer, Side.IMPORTING, Why.DIED)
    move.now += MISTAKEN_DEATH
    with pytest.raises(Conflict, match="no death"):
        take_back(move, transfer, "home_office_officer")


def test_recording_that_they_leave_leads_to_the_move(move: Move) -> None:
    left(move)
    worked = history(move.session, Employment, move.now, person_id=move.employee)
    for one, refusal in zip(sorted(worked, key=lambda one: one.valid_from), (Conflict, Invalid), strict=True):
        wanted = Wanted(
            person_id=move.employee,
            organisation_id=one.organisation_id,
            source="page",
            kind=Kind.EMPLOYMENT,
            action=Action.LEAVE,
            version_id=one.id,
            values={"cause": LeavingCause.DIED},
            reason="",
        )
        with pytest.raises(refusal, match="never join"):
            record_leaving(move.session, wanted, move.now, None)
