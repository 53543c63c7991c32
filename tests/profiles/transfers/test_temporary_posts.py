"""Somebody on a temporary promotion moves, or does not, or comes back: it ends as it was to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.pay.models import AllowanceKind, PayAllowance, PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, PostChange
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.temporal import INSTANT, current, end_of_day, start_of_day
from profiles.transfers import employees_part, managers, tasks
from profiles.transfers.dates import move_start
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.reversing import reverse
from profiles.transfers.service import advance_due
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfer_tasks import decide_clearance, name_way_in
from tests.factories.transfers import Move

JOINED = datetime(2026, 3, 18, 9, tzinfo=UTC)
BACK = date(2026, 3, 30)
BEFORE_BACK, AFTER_BACK = end_of_day(date(2026, 3, 20)), end_of_day(date(2026, 4, 30))
LATER = datetime(2027, 1, 1, 12, tzinfo=UTC)
USUAL, RAISED = ("Higher Officer", 3_200_000), ("Senior Officer", 4_000_000)


def promote(move: Move, until: datetime, **more: Any) -> None:
    """With pay and an address of HMRC, the employee is promoted from tomorrow until ``until``."""
    (posting,) = held(move, Posting, move.now)
    stamp = PROVENANCE.stamp(move.now, LONG_AGO) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
    }
    pay = PayRecord(
        employment_id=posting.employment_id, salary_pence=USUAL[1], pay_reason=PayReason.AWARD, **stamp
    )
    move.session.add_all([pay, WorkAddress(address="p.patel@hmrc.gov.uk", **stamp)])
    move.session.flush()
    move.now += timedelta(minutes=1)
    values = {
        "local_grade": RAISED[0],
        "job_title": "Team Leader",
        "valid_from": start_of_day(date(2026, 3, 3)),
        "valid_to": until,
        "change": PostChange.TEMPORARY_PROMOTION,
        "salary_pence": RAISED[1],
    } | more
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.POSTING,
        action=Action.CHANGE_POST,
        values=values,
        reason="Cover",
        source="page:letter",
        version_id=posting.id,
    )
    submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)
    move.now += timedelta(minutes=1)


def held(move: Move, model: Any, at: datetime) -> list[Any]:
    return list(current(move.session, model, at, move.now, person_id=move.employee))


def at_hmrc(move: Move, *instants: datetime) -> list[tuple[str, int]]:
    """Grade and salary of the one post at each instant, which is HMRC's."""
    found = []
    for at in instants:
        (post,), (pay,) = held(move, Posting, at), held(move, PayRecord, at)
        assert {post.organisation_id, pay.organisation_id} == {move.hmrc.id}
        found.append((post.local_grade, pay.salary_pence))
    return found


def moved(move: Move, until: datetime, **more: Any) -> Transfer:
    """They were promoted, and work at the Home Office since Monday."""
    promote(move, until, **more)
    transfer = move.schedule()
    move.now = JOINED
    advance_due(move.session, move.now)
    return transfer


def send_back(move: Move, transfer: Transfer) -> Transfer:
    return reverse(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        start_date=BACK,
        last_day=None,
    )


def begin_later(move: Move, back: Transfer) -> None:
    """The way back begins when the promotion would be over."""
    move_start(
        move.session,
        move.now,
        transfer_id=back.id,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        start_date=date(2026, 5, 4),
        last_day=None,
    )


def agree(move: Move, back: Transfer) -> None:
    give_role(move.session, move.now, move.stranger, Role.SECURITY_OFFICER, move.home_office.id)
    employees_part.accept_terms(move.session, move.now, transfer_id=back.id, person_id=move.employee)
    name_way_in(move.session, move.now, back)
    decide_clearance(move.session, move.now, back, move.stranger, released=True)
    if tasks.find_owner(move.session, back, TaskKind.FIRST_DAY) is None:
        managers.name(move.session, back, Side.IMPORTING, move.manager(), move.now)
    second = move.security_officer()
    give_role(move.session, move.now, second, Role.HR_OFFICER, move.hmrc.id)
    move.approve(back, Side.IMPORTING, second)
    move.approve(back, Side.EXPORTING, move.home_office_officer)


def test_a_move_that_is_stopped_leaves_the_post_below_it(move: Move) -> None:
    promote(move, AFTER_BACK)
    transfer = move.schedule()
    move.now += timedelta(minutes=1)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert at_hmrc(move, JOINED, AFTER_BACK - INSTANT, AFTER_BACK, LATER) == [RAISED, RAISED, USUAL, USUAL]


def test_a_post_for_good_that_was_recorded_since_is_not_undone(move: Move) -> None:
    """Nor does the post below the promotion come back after it."""
    promote(move, AFTER_BACK)
    transfer = move.schedule()
    move.now += timedelta(minutes=1)
    (posting,) = held(move, Posting, start_of_day(date(2026, 3, 5)))
    good = start_of_day(date(2026, 3, 5))
    wanted = Wanted(
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        kind=Kind.POSTING,
        action=Action.CHANGE_POST,
        values={
            "local_grade": RAISED[0],
            "job_title": "Manager",
            "valid_from": good,
            "change": PostChange.LEVEL_MOVE,
            "salary_pence": 4_200_000,
        },
        reason="Won the competition",
        source="page:letter",
        version_id=posting.id,
    )
    submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=1000)
    move.now += timedelta(minutes=1)
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert at_hmrc(move, good, LATER) == [(RAISED[0], 4_200_000)] * 2


def test_reversed_it_goes_on_until_its_last_day_and_no_longer(move: Move) -> None:
    back = send_back(move, moved(move, AFTER_BACK))
    assert (back.local_grade, back.salary_pence) == RAISED
    agree(move, back)
    assert back.state is TransferState.SCHEDULED
    begins = start_of_day(BACK)
    assert at_hmrc(move, begins, AFTER_BACK - INSTANT, AFTER_BACK, LATER) == [RAISED, RAISED, USUAL, USUAL]


def test_reversed_after_its_last_day_it_is_over(move: Move) -> None:
    back = send_back(move, moved(move, BEFORE_BACK))
    assert (back.local_grade, back.salary_pence) == USUAL
    agree(move, back)
    assert at_hmrc(move, start_of_day(BACK), LATER) == [USUAL, USUAL]


def test_a_later_start_date_of_the_way_back_offers_the_post_of_that_day(move: Move) -> None:
    back = send_back(move, moved(move, AFTER_BACK))
    begin_later(move, back)
    assert (back.local_grade, back.salary_pence) == USUAL


def test_the_clearance_that_the_post_of_that_day_needs_is_asked_for_and_decided_anew(move: Move) -> None:
    back = send_back(move, moved(move, AFTER_BACK, required_clearance=ClearanceLevel.DV))
    assert back.required_level is ClearanceLevel.DV
    back.dispensed_by, back.dispensed_until, back.mitigations = move.stranger, date(2026, 6, 1), "Escorted"
    begin_later(move, back)
    assert back.required_level is not ClearanceLevel.DV
    assert not back.clearance_released
    assert (back.dispensed_by, back.dispensed_until, back.mitigations) == (None, None, "")


def test_a_way_back_that_is_stopped_leaves_nothing_of_it(move: Move) -> None:
    back = send_back(move, moved(move, AFTER_BACK))
    agree(move, back)
    move.now += timedelta(minutes=1)
    withdraw(move.session, move.now, transfer_id=back.id, person_id=move.employee)
    for at in (start_of_day(BACK), AFTER_BACK, LATER):
        for model in (Posting, PayRecord):
            assert [one.organisation_id for one in held(move, model, at)] == [move.home_office.id]


def test_an_allowance_to_come_comes_back_too(move: Move) -> None:
    promote(move, AFTER_BACK)
    (posting,) = held(move, Posting, move.now)
    begins = start_of_day(date(2026, 6, 1))
    stamp = PROVENANCE.stamp(move.now, begins) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
    }
    kind = AllowanceKind.ON_CALL
    one = PayAllowance(employment_id=posting.employment_id, kind=kind, amount_pence=100, **stamp)
    move.session.add(one)
    move.now += timedelta(minutes=1)
    transfer = move.schedule()
    move.now = JOINED
    advance_due(move.session, move.now)
    agree(move, send_back(move, transfer))
    assert held(move, PayAllowance, begins - INSTANT) == []
    assert [one.valid_from for one in held(move, PayAllowance, begins)] == [begins]
