"""Somebody never came to the new department, and stays in the old one: not a day of it stands."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import select

from profiles.clearances.models import Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.entitlements.service import access_of
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.pay.models import PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, civil_date, current, end, history
from profiles.transfers import watching
from profiles.transfers.dates import move_start
from profiles.transfers.ending import cancel_of_leaver
from profiles.transfers.facts import plan
from profiles.transfers.models import Side, Transfer, TransferState, TransferTask
from profiles.transfers.payroll_models import PayCorrection
from profiles.transfers.preview import preview_move
from profiles.transfers.previous import never_came
from profiles.transfers.reversing import reverse
from profiles.transfers.service import advance
from profiles.transfers.timetable import Timetable
from tests.factories.apps_of_move import make_apps
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role
from tests.factories.transfer_tasks import WAY_IN
from tests.factories.transfers import Move
from tests.profiles.transfers.test_reversing import BACK, JOINED, agree, held, moved

__all__ = ["moved"]

ALL = (Employment, Posting, PayRecord, WorkAddress, Sponsorship)


def say(move: Move, transfer: Transfer, who: str = "home_office_officer", **how: Any) -> Transfer:
    officer = getattr(move, who)
    return reverse(
        move.session,
        move.now,
        transfer_id=transfer.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        start_date=None,
        never_came=True,
        **how,
    )


def done(move: Move, transfer: Transfer) -> Transfer:
    back = say(move, transfer, "hmrc_officer")
    agree(move, back)
    advance(move.session, back, move.now)
    return back


def there(move: Move, model: Any, transfer: Transfer) -> list[Any]:
    place = {"person_id": move.employee, "organisation_id": transfer.importing_organisation_id}
    return list(history(move.session, model, move.now, **place))


def test_no_day_at_the_new_department_stands_and_the_old_one_has_no_gap(move: Move, moved: Transfer) -> None:
    (post,) = held(move, Posting, moved.leave_at - INSTANT)
    back = done(move, moved)
    assert back.state is TransferState.RECONCILING
    for model in ALL:
        assert there(move, model, moved) == []
        for at in (moved.leave_at, moved.join_at, move.now):
            assert {one.organisation_id for one in held(move, model, at) if one.organisation_id} == {
                move.hmrc.id
            }
    (employment,) = held(move, Employment, move.now)
    assert employment.valid_from == moved.leave_at
    (posting,) = held(move, Posting, move.now)
    assert (posting.local_grade, posting.job_title) == (post.local_grade, post.job_title)


def test_what_was_believed_before_can_still_be_read(move: Move, moved: Transfer) -> None:
    believed_at = move.now
    move.now += timedelta(hours=1)
    done(move, moved)
    (employment,) = current(move.session, Employment, JOINED, believed_at, person_id=move.employee)
    assert employment.organisation_id == move.home_office.id


def test_access_turns_with_the_second_approval(move: Move, moved: Transfer) -> None:
    make_apps(move)
    back = say(move, moved, "hmrc_officer")
    assert opens(move) == ["Visa Desk"]
    assert back.state is TransferState.IN_PROGRESS
    agree(move, back)
    assert opens(move) == ["Tax Desk"]


def opens(move: Move) -> list[str]:
    return [rules.app_name for rules, one in access_of(move.session, move.employee, move.now) if one.allowed]


def test_what_the_new_department_gave_meanwhile_is_gone(move: Move, moved: Transfer) -> None:
    give_role(move.session, move.now, move.employee, Role.HR_OFFICER, move.home_office.id)
    done(move, moved)
    assert held(move, RoleAssignment, move.now) == []
    assert history(move.session, Entitlement, move.now, person_id=move.employee) == []


def test_one_officer_alone_does_nothing_of_it(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    with pytest.raises(NotPermitted, match="prepared"):
        move.approve(back, Side.IMPORTING, move.hmrc_officer, ways_in=[WAY_IN])
    assert {one.organisation_id for one in held(move, Employment, move.now)} == {move.home_office.id}


def test_payroll_of_the_new_department_hears_that_it_pays_nothing(move: Move, moved: Transfer) -> None:
    back = done(move, moved)
    told = select(PayCorrection).where(PayCorrection.transfer_id == back.id)
    assert [one.side for one in move.session.exec(told)] == [Side.EXPORTING]


@pytest.mark.parametrize("days", [0, 14])
def test_only_as_long_as_moves_are_dated_back(move: Move, moved: Transfer, days: int) -> None:
    move.now = moved.join_at + timedelta(days=days + 1)
    with pytest.raises(Invalid, match="within") as refused:
        say(move, moved, timetable=Timetable(backdate_days=days))
    assert refused.value.field == "never_came"


def test_it_is_approved_days_later_as_any_move_that_is_dated_back(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    assert never_came(move.session, back)
    move.now += timedelta(days=14)
    agree(move, back)
    assert back.state is TransferState.SCHEDULED


def test_it_is_agreed_to_in_time(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    move.now += timedelta(days=15)
    with pytest.raises(Conflict, match="in time"):
        agree(move, back)


def test_what_nobody_agreed_to_in_time_is_offered_again(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    dates = (back.start_date, back.last_day)
    move.now += timedelta(days=15)
    officer = give_officer(move)
    move_start(
        move.session,
        move.now,
        transfer_id=back.id,
        officer_id=officer,
        permissions=move.permissions(officer),
        start_date=back.start_date,
        last_day=back.last_day,
    )
    assert (back.start_date, back.last_day) == dates
    assert back.agree_by == civil_date(move.now) + timedelta(days=14)
    assert not back.needs_other_dates(civil_date(move.now))
    assert never_came(move.session, back)


def give_officer(move: Move) -> UUID:
    give_role(move.session, move.now, move.stranger, Role.HR_OFFICER, move.hmrc.id)
    return move.stranger


def test_who_died_or_was_dismissed_meanwhile_is_not_employed_again(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    move.now += timedelta(hours=1)
    (there_now,) = held(move, Employment, move.now)
    end(move.session, there_now, move.now, move.now, PROVENANCE)
    with pytest.raises(Conflict, match="ended meanwhile"):
        plan(move.session, back, move.now, None)
    assert cancel_of_leaver(move.session, back, move.now)
    assert back.state is TransferState.CANCELLED
    assert held(move, Employment, move.now) == []


def test_a_last_day_to_come_cancels_it_when_it_has_come(move: Move, moved: Transfer) -> None:
    back = say(move, moved, "hmrc_officer")
    (there_now,) = held(move, Employment, move.now)
    end(move.session, there_now, move.now + timedelta(days=2), move.now, PROVENANCE)
    assert not cancel_of_leaver(move.session, back, move.now)
    # Nobody looks for a clearance, which alone would let the worker look at the move.
    move.session.execute(update(TransferTask).values(done_at=move.now))
    assert back.id not in watching.concerned(move.session, move.now)
    has_come = move.now + timedelta(days=2)
    assert back.id in watching.concerned(move.session, has_come)
    assert watching.look(move.session, back, has_come)
    assert back.state is TransferState.CANCELLED


def test_a_move_back_without_dates_needs_a_first_day(move: Move, moved: Transfer) -> None:
    officer = move.hmrc_officer
    with pytest.raises(Invalid) as refused:
        reverse(
            move.session,
            move.now,
            transfer_id=moved.id,
            officer_id=officer,
            permissions=move.permissions(officer),
            start_date=None,
        )
    assert refused.value.field == "start_date"


def test_it_has_no_dates_beside(move: Move, moved: Transfer) -> None:
    officer = move.home_office_officer
    with pytest.raises(Invalid, match="no dates") as refused:
        reverse(
            move.session,
            move.now,
            transfer_id=moved.id,
            officer_id=officer,
            permissions=move.permissions(officer),
            start_date=BACK,
            never_came=True,
        )
    assert refused.value.field == "never_came"


def test_the_preview_is_of_now(move: Move, moved: Transfer) -> None:
    make_apps(move)
    back = say(move, moved, "hmrc_officer")
    changed = preview_move(move.session, back, move.now).changes
    assert {(one.app_name, one.change.value, one.at) for one in changed} == {
        ("Tax Desk", "begins", move.now),
        ("Visa Desk", "ends", move.now),
    }


def test_it_is_said_once(move: Move, moved: Transfer) -> None:
    say(move, moved)
    with pytest.raises(Conflict, match="already"):
        say(move, moved, "hmrc_officer")
