"""The start of a move that happened was another day: two departments say so, and the record follows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.clearances.models import Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.outbox.models import OutboxMessage
from profiles.pay.models import PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import Provenance, current, end, record, replace, start_of_day
from profiles.transfers import pay_corrections, payroll, reminding, restarting, tasks, waiting
from profiles.transfers.models import PayItem, TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.reversing import offer_reversal
from profiles.transfers.service import advance_due
from profiles.transfers.timetable import Timetable
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

MONDAY, FRIDAY_BEFORE = date(2026, 3, 16), date(2026, 3, 13)
NOW = datetime(2026, 3, 25, 9, tzinfo=UTC)
EARLIER, LATER = date(2026, 3, 11), date(2026, 3, 18)
TIMETABLE = Timetable(backdate_days=7)


@pytest.fixture
def moved(move: Move) -> Transfer:
    """It happened on its Monday; it is Wednesday of the week after."""
    transfer = move.schedule()
    move.now = datetime(2026, 3, 16, 9, tzinfo=UTC)
    advance_due(move.session, move.now)
    move.now = NOW
    return transfer


def ask(
    move: Move, transfer: Transfer, start: date, last_day: date | None = None, who: str = "preparer"
) -> None:
    officer = getattr(move, who)
    restarting.ask(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        start_date=start,
        last_day=last_day,
        timetable=TIMETABLE,
    )


def decide(
    move: Move, transfer: Transfer, agreed: bool = True, who: str = "hmrc_officer", seen: str | None = None
) -> None:
    officer = getattr(move, who)
    restarting.decide(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        agreed=agreed,
        seen=restarting.shown(transfer) if seen is None else seen,
        timetable=TIMETABLE,
    )


def places(move: Move, model: type[Any], day: date, known_at: datetime | None = None) -> list[object]:
    at = start_of_day(day) + timedelta(hours=12)
    found = current(move.session, model, at, known_at or move.now, person_id=move.employee)
    return [one.organisation_id for one in found]


@pytest.mark.parametrize(("start", "last_day"), [(EARLIER, date(2026, 3, 10)), (LATER, date(2026, 3, 17))])
def test_the_record_says_the_other_day_on_both_sides_and_what_was_believed_stays(
    move: Move, moved: Transfer, start: date, last_day: date
) -> None:
    before = move.now
    move.now += timedelta(hours=1)
    ask(move, moved, start)
    assert places(move, Employment, MONDAY) == [move.home_office.id]
    decide(move, moved)
    assert (moved.start_date, moved.last_day, moved.restart_on) == (start, last_day, None)
    for model in (Employment, Posting, Sponsorship):
        assert places(move, model, last_day) == [move.hmrc.id], model
        assert places(move, model, start) == [move.home_office.id], model
        assert places(move, model, NOW.date()) == [move.home_office.id], model
        assert places(move, model, MONDAY, before) == [move.home_office.id], model
        assert places(move, model, FRIDAY_BEFORE, before) == [move.hmrc.id], model
    for model in (PayRecord, WorkAddress):
        assert places(move, model, start)[-1] == move.home_office.id
    assert moved.state is TransferState.RECONCILING


def test_both_payrolls_take_it_up_and_are_told_what_it_was(move: Move, moved: Transfer) -> None:
    new, old = move.payroll_officer(), move._hire("pat.lowe", Role.PAYROLL_OFFICER)
    ask(move, moved, EARLIER)
    decide(move, moved)
    for officer in (new, old):
        (one,) = pay_corrections.waiting_for(move.session, officer, move.permissions(officer))
        assert (one.before.start_date, one.after.start_date) == (MONDAY, EARLIER)


def due(move: Move, transfer: Transfer) -> list[date]:
    found = tasks.of_transfer(move.session, transfer.id)
    return [one.due_on for one in found if one.kind in (TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY)]


@pytest.fixture
def begun_on_the_thirteenth(move: Move) -> Transfer:
    """Two days before the cut-off of payroll, which is to pay them at the end of March."""
    transfer = move.schedule(start_date=date(2026, 3, 13), last_day=None)
    move.now = datetime(2026, 3, 13, 9, tzinfo=UTC)
    advance_due(move.session, move.now)
    move.now = NOW
    assert due(move, transfer) == [date(2026, 3, 15), date(2026, 3, 31)]
    return transfer


def test_after_a_later_start_payroll_has_its_next_cut_off(
    move: Move, begun_on_the_thirteenth: Transfer
) -> None:
    ask(move, begun_on_the_thirteenth, LATER)
    decide(move, begun_on_the_thirteenth)
    assert due(move, begun_on_the_thirteenth) == [date(2026, 4, 15), date(2026, 4, 30)]


def test_after_an_earlier_start_nothing_is_due_sooner(move: Move, moved: Transfer) -> None:
    assert due(move, moved) == [date(2026, 4, 15), date(2026, 4, 30)]
    ask(move, moved, EARLIER)
    decide(move, moved)
    assert due(move, moved) == [date(2026, 4, 15), date(2026, 4, 30)]


def test_a_first_pay_that_was_wrong_is_asked_about_again_when_it_was_to_be(
    move: Move, begun_on_the_thirteenth: Transfer
) -> None:
    officer = move.payroll_officer()
    by = {"transfer_id": begun_on_the_thirteenth.id, "officer_id": officer}
    by |= {"permissions": move.permissions(officer)}
    payroll.confirm_details(move.session, move.now, **by)
    payroll.record_checks(move.session, move.now, right=dict.fromkeys(PayItem, False), **by)
    ask(move, begun_on_the_thirteenth, LATER)
    decide(move, begun_on_the_thirteenth)
    assert due(move, begun_on_the_thirteenth)[-1] == date(2026, 4, 1)


def test_of_one_that_is_complete_too(move: Move, moved: Transfer) -> None:
    officer = move.payroll_officer()
    by = {"transfer_id": moved.id, "officer_id": officer, "permissions": move.permissions(officer)}
    payroll.confirm_details(move.session, move.now, **by)
    payroll.record_checks(move.session, move.now, right=dict.fromkeys(PayItem, True), **by)
    assert moved.state is TransferState.COMPLETED
    ask(move, moved, LATER)
    (one,) = waiting.waiting_for(
        move.session, move.hmrc_officer, move.permissions(move.hmrc_officer), move.now
    )
    assert one.act is waiting.Act.AGREE_START
    decide(move, moved)
    assert places(move, Employment, date(2026, 3, 17)) == [move.hmrc.id]


def test_a_pay_award_since_stays_and_gives_way_only_where_it_would_overlap(
    move: Move, moved: Transfer
) -> None:
    by_hr = Provenance(move.preparer, "page", "an award")
    (held,) = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    award = type(held)(**held.model_dump(exclude={"id", "fact_id"}))
    at = start_of_day(date(2026, 3, 17))
    end(move.session, held, at, move.now, by_hr)
    award.valid_from, award.salary_pence, award.source = at, 4_300_000, "page"
    record(move.session, award)
    move.now += timedelta(hours=1)
    ask(move, moved, LATER)
    decide(move, moved)
    (paid,) = current(move.session, PayRecord, start_of_day(LATER), move.now, person_id=move.employee)
    assert (paid.salary_pence, paid.valid_from) == (4_300_000, start_of_day(LATER))


def test_a_corrected_salary_is_still_corrected_afterwards(move: Move, moved: Transfer) -> None:
    (held,) = current(move.session, PayRecord, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, Provenance(move.preparer, "page", "wrong"), salary_pence=4_200_000)
    move.now += timedelta(hours=1)
    ask(move, moved, EARLIER)
    decide(move, moved)
    (paid,) = current(move.session, PayRecord, start_of_day(EARLIER), move.now, person_id=move.employee)
    assert paid.salary_pence == 4_200_000


def test_the_old_department_may_leave_it_as_it_is(move: Move, moved: Transfer) -> None:
    ask(move, moved, EARLIER)
    decide(move, moved, agreed=False)
    assert (moved.start_date, moved.restart_on) == (MONDAY, None)
    assert places(move, Employment, EARLIER) == [move.hmrc.id]
    ask(move, moved, LATER)


def take_back(move: Move, transfer: Transfer, who: str, seen: str | None = None) -> None:
    officer = getattr(move, who)
    restarting.take_back(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        seen=restarting.shown(transfer) if seen is None else seen,
    )


def told(move: Move) -> set[tuple[UUID | None, str]]:
    mails = move.session.exec(select(OutboxMessage))
    return {(one.person_id, str(one.payload.get("subject"))) for one in mails}


def test_the_new_department_takes_back_what_it_mistyped(move: Move, moved: Transfer) -> None:
    ask(move, moved, EARLIER)
    seen = restarting.shown(moved)
    with pytest.raises(NotPermitted):
        take_back(move, moved, "hmrc_officer")
    with pytest.raises(NotFound):
        take_back(move, moved, "stranger")
    take_back(move, moved, "home_office_officer")
    assert (moved.start_date, moved.restart_on, moved.restart_due_on) == (MONDAY, None, None)
    assert (move.hmrc_officer, "A start date stays as it is") in told(move)
    ask(move, moved, LATER)
    for late in (lambda: take_back(move, moved, "preparer", seen), lambda: decide(move, moved, seen=seen)):
        with pytest.raises(Conflict, match="Look at it again"):
            late()


@pytest.mark.parametrize("state", [TransferState.RECONCILING, TransferState.COMPLETED])
def test_who_does_not_answer_is_reminded_and_then_it_is_late(
    move: Move, moved: Transfer, state: TransferState
) -> None:
    for task in move.session.exec(select(TransferTask).where(TransferTask.transfer_id == moved.id)):
        task.done_at = task.done_at or move.now
    moved.state = state
    ask(move, moved, EARLIER)
    seen = []
    for days in (10, 11, 16, 17):
        now = move.now + timedelta(days=days)
        before = told(move)
        if moved.id in reminding.unsent(move.session, now, TIMETABLE):
            reminding.look(move.session, moved, now, TIMETABLE)
        seen.append(told(move) - before)
    assert seen[0] == seen[2] == set()
    assert seen[1] == {(move.hmrc_officer, "A move waits for you")}
    assert (move.home_office_officer, "A move is late") in seen[3]


@pytest.mark.parametrize(
    ("start", "last_day", "field"),
    [
        (date(2026, 3, 26), None, "start_date"),
        (date(2026, 3, 8), None, "start_date"),
        (date(2026, 3, 24), None, "start_date"),
        (LATER, LATER, "last_day"),
        (LATER, date(2026, 3, 5), "last_day"),
        (MONDAY, FRIDAY_BEFORE, "start_date"),
    ],
)
def test_what_it_cannot_have_been(
    move: Move, moved: Transfer, start: date, last_day: date | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(move, moved, start, last_day)
    assert refused.value.field == field


def begin_late(move: Move, at: datetime) -> None:
    """The record says that they came to HMRC at this moment, days before they moved."""
    (held,) = current(
        move.session, Employment, start_of_day(FRIDAY_BEFORE), move.now, person_id=move.employee
    )
    replace(move.session, held, move.now, Provenance(move.preparer, "page", "wrong"), valid_from=at)
    move.now += timedelta(hours=1)


def test_nobody_had_left_the_old_department_before_they_came_there(move: Move, moved: Transfer) -> None:
    begin_late(move, start_of_day(date(2026, 3, 12)))
    for start, last_day, field in (
        (date(2026, 3, 12), None, "start_date"),
        (MONDAY, date(2026, 3, 11), "last_day"),
    ):
        with pytest.raises(Invalid, match="had not begun") as refused:
            ask(move, moved, start, last_day)
        assert refused.value.field == field
    ask(move, moved, date(2026, 3, 13))
    begin_late(move, start_of_day(FRIDAY_BEFORE))
    with pytest.raises(Invalid, match="had not begun"):
        decide(move, moved)
    assert places(move, Employment, FRIDAY_BEFORE) == [move.hmrc.id]


@pytest.mark.parametrize(
    ("who", "refusal"), [("hmrc_officer", NotPermitted), ("employee", NotPermitted), ("stranger", NotFound)]
)
def test_who_may_not_say_so(move: Move, moved: Transfer, who: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ask(move, moved, EARLIER, who=who)


@pytest.mark.parametrize("who", ["preparer", "home_office_officer", "employee"])
def test_who_may_not_agree(move: Move, moved: Transfer, who: str) -> None:
    ask(move, moved, EARLIER)
    with pytest.raises(NotPermitted):
        decide(move, moved, who=who)


def test_one_officer_of_both_does_not_do_both(move: Move, moved: Transfer) -> None:
    give_role(move.session, move.now, move.preparer, Role.HR_OFFICER, move.hmrc.id)
    ask(move, moved, EARLIER)
    asked = {person_id for person_id, subject in told(move) if subject == "Was a start date another day?"}
    assert asked == {move.hmrc_officer}
    for waits, who in ((False, move.preparer), (True, move.hmrc_officer)):
        found = waiting.waiting_for(move.session, who, move.permissions(who), move.now)
        assert (waiting.Act.AGREE_START in [one.act for one in found]) == waits
    with pytest.raises(NotPermitted, match="You said so"):
        decide(move, moved, who="preparer")


def test_a_shared_service_does_not_do_both_though_who_said_so_has_left_it(
    move: Move, moved: Transfer
) -> None:
    service = make_organisation(move.session, move.now, "SSCL").id
    ann, bob = (
        make_employee(move.session, move.now, move.hmrc, name).person_id for name in ("ann.a", "bob.b")
    )
    for who, where in ((ann, move.hmrc.id), (bob, move.home_office.id)):
        give_role(move.session, move.now, who, Role.HR_OFFICER, where, operator_id=service)
    said = {"transfer_id": moved.id, "start_date": EARLIER, "last_day": None}
    restarting.ask(move.session, move.now, officer_id=bob, permissions=move.permissions(bob), **said)
    asked = {person_id for person_id, subject in told(move) if subject == "Was a start date another day?"}
    assert (move.hmrc_officer in asked, ann in asked) == (True, False)
    (held,) = current(move.session, RoleAssignment, move.now, move.now, person_id=bob)
    end(move.session, held, move.now, move.now, Provenance(None, "page", "left"))
    move.now += timedelta(hours=1)
    with pytest.raises(NotPermitted, match="shared service"):
        restarting.decide(
            move.session,
            move.now,
            transfer_id=moved.id,
            officer_id=ann,
            permissions=move.permissions(ann),
            agreed=True,
            seen=restarting.shown(moved),
        )
    decide(move, moved)


def test_what_was_said_anew_after_the_page_was_opened_is_not_agreed_to(move: Move, moved: Transfer) -> None:
    ask(move, moved, EARLIER)
    seen = restarting.shown(moved)
    decide(move, moved, agreed=False)
    ask(move, moved, LATER)
    with pytest.raises(Conflict, match="Look at it again"):
        decide(move, moved, seen=seen)


def test_before_it_has_happened_its_dates_are_changed_instead(move: Move) -> None:
    transfer = move.schedule()
    with pytest.raises(Conflict, match="Change its dates"):
        ask(move, transfer, EARLIER)


def test_it_is_reversed_afterwards_like_any_other(move: Move, moved: Transfer) -> None:
    ask(move, moved, EARLIER)
    decide(move, moved)
    assert moved.leave_at == start_of_day(EARLIER)
    with pytest.raises(Conflict, match="which post, pay and address"):
        offer_reversal(
            move.session,
            move.now,
            transfer_id=moved.id,
            officer_id=move.hmrc_officer,
            permissions=move.permissions(move.hmrc_officer),
            start_date=date(2026, 3, 30),
            last_day=None,
        )
