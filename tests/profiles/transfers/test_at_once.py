"""Officers who act at the same instant: one wins, the other is told, and nothing is half-done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from app.database import transaction
from profiles.employments.models import Posting
from profiles.errors import Conflict, ProfileError
from profiles.roles.models import Role
from profiles.temporal import current
from profiles.transfers import interruptions
from profiles.transfers.ending import withdraw
from profiles.transfers.models import (
    Side,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
    TransferStep,
)
from profiles.transfers.service import advance_due
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

SECOND = timedelta(seconds=1)


def at_once(engine: Engine, move: Move, *deeds: Callable[[Move, Transfer], object]) -> list[bool]:
    """Whether each deed on the one transfer succeeded."""
    move.session.commit()

    def do(deed: Callable[[Move, Transfer], object]) -> bool:
        try:
            with transaction(engine) as session:
                deed(replace(move, session=session), session.exec(select(Transfer)).one())
        except ProfileError:
            return False
        return True

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def another_officer(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "iris.cole").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    return person_id


def test_of_two_who_approve_for_one_organisation_one_does(engine: Engine, move: Move) -> None:
    colleague = another_officer(move)
    move.prepare()
    done = at_once(
        engine,
        move,
        lambda here, transfer: here.approve(transfer, Side.EXPORTING, here.hmrc_officer),
        lambda here, transfer: here.approve(transfer, Side.EXPORTING, colleague),
    )
    assert sorted(done) == [False, True]
    assert len(move.session.exec(select(TransferApproval)).all()) == 1


def test_of_two_who_put_it_on_hold_one_does(engine: Engine, move: Move) -> None:
    move.schedule()

    def hold(here: Move, transfer: Transfer, side: Side, officer_id: UUID) -> None:
        interruptions.hold(
            here.session,
            here.now,
            transfer_id=transfer.id,
            side=side,
            officer_id=officer_id,
            permissions=here.permissions(officer_id),
            reason="Why",
            review_on=date(2026, 3, 6),
        )

    done = at_once(
        engine,
        move,
        lambda here, transfer: hold(here, transfer, Side.EXPORTING, here.hmrc_officer),
        lambda here, transfer: hold(here, transfer, Side.IMPORTING, here.preparer),
    )
    assert sorted(done) == [False, True]
    assert len(move.session.exec(select(TransferInterruption)).all()) == 1
    move.session.expire_all()
    assert move.session.exec(select(Transfer)).one().state is TransferState.ON_HOLD


def test_of_two_departments_that_approve_at_once_none_is_lost(engine: Engine, move: Move) -> None:
    """Who comes second is told and approves again; nothing is scheduled by one of them alone."""
    transfer = move.prepare()
    both: tuple[Callable[[Move, Transfer], object], ...] = (
        lambda here, it: here.approve(it, Side.EXPORTING, here.hmrc_officer),
        lambda here, it: here.approve(it, Side.IMPORTING, here.home_office_officer),
    )
    done = at_once(engine, move, *both)
    move.session.expire_all()
    if not all(done):
        assert move.session.get_one(Transfer, transfer.id).state is TransferState.IN_PROGRESS
        assert at_once(engine, move, both[done.index(False)]) == [True]
        move.session.expire_all()
    assert move.session.get_one(Transfer, transfer.id).state is TransferState.SCHEDULED
    assert len(move.session.exec(select(TransferApproval)).all()) == 2


def test_of_two_departments_that_bring_one_person_at_once_one_does(engine: Engine, move: Move) -> None:
    """Each had a code: the newer took the older one's place, and one person moves to one department."""
    third = make_organisation(move.session, move.now, "MOJ")
    officer = make_employee(move.session, move.now, third, "june.park").person_id
    give_role(move.session, move.now, officer, Role.HR_OFFICER, third.id)
    code = move.code()
    there = replace(
        move,
        home_office=third,
        preparer=officer,
        terms=replace(move.terms, employment_number="MOJ-1", work_address="priya.patel@moj.gov.uk"),
    )
    move.session.commit()

    def bring(one: Move) -> bool:
        try:
            with transaction(engine) as session:
                replace(one, session=session).begin(code=code)
        except (ProfileError, IntegrityError):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(bring, (move, there))) == [False, True]
    assert len(move.session.exec(select(Transfer)).all()) == 1


@pytest.mark.parametrize("first", ["the employee", "the worker"])
def test_of_a_withdrawal_and_the_last_midnight_one_holds_whole(
    engine: Engine, move: Move, first: str
) -> None:
    """A second before, by the clock of the one, and a second after, by that of the other."""
    move.schedule()
    midnight = move.session.exec(select(Transfer)).one().leave_at
    deeds: list[Callable[[Move, Transfer], object]] = [
        lambda here, it: withdraw(
            here.session, midnight - SECOND, transfer_id=it.id, person_id=here.employee
        ),
        lambda here, _it: advance_due(here.session, midnight + SECOND),
    ]
    at_once(engine, move, *(deeds if first == "the employee" else reversed(deeds)))
    move.session.expire_all()
    transfer = move.session.exec(select(Transfer)).one()
    (post,) = current(move.session, Posting, transfer.join_at, midnight + SECOND, person_id=move.employee)
    where = {TransferState.WITHDRAWN: move.hmrc.id, TransferState.LEFT: move.home_office.id}
    assert post.organisation_id == where[transfer.state]
    reached = move.session.exec(select(TransferStep.to_state)).all()
    assert len({TransferState.WITHDRAWN, TransferState.LEFT} & set(reached)) == 1


def test_of_a_withdrawal_and_the_last_approval_one_holds_whole(engine: Engine, move: Move) -> None:
    transfer = move.prepare()
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    late = transfer.leave_at - SECOND
    move.now = late
    at_once(
        engine,
        move,
        lambda here, it: here.approve(it, Side.EXPORTING, here.hmrc_officer),
        lambda here, it: withdraw(here.session, late, transfer_id=it.id, person_id=here.employee),
    )
    move.session.expire_all()
    (post,) = current(move.session, Posting, transfer.join_at, late, person_id=move.employee)
    where = {TransferState.WITHDRAWN: move.hmrc.id, TransferState.SCHEDULED: move.home_office.id}
    assert post.organisation_id == where[move.session.exec(select(Transfer)).one().state]


def test_who_comes_too_late_is_told_that_the_last_day_has_passed(move: Move) -> None:
    """The worker's clock is ahead of the one by which the employee acts."""
    transfer = move.schedule()
    advance_due(move.session, transfer.leave_at)
    move.session.refresh(transfer)
    with pytest.raises(Conflict, match="The last day has passed"):
        withdraw(move.session, transfer.leave_at - SECOND, transfer_id=transfer.id, person_id=move.employee)
